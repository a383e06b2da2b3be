// Writes below a folder and nowhere else. Promises: no entry and no link, old or new, leads a write out of it; a file is there whole or
// not at all; what is there already is replaced only when that is wanted.
import { randomBytes } from 'node:crypto'
import {
  chmod,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Content, Entry } from './entry.ts'
import { ArchiveProblem } from './problem.ts'

/** Bytes that are written in all. */
const MAX_BYTES = 1024 ** 4
/** An archive that grows so much, beyond a size that does no harm, is made to fill a disk. */
const MAX_RATIO = 2000
const HARMLESS_BYTES = 4 * 1024 ** 3

const isWithin = (root: string, path: string): boolean => {
  const way = relative(root, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

export class Place {
  readonly #root: string
  readonly #overwrite: boolean
  readonly #archiveBytes: number
  /** Folders that are known to lie within. */
  readonly #known = new Set<string>()
  readonly #links: { path: string; target: string; modifiedAt?: Date }[] = []
  readonly #folders: { path: string; entry: Entry }[] = []
  bytes = 0

  private constructor(root: string, overwrite: boolean, archiveBytes: number) {
    this.#root = root
    this.#overwrite = overwrite
    this.#archiveBytes = archiveBytes
    this.#known.add(root)
  }

  static async open(folder: string, overwrite: boolean, archiveBytes: number): Promise<Place> {
    await mkdir(folder, { recursive: true })
    return new Place(await realpath(folder), overwrite, archiveBytes)
  }

  /** Makes the folder, part by part: one that is a link out of the root is refused. */
  async #enter(folder: string): Promise<void> {
    if (this.#known.has(folder)) return
    await this.#enter(dirname(folder))
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    const real = await realpath(folder)
    if (!isWithin(this.#root, real)) throw new ArchiveProblem('outside', `${folder} is a link out of the destination`)
    if (!(await lstat(real)).isDirectory()) throw new ArchiveProblem('exists', `${folder} is a file, not a folder`)
    this.#known.add(folder)
  }

  /** Where an entry goes; its folder is there, and nothing that it may not replace. */
  async #settle(parts: readonly string[]): Promise<string> {
    const path = join(this.#root, ...parts)
    await this.#enter(dirname(path))
    const there = await lstat(path).catch(() => undefined)
    if (there === undefined) return path
    if (there.isDirectory()) throw new ArchiveProblem('exists', `${path} is a folder`)
    if (!this.#overwrite) throw new ArchiveProblem('exists', `${path} exists already: set overwrite to replace it`)
    return path
  }

  /** Writes a file beside its place, then puts it there. */
  async file(parts: readonly string[], entry: Entry, content: Content): Promise<void> {
    const path = await this.#settle(parts)
    const draft = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
    const file = await open(draft, 'wx', 0o600)
    try {
      try {
        for await (const chunk of content) {
          this.#count(chunk.length)
          await file.write(chunk)
        }
        await file.chmod(entry.mode ?? 0o644)
        if (entry.modifiedAt !== undefined) await file.utimes(entry.modifiedAt, entry.modifiedAt)
      } finally {
        await file.close()
      }
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }

  #count(bytes: number): void {
    this.bytes += bytes
    if (this.bytes > MAX_BYTES || (this.bytes > HARMLESS_BYTES && this.bytes > this.#archiveBytes * MAX_RATIO))
      throw new ArchiveProblem(
        'size',
        `the archive grows to more than ${this.bytes} bytes from ${this.#archiveBytes}, which is too much`,
      )
  }

  async folder(parts: readonly string[], entry: Entry): Promise<void> {
    const path = join(this.#root, ...parts)
    await this.#enter(path)
    this.#folders.push({ path, entry })
  }

  /** Links are made at the end: until then nothing can be written through one. */
  async link(parts: readonly string[], { target = '', modifiedAt }: Entry): Promise<void> {
    const path = await this.#settle(parts)
    if (isAbsolute(target) || !isWithin(this.#root, resolve(dirname(path), target)))
      throw new ArchiveProblem(
        'outside',
        `${path} would be a link out of the destination, to ${JSON.stringify(target)}`,
      )
    this.#links.push({ path, target, ...(modifiedAt && { modifiedAt }) })
  }

  /** Another name of a file that was written before. */
  async hardlink(parts: readonly string[], target: readonly string[]): Promise<void> {
    const path = await this.#settle(parts)
    const from = join(this.#root, ...target)
    const real = await realpath(from)
    if (!isWithin(this.#root, real) || !(await lstat(from)).isFile())
      throw new ArchiveProblem('outside', `${path} would be another name of something outside, or of no file`)
    await rm(path, { force: true })
    await link(from, path)
  }

  /** Makes the links, and gives folders their mode and time, innermost first. */
  async finish(): Promise<void> {
    for (const { path, target, modifiedAt } of this.#links) {
      await this.#checkLink(path, target)
      await rm(path, { force: true })
      await symlink(target, path)
      if (modifiedAt !== undefined) await lutimes(path, modifiedAt, modifiedAt)
    }
    for (const { path, entry } of this.#folders.reverse()) {
      // Its owner can always enter and change it.
      if (entry.mode !== undefined) await chmod(path, entry.mode | 0o700)
      if (entry.modifiedAt !== undefined) await utimes(path, entry.modifiedAt, entry.modifiedAt)
    }
  }

  /** A link that goes through another one must not lead out either. */
  async #checkLink(path: string, target: string): Promise<void> {
    let at = dirname(path)
    for (const part of target.split('/')) {
      at = part === '..' ? dirname(at) : join(at, part)
      const stat = await lstat(at).catch(() => undefined)
      if (stat?.isSymbolicLink()) at = await realpath(at).catch(async () => resolve(dirname(at), await readlink(at)))
      if (!isWithin(this.#root, at))
        throw new ArchiveProblem('outside', `${path} would be a link out of the destination`)
    }
  }
}
