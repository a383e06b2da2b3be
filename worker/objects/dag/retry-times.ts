// When failed runs are due to be retried by themselves. Promise: a clock that is set back makes none wait longer than its delay, counted from
// the moment at which that is seen.
import type { RunRow } from './store.ts'

export class RetryTimes {
  /** Of runs whose end lies ahead of the clock, by run and moment; epoch ms. */
  readonly #moved = new Map<string, number>()

  /** Epoch ms at which the run is due; it has a `retryAt`. */
  of({ runId, duty: { retryAt = 0 }, summary: { finishedAt } }: RunRow, now: number): number {
    if (finishedAt === null || finishedAt <= now) return retryAt
    const key = `${runId}/${finishedAt}`
    const due = Math.min(this.#moved.get(key) ?? retryAt, now + Math.max(0, retryAt - finishedAt))
    this.#moved.set(key, due)
    return due
  }
}
