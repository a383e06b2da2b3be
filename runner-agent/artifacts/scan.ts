// What is in an artifacts directory. Promise: nothing outside of it is ever read, whatever links lie in it; what is left out is
// said, and why.
import type { BigIntStats, Dirent } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { MAX_ARTIFACT_BYTES, MAX_ARTIFACT_FILES, pathProblem } from '@edgedag/core/artifacts/manifest'

export interface FoundFile {
  /** Below the directory, with `/`. */
  path: string
  /** Where its bytes are: links are resolved. */
  source: string
  size: number
  /** Epoch ms. */
  modifiedAt: number
  /** Changes when the content may have changed. */
  sign: string
}

export interface Scan {
  files: FoundFile[]
  warnings: string[]
}

const MOST_WARNINGS = 19

export interface ScanLimits {
  files: number
  bytes: number
}

/** Lists a directory, in order of the paths; one that is not there has no files. Throws what the file system throws otherwise. */
export const scanFolder = async (
  dir: string,
  limits: ScanLimits = { files: MAX_ARTIFACT_FILES, bytes: MAX_ARTIFACT_BYTES },
): Promise<Scan> => {
  const root = await realpath(dir).catch(missing)
  if (root === undefined) return { files: [], warnings: [] }
  const walk = new Walk(root, limits)
  await walk.folder('')
  return { files: walk.files.sort((a, b) => (a.path < b.path ? -1 : 1)), warnings: walk.warnings }
}

class Walk {
  readonly files: FoundFile[] = []
  readonly #root: string
  readonly #limits: ScanLimits
  readonly #notes: string[] = []
  #left = 0
  #bytes = 0
  #isFull = false

  constructor(root: string, limits: ScanLimits) {
    this.#root = root
    this.#limits = limits
  }

  get warnings(): string[] {
    return this.#left === 0 ? this.#notes : [...this.#notes, `and ${this.#left} more`]
  }

  async folder(path: string): Promise<void> {
    const entries = await readdir(join(this.#root, path), { withFileTypes: true }).catch(missing)
    for (const entry of (entries ?? []).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (this.#isFull) return
      await this.#entry(path === '' ? entry.name : `${path}/${entry.name}`, entry)
    }
  }

  async #entry(path: string, entry: Dirent): Promise<void> {
    const problem = pathProblem(path)
    if (problem !== null) return this.#leaveOut(path, problem)
    if (entry.isDirectory()) return await this.folder(path)
    const source = join(this.#root, path)
    if (entry.isSymbolicLink()) return await this.#link(path, source)
    if (!entry.isFile()) return this.#leaveOut(path, 'it is no regular file')
    const stats = await lstat(source, { bigint: true }).catch(missing)
    if (stats?.isFile()) this.#add(path, source, stats)
  }

  async #link(path: string, source: string): Promise<void> {
    const target = await realpath(source).catch(missing)
    if (target === undefined) return this.#leaveOut(path, 'it is a link to nothing')
    if (!target.startsWith(this.#root + sep)) return this.#leaveOut(path, 'it is a link out of the artifacts directory')
    const stats = await stat(target, { bigint: true }).catch(missing)
    if (stats?.isFile()) this.#add(path, target, stats)
    else this.#leaveOut(path, 'it is a link to something that is no file')
  }

  #add(path: string, source: string, stats: BigIntStats): void {
    if (this.files.length >= this.#limits.files) {
      this.#isFull = true
      this.#note(`only the first ${this.#limits.files} files are kept`)
      return
    }
    const size = Number(stats.size)
    if (this.#bytes + size > this.#limits.bytes)
      return this.#leaveOut(path, `with it the artifacts of the run would be over ${this.#limits.bytes} bytes`)
    this.#bytes += size
    const sign = [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(':')
    this.files.push({ path, source, size, modifiedAt: Math.floor(Number(stats.mtimeMs)), sign })
  }

  #leaveOut(path: string, why: string): void {
    this.#note(`${JSON.stringify(path.slice(0, 300))} is not kept: ${why}`)
  }

  #note(text: string): void {
    if (this.#notes.length < MOST_WARNINGS) this.#notes.push(text)
    else this.#left++
  }
}

/** A file may go while it is looked at. */
const missing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
