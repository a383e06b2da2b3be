// What a run does to others of its concurrency key: `skip` steps back, `cancel` takes the place of older ones.
// Promise: a stop that was not taken is sent again for as long as the run waits.
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import type { DagQueue } from './queue.ts'
import type { RunRow } from './store.ts'

export class DagConflicts {
  readonly #host: ObjectHost<Kinds>
  readonly #queue: DagQueue
  readonly #drop: (row: RunRow, reason: string) => Promise<boolean>

  /** `drop` takes a run out of its global queue; false: it has begun. */
  constructor(host: ObjectHost<Kinds>, queue: DagQueue, drop: (row: RunRow, reason: string) => Promise<boolean>) {
    this.#host = host
    this.#queue = queue
    this.#drop = drop
  }

  /** Runs that end at once because this one was accepted: itself, or those that wait here for the same key. */
  endedBy(row: RunRow): { row: RunRow; reason: string }[] {
    const { runId, spec } = row
    if (spec.concurrency === undefined || !this.#queue.has(runId)) return []
    const { key, onConflict } = spec.concurrency
    const waiting = this.#queue.waitingFor(key).filter(other => other !== row)
    if (onConflict === 'skip') {
      const who = this.#queue.holdersOf(key)[0]?.runId ?? waiting[0]?.runId ?? 'another'
      return [{ row, reason: `skipped: run ${who} has concurrency key "${key}" (on_conflict: skip)` }]
    }
    return onConflict === 'cancel' ? waiting.map(other => ({ row: other, reason: supersededBy(row) })) : []
  }

  /** It waits for runs that it has to stop. */
  mustStop(row: RunRow): boolean {
    return this.#inTheWay(row).length > 0
  }

  /** Ends those that wait in a global queue, and stops the oldest that are in the way. Throws while one of them has not taken it. */
  async stopHolders(row: RunRow): Promise<void> {
    await Promise.all(
      this.#inTheWay(row).map(async holder => {
        // Only its queue knows whether it has begun.
        if (holder.phase === 'queued' && (await this.#drop(holder, supersededBy(row)))) return
        const stopped = await this.#stop(holder)
        if (!stopped.ok) throw new Error(stopped.error.message)
      }),
    )
  }

  #inTheWay({ spec, n }: RunRow): RunRow[] {
    if (spec.concurrency?.onConflict !== 'cancel' || this.#queue.paused) return []
    const holders = this.#queue.holdersOf(spec.concurrency.key).filter(holder => holder.n !== n)
    const tooMany = holders.length - spec.concurrency.limit + 1
    if (tooMany <= 0) return []
    const { queued = [], begun = [] } = Object.groupBy(holders, ({ phase }) =>
      phase === 'queued' ? 'queued' : 'begun',
    )
    return [...queued, ...begun.slice(0, Math.max(0, tooMany - queued.length))]
  }

  #stop({ runId }: RunRow) {
    const run = this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
    return run.stop(runId, { by: 'concurrency' })
  }
}

const supersededBy = ({ runId, spec }: RunRow): string =>
  `superseded by run ${runId}: concurrency key "${spec.concurrency?.key}" (on_conflict: cancel)`
