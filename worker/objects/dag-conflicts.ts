// What a run does to others of its concurrency key: `skip` steps back, `cancel` takes the place of older ones.
// Promise: a stop that was not taken is sent again for as long as the run waits.
import type { ObjectHost } from '../host/port.ts'
import type { Kinds } from './contracts.ts'
import type { DagQueue } from './dag-queue.ts'
import type { RunRow } from './dag-store.ts'
import { runObjectName } from './names.ts'

export class DagConflicts {
  readonly #host: ObjectHost<Kinds>
  readonly #queue: DagQueue

  constructor(host: ObjectHost<Kinds>, queue: DagQueue) {
    this.#host = host
    this.#queue = queue
  }

  /** Runs that end at once because this one was accepted: itself, or those that wait for the same key. */
  endedBy(row: RunRow): { row: RunRow; reason: string }[] {
    const { runId, spec } = row
    if (spec.concurrency === undefined || !this.#queue.has(runId)) return []
    const { key, onConflict } = spec.concurrency
    const others = [...this.#queue.holdersOf(key), ...this.#queue.waitingFor(key)].filter(other => other !== row)
    if (onConflict === 'skip') {
      const who = others[0]?.runId ?? 'another'
      return [{ row, reason: `skipped: run ${who} has concurrency key "${key}" (on_conflict: skip)` }]
    }
    if (onConflict !== 'cancel') return []
    const reason = `superseded by run ${runId}: concurrency key "${key}" (on_conflict: cancel)`
    return others.filter(other => other.phase === 'queued').map(other => ({ row: other, reason }))
  }

  /** It waits for runs that it has to stop. */
  mustStop(row: RunRow): boolean {
    return this.#inTheWay(row).length > 0
  }

  /** Stops the oldest that are in the way. Throws while one of them has not taken the stop. */
  async stopHolders(row: RunRow): Promise<void> {
    const stopped = await Promise.all(this.#inTheWay(row).map(holder => this.#stop(holder)))
    const silent = stopped.find(answer => !answer.ok)
    if (silent !== undefined && !silent.ok) throw new Error(silent.error.message)
  }

  #inTheWay({ spec, n }: RunRow): RunRow[] {
    if (spec.concurrency?.onConflict !== 'cancel' || this.#queue.paused) return []
    const holders = this.#queue.holdersOf(spec.concurrency.key)
    return holders.filter(holder => holder.n !== n).slice(0, Math.max(0, holders.length - spec.concurrency.limit + 1))
  }

  #stop({ runId }: RunRow) {
    const run = this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
    return run.stop(runId, { by: 'concurrency' })
  }
}
