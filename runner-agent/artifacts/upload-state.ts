// What a run has brought to R2 of its artifacts, in a file of the run's folder. Promise: it names only what is stored, so that an
// agent that was killed goes on where it stopped, and a number is never counted on twice.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ArtifactFile } from '@edgedag/core/artifacts/manifest'

export type ArtifactPart = ArtifactFile['parts'][number]

export interface StoredFile extends ArtifactFile {
  /** Of the file as it was found (scan.ts). */
  sign: string
  /** How often it was brought anew: one that keeps changing has to rest longer before it is brought again. */
  times: number
}

export interface UploadState {
  /** Number of the next blob. */
  next: number
  /** The newest manifest that is stored; 0: none. */
  manifest: number
  manifestSha256: string
  files: StoredFile[]
  /** A large file of which some parts are stored. */
  partial?: { path: string; sign: string; parts: ArtifactPart[] }
}

const fileOf = (runDir: string): string => join(runDir, 'artifacts.json')

export const readUploadState = (runDir: string): UploadState => {
  try {
    return JSON.parse(readFileSync(fileOf(runDir), 'utf8')) as UploadState
  } catch {
    return { next: 1, manifest: 0, manifestSha256: '', files: [] }
  }
}

/** Throws what the file system throws. */
export const writeUploadState = (runDir: string, state: UploadState): void => {
  const temporary = `${fileOf(runDir)}.tmp`
  writeFileSync(temporary, JSON.stringify(state), { mode: 0o600 })
  renameSync(temporary, fileOf(runDir))
}
