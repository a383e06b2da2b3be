// The host journal: one append-only file. Promise: `commit` resolves only when everything appended before is on the disk;
// commits that meet share one fsync. A full disk delays commits, it never throws and never loses the order.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../logger.ts'
import { Flusher } from './flusher.ts'
import { decodeRecords, encodeRecord, type JournalRecord } from './records.ts'

const RETRY_MS = 500

export class Journal {
  readonly #path: string
  readonly #log: Logger
  #fd: number
  #bytes: number
  /** What could not be written yet (disk full), oldest first. */
  #unwritten: Buffer[] = []
  readonly #flusher = new Flusher()
  /** The flush under way, and the one that has not begun: it will take all that is appended until then. */
  #syncing: Promise<void> | undefined
  #nextSync: Promise<void> | undefined
  #closed = false
  /** Counted for tests and metrics. */
  syncs = 0

  private constructor(path: string, fd: number, bytes: number, log: Logger) {
    this.#path = path
    this.#fd = fd
    this.#bytes = bytes
    this.#log = log
  }

  /** Opens the file (created with mode 0600) and gives the records it holds. */
  static open(path: string, log: Logger): { journal: Journal; records: JournalRecord[] } {
    const fd = openSync(path, 'a', 0o600)
    const text = readFileSync(path, 'utf8')
    const { records, damaged } = decodeRecords(text)
    if (damaged > 0) log('warn', 'the journal has damaged lines, which are left out', { damaged })
    const journal = new Journal(path, fd, Buffer.byteLength(text), log)
    // A torn last line must not swallow the next record.
    if (text !== '' && !text.endsWith('\n')) journal.#write(Buffer.from('\n'))
    return { journal, records }
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Writes a record; it survives the agent's death at once, a power cut only after the next commit. */
  append(record: JournalRecord): void {
    this.#write(Buffer.from(encodeRecord(record)))
  }

  /** Resolves when everything appended so far is durable. Commits of one turn of the event loop share a flush. */
  commit(): Promise<void> {
    this.#nextSync ??= this.#gather()
    return this.#nextSync
  }

  async #gather(): Promise<void> {
    await this.#syncing
    await new Promise(setImmediate)
    this.#nextSync = undefined
    this.#syncing = this.#sync()
    return this.#syncing
  }

  /** Replaces the content by `records`, in one step, durable when it returns. False: not possible now (the old one stays). */
  rewrite(records: Iterable<JournalRecord>): boolean {
    if (this.#syncing !== undefined || this.#nextSync !== undefined || this.#unwritten.length > 0) return false
    const temporary = `${this.#path}.new`
    let fd: number | undefined
    try {
      fd = openSync(temporary, 'w', 0o600)
      let bytes = 0
      for (const record of records) bytes += writeAll(fd, Buffer.from(encodeRecord(record)))
      fsyncSync(fd)
      closeSync(fd)
      fd = undefined
      const next = openSync(temporary, 'a', 0o600)
      renameSync(temporary, this.#path)
      syncFolder(dirname(this.#path))
      closeSync(this.#fd)
      this.#fd = next
      this.#bytes = bytes
      return true
    } catch (error) {
      if (fd !== undefined) closeSync(fd)
      this.#log('warn', 'the journal could not be compacted', { error: (error as Error).message })
      return false
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#nextSync
    await this.#syncing
    closeSync(this.#fd)
  }

  #write(line: Buffer): void {
    if (this.#closed) return
    this.#unwritten.push(line)
    this.#bytes += line.length
    if (this.#unwritten.length === 1) this.#drain()
  }

  /** Writes what waits; false when the disk took not all of it. */
  #drain(): boolean {
    while (this.#unwritten.length > 0) {
      const line = this.#unwritten[0]!
      try {
        const written = writeSync(this.#fd, line)
        if (written === line.length) this.#unwritten.shift()
        else this.#unwritten[0] = line.subarray(written)
      } catch (error) {
        this.#log('error', 'the journal cannot be written; no new step starts until it can', {
          error: (error as Error).message,
        })
        return false
      }
    }
    return true
  }

  async #sync(): Promise<void> {
    try {
      // Once at least: what was committed before the end is durable too.
      do {
        if (this.#drain()) {
          this.syncs++
          const error = await this.#flusher.flush(this.#fd)
          if (error === undefined) return
          this.#log('error', 'the journal cannot be flushed', { error: error.message })
        }
        if (!this.#closed) await new Promise(resolve => setTimeout(resolve, RETRY_MS))
      } while (!this.#closed)
    } finally {
      this.#syncing = undefined
    }
  }
}

const writeAll = (fd: number, data: Buffer): number => {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done)
  return data.length
}

const syncFolder = (dir: string): void => {
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
