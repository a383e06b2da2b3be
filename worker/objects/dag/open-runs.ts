// What a Dag keeps in memory of its unfinished runs. Promise: all of it can be lost; it comes back from rows, from Queues and from Runs.
import type { Slot } from './delivery.ts'
import { DagQueue } from './queue.ts'
import { hasBegun, type RunRow } from './store.ts'

/** A run that was heard of within this time is not poked; one that waits for people has nothing to tell. */
const OVERDUE_MS = 60_000
const WAITING_OVERDUE_MS = 86_400_000

export class OpenRuns {
  /** By run id; lines are newer than the rows where a Run has told progress. */
  readonly rows = new Map<string, RunRow>()
  /** Runs whose duty was taken over, as far as this instance knows. */
  readonly taken = new Set<string>()
  /** Places that Queues have given. */
  readonly slots = new Map<string, Slot>()
  /** When a run was last heard of, epoch ms. */
  readonly heard = new Map<string, number>()
  /** Who may go on: the own queue, and concurrency keys. */
  readonly queue = new DagQueue()

  get all(): RunRow[] {
    return [...this.rows.values()]
  }

  /** The row is among the unfinished ones, as it is now. */
  note(row: RunRow, now: number): void {
    this.rows.set(row.runId, row)
    this.queue.note(row, now)
  }

  /** Runs that have not been heard of for a while. */
  unheard(now: number): RunRow[] {
    const limit = (row: RunRow) => (row.phase === 'waiting' ? WAITING_OVERDUE_MS : OVERDUE_MS)
    return this.all.filter(row => {
      const heard = this.heard.get(row.runId) ?? 0
      // What was heard by a clock that has been set back since was heard nobody knows when.
      return now - heard > limit(row) || heard > now
    })
  }

  /** The row of a run that waits for its turn to begin: one that goes on has begun long ago. */
  queued(runId: string): RunRow[] {
    const row = this.rows.get(runId)
    return row === undefined || hasBegun(row) ? [] : [row]
  }

  /** The run is gone without having begun. */
  drop(row: RunRow): void {
    this.rows.delete(row.runId)
    this.taken.delete(row.runId)
    this.queue.drop(row)
  }
}
