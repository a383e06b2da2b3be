// fdatasync, by the shorter way. Promise: what was written before is on the disk when it says so.
import { fdatasync, fdatasyncSync } from 'node:fs'

/** A flush that takes longer than this must not hold up the event loop. */
const QUICK_MS = 1
/** After such a one the event loop is spared for so many times its length. */
const SPARED = 1_000
const SPARED_MAX_MS = 60_000

/**
 * A quick disk flushes in a tenth of a millisecond, less than handing the work to another thread and back takes: then it is
 * done at once. A slow one is waited for in the background, and tried again later.
 */
export class Flusher {
  #spareUntil = 0

  /** Undefined: done; else why not. Returns without a promise where it was done at once. */
  flush(fd: number): Error | undefined | Promise<Error | undefined> {
    const begun = performance.now()
    if (begun < this.#spareUntil) return new Promise(resolve => fdatasync(fd, error => resolve(error ?? undefined)))
    try {
      fdatasyncSync(fd)
      return undefined
    } catch (error) {
      return error as Error
    } finally {
      const took = performance.now() - begun
      if (took > QUICK_MS) this.#spareUntil = begun + Math.min(took * SPARED, SPARED_MAX_MS)
    }
  }
}
