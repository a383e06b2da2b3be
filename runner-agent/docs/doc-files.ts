// The folder of documents of a host. Promise: nothing outside of it is read or written, whatever links lie in it; a file is replaced whole.
import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MAX_DOC_BYTES, MAX_DOCS, readDocId } from '@edgedag/core/docs/document'
import { makeFolder } from '../state/make-folder.ts'

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** `blocked`: what stands there is no document that could be compared: too large, a link, a folder. */
export type FileState = { hash: string } | 'absent' | 'blocked'

export class DocFiles {
  readonly #dir: string
  /** Hashes by id, with the sign of the file that they were made of. */
  readonly #hashes = new Map<string, { sign: string; hash: string }>()

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Ids of all files that there are. Links are not followed. */
  async ids(): Promise<string[]> {
    const found: string[] = []
    const walk = async (below: string): Promise<void> => {
      const entries = await readdir(join(this.#dir, below), { withFileTypes: true }).catch(() => [])
      for (const entry of entries) {
        if (found.length >= MAX_DOCS) return
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        if (entry.isDirectory()) await walk(path)
        else if (entry.isFile() && entry.name.endsWith('.md') && readDocId(path).ok) found.push(path.slice(0, -3))
      }
    }
    await walk('')
    return found
  }

  state(id: string): FileState {
    const known = readDocId(id)
    if (!known.ok || known.value !== id || !this.#isInside(id)) return 'blocked'
    const stat = lstatSync(this.#path(id), { throwIfNoEntry: false })
    if (stat === undefined) return 'absent'
    if (!stat.isFile() || stat.size > MAX_DOC_BYTES) return 'blocked'
    const sign = `${stat.size}:${stat.mtimeMs}:${stat.ino}`
    const before = this.#hashes.get(id)
    const hash = before?.sign === sign ? before.hash : hashOf(this.read(id))
    this.#hashes.set(id, { sign, hash })
    return { hash }
  }

  read(id: string): string {
    return readFileSync(this.#path(id), 'utf8')
  }

  write(id: string, content: string): void {
    const path = this.#path(id)
    makeFolder(dirname(path))
    const temporary = join(dirname(path), `.${process.pid}.doc.tmp`)
    writeFileSync(temporary, content)
    renameSync(temporary, path)
  }

  remove(id: string): void {
    rmSync(this.#path(id))
  }

  #path(id: string): string {
    return `${join(this.#dir, id)}.md`
  }

  /** No folder on the way is a link, or a file. */
  #isInside(id: string): boolean {
    const folders = id.split('/').slice(0, -1)
    return folders.every((_, i) => {
      const stat = lstatSync(join(this.#dir, ...folders.slice(0, i + 1)), { throwIfNoEntry: false })
      return stat === undefined || stat.isDirectory()
    })
  }
}
