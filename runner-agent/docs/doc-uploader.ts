// Documents of a host (its folder for DAG_DOCS_DIR) on their way to the control plane. Promise: what a run has written is brought after
// its end, each version once, tried until it is taken; a folder that the control plane itself keeps is left alone.
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MAX_DOC_BYTES, MAX_DOCS, readDocId } from '@edgedag/core/docs/document'
import { backoffMs } from '../connection/backoff.ts'
import type { Logger } from '../logger.ts'

export interface DocUploaderOptions {
  docsDir: string
  /** File that remembers what was brought. */
  indexFile: string
  url: string
  credential: string
  log: Logger
}

const SETTLE_MS = 200
const TIMEOUT_MS = 30_000
const RETRY = { firstMs: 1_000, maxMs: 60_000 }

export class DocUploader {
  readonly #options: DocUploaderOptions
  /** Sign of the version that was brought, by id. */
  readonly #brought: Map<string, string>
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #again = false
  #failures = 0
  #closed = false

  constructor(options: DocUploaderOptions) {
    this.#options = options
    this.#brought = new Map(readIndex(options.indexFile))
  }

  /** Looks for what is new, a moment from now. */
  soon(ms = SETTLE_MS): void {
    if (this.#closed) return
    this.#again = this.#busy
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), ms)
    this.#timer.unref()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  async #look(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      for (const [id, sign] of await this.#changed()) {
        if (this.#closed) return
        await this.#bring(id)
        this.#brought.set(id, sign)
        writeIndex(this.#options.indexFile, this.#brought)
      }
      this.#failures = 0
    } catch (error) {
      this.#failures++
      this.#options.log('warn', 'documents could not be brought', { error: (error as Error).message })
      this.soon(backoffMs(this.#failures, 0.5 + Math.random() / 2, RETRY))
    } finally {
      this.#busy = false
      if (this.#again) this.soon()
    }
  }

  /** Links are not followed: what they lead to is not the folder's. */
  async #changed(): Promise<[id: string, sign: string][]> {
    const found: [string, string][] = []
    const walk = async (below: string): Promise<void> => {
      const entries = await readdir(join(this.#options.docsDir, below), { withFileTypes: true }).catch(() => [])
      for (const entry of entries) {
        if (found.length >= MAX_DOCS) return
        const path = below === '' ? entry.name : `${below}/${entry.name}`
        if (entry.isDirectory()) await walk(path)
        if (!entry.isFile() || !entry.name.endsWith('.md') || !readDocId(path).ok) continue
        const id = path.slice(0, -3)
        const { size, mtimeMs, ino } = statSync(join(this.#options.docsDir, path))
        if (size > MAX_DOC_BYTES) this.#options.log('warn', 'a document is too large', { document: id, bytes: size })
        else if (this.#brought.get(id) !== `${size}:${mtimeMs}:${ino}`) found.push([id, `${size}:${mtimeMs}:${ino}`])
      }
    }
    await walk('')
    return found
  }

  async #bring(id: string): Promise<void> {
    const { docsDir, url, credential } = this.#options
    const answer = await fetch(new URL('/api/v1/runner/docs', url), {
      method: 'PUT',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id, content: readFileSync(join(docsDir, `${id}.md`), 'utf8') }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    // What is refused as it is will be refused again: it is left until it changes.
    if (answer.ok || answer.status === 400 || answer.status === 413) return
    throw new Error(`${id}: HTTP ${answer.status}`)
  }
}

const readIndex = (file: string): [string, string][] => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [string, string][]
  } catch {
    return []
  }
}

const writeIndex = (file: string, index: ReadonlyMap<string, string>): void => {
  writeFileSync(`${file}.tmp`, JSON.stringify([...index]), { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}
