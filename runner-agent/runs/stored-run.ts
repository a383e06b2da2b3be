// A run's context and evaluated scope on disk, mode 0600: with the journal, all that a restarted agent needs.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunScopeData } from '@edgedag/core/expr/run-scope'
import type { RunContext } from '@edgedag/core/protocol/plans'
import { makeFolder } from '../state/make-folder.ts'

export interface StoredRun {
  context: RunContext
  /** When the run's first attempt came to this host, epoch ms: part of its folders' names. */
  startedAt: number
  /** Absent until the run is prepared, and where it holds secrets. */
  scope?: RunScopeData
  /** The prepared scope of a run with secrets, under this host's key (scope-store.ts); gone when the run is over. */
  sealed?: string
  /** The run has secrets: its logs are shown masked only. */
  secret?: true
}

const fileOf = (runsDir: string, runId: string): string => join(runsDir, runId, 'run.json')

/**
 * Writes the file, before anything of the run is reported. One that was cut off by the agent's end counts as none, and the run
 * is asked for again. Throws what the file system throws.
 */
export const writeStoredRun = (runsDir: string, stored: StoredRun): void => {
  const path = fileOf(runsDir, stored.context.runId)
  makeFolder(join(runsDir, stored.context.runId), 0o700)
  writeFileSync(path, JSON.stringify(stored), { mode: 0o600 })
}

/** Undefined: there is none, or it cannot be read. */
export const readStoredRun = (runsDir: string, runId: string): StoredRun | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(runsDir, runId), 'utf8')) as StoredRun
  } catch {
    return undefined
  }
}
