// Brings logs that are too big or too long-lived for a frame to R2, in sealed segments. Promise: per stream in order, without
// gap or overlap, hashed, tried until stored; memory does not depend on the size of a log.
import { statSync } from 'node:fs'
import { backoffMs } from '../connection/backoff.ts'
import type { Logger } from '../logger.ts'
import type { Stream, UploadState } from '../runs/host-run-state.ts'
import type { UploadTarget } from '../upload/signed-put.ts'
import { Limiter } from './limiter.ts'
import { type PutResult, putSegment, type Segment } from './put-segment.ts'

export const SEGMENT_BYTES = 8 * 1024 * 1024
/** A segment is sealed after so long with anything new in it. */
export const SEAL_MS = 60_000
const LOOK_MS = 1_000
const CONCURRENT_PUTS = 2
const RETRY = { firstMs: 1_000, maxMs: 60_000 }

export interface ShippedStream {
  runId: string
  step: string
  attempt: number
  stream: Stream
  path: string
  /** Where it stands; the owner changes it when it takes `sealed`. Undefined: nothing is sealed yet. */
  state(): Pick<UploadState, 'sealed' | 'seq' | 'final'> | undefined
  target(): UploadTarget
  /** A segment is stored. */
  sealed(segment: { seq: number; offset: number; bytes: number; lines: number; sha256: string }): void
  /** The file cannot be read any more; nothing further comes. */
  gaveUp(error: string): void
}

export interface Slice {
  offset: number
  bytes: number
}

/** What is to be sealed next; `ageMs`: how long something unsealed has been there. */
export const nextSlice = (
  sealed: number,
  size: number,
  final: number | undefined,
  ageMs: number,
): Slice | undefined => {
  const unsealed = (final ?? size) - sealed
  if (unsealed <= 0) return undefined
  const due = final !== undefined || unsealed >= SEGMENT_BYTES || ageMs >= SEAL_MS
  return due ? { offset: sealed, bytes: Math.min(unsealed, SEGMENT_BYTES) } : undefined
}

interface Entry {
  stream: ShippedStream
  pumping: boolean
  /** Since when there has been something unsealed, monotonic ms. */
  newSince: number | undefined
}

export class Shipper {
  readonly #log: Logger
  readonly #put: (segment: Segment, target: UploadTarget) => Promise<PutResult>
  readonly #entries = new Map<string, Entry>()
  readonly #limiter = new Limiter(CONCURRENT_PUTS)
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(log: Logger, put: (segment: Segment, target: UploadTarget) => Promise<PutResult> = putSegment) {
    this.#log = log
    this.#put = put
  }

  /** Looks after a stream; once more after its final length is known. */
  watch(stream: ShippedStream): void {
    const key = keyOf(stream)
    const entry = this.#entries.get(key) ?? { stream, pumping: false, newSince: undefined }
    this.#entries.set(key, entry)
    if (stream.state()?.final !== undefined) void this.#pump(entry)
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref()
  }

  /** The stream needs nothing (more): it went inline, or its run is forgotten. */
  unwatch(stream: Pick<ShippedStream, 'runId' | 'step' | 'attempt' | 'stream'>): void {
    this.#entries.delete(keyOf(stream))
    if (this.#entries.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** A segment of the stream is being put. */
  isBusy(stream: Pick<ShippedStream, 'runId' | 'step' | 'attempt' | 'stream'>): boolean {
    return this.#entries.get(keyOf(stream))?.pumping ?? false
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#entries.clear()
  }

  #look(): void {
    for (const entry of this.#entries.values()) if (!entry.pumping) void this.#pump(entry)
  }

  async #pump(entry: Entry): Promise<void> {
    if (entry.pumping) return
    entry.pumping = true
    const key = keyOf(entry.stream)
    try {
      while (!this.#closed && this.#entries.get(key) === entry) {
        const slice = this.#next(entry)
        if (slice === undefined || !(await this.#ship(entry, slice))) break
      }
    } finally {
      entry.pumping = false
    }
  }

  #next(entry: Entry): Slice | undefined {
    const { sealed, final } = entry.stream.state() ?? { sealed: 0, final: undefined }
    const size = sizeOf(entry.stream.path)
    if (size <= sealed) entry.newSince = undefined
    else entry.newSince ??= performance.now()
    const age = entry.newSince === undefined ? 0 : performance.now() - entry.newSince
    return nextSlice(sealed, size, final, age)
  }

  /** True when the slice is stored. Tries until it is, as long as the stream is watched. */
  async #ship(entry: Entry, slice: Slice): Promise<boolean> {
    const { stream } = entry
    const { runId, step, attempt, stream: name, path } = stream
    const seq = (stream.state()?.seq ?? 0) + 1
    const segment: Segment = { runId, step, attempt, stream: name, path, seq, ...slice }
    for (let failures = 1; !this.#closed && this.#entries.get(keyOf(stream)) === entry; failures++) {
      const result = await this.#limiter.run(() => this.#put(segment, stream.target()))
      if (result.ok) {
        entry.newSince = undefined
        stream.sealed({ seq, ...slice, lines: result.lines, sha256: result.sha256 })
        return true
      }
      this.#log('warn', 'a log segment could not be stored', { run: runId, step, seq, error: result.error })
      if (!result.again) {
        this.unwatch(stream)
        stream.gaveUp(result.error)
        return false
      }
      await new Promise(resolve => setTimeout(resolve, backoffMs(failures, 0.5 + Math.random() / 2, RETRY)).unref())
    }
    return false
  }
}

const keyOf = (stream: Pick<ShippedStream, 'runId' | 'step' | 'attempt' | 'stream'>): string =>
  `${stream.runId}/${stream.attempt}/${stream.stream}/${stream.step}`

const sizeOf = (path: string): number => {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
