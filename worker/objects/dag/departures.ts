// Runs that leave their queue without having begun: dequeued by people, or dropped with what they were made for. Promise: one that its
// Queue has just admitted begins; a retry that is taken out shows its former end.
import { err, ok, type Result } from '@edgedag/core/result'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, RunSummary } from '../contracts.ts'
import type { Refusal } from './accept.ts'
import { DROPPED, isOfScheduler } from './admission.ts'
import type { OpenRuns } from './open-runs.ts'
import type { DagStore, RunRow } from './store.ts'

export interface DepartureHooks {
  /** Something that the Index must know has been committed. */
  changed(): void
  /** The run ends as aborted before it has begun. */
  end(row: RunRow, reason: string): void
  finish(row: RunRow, summary: RunSummary): void
}

export class DagDepartures {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #open: OpenRuns
  readonly #hooks: DepartureHooks

  constructor(host: ObjectHost<Kinds>, store: DagStore, open: OpenRuns, hooks: DepartureHooks) {
    this.#host = host
    this.#store = store
    this.#open = open
    this.#hooks = hooks
  }

  /** The DAG is suspended: what the scheduler has queued will not run. What people have queued, and backfills, will. */
  dropScheduled(): void {
    for (const row of this.#open.all)
      if (row.phase === 'queued' && isOfScheduler(row)) this.#host.background(this.drop(row))
  }

  /** A backfill is cancelled: those of its runs that still wait will not run. */
  dropBackfill(id: string): void {
    const rows = this.#open.all.filter(row => row.phase === 'queued' && row.spec.backfill === id)
    for (const row of rows) this.#host.background(this.drop(row, 'dropped: its backfill was cancelled'))
  }

  /** False: its queue has admitted it, so that it begins, or has begun without this instance knowing of it. */
  async drop(row: RunRow, reason = DROPPED): Promise<boolean> {
    const { runId, duty } = row
    if (this.#open.queued(runId).length === 0) return !this.#open.rows.has(runId)
    if (duty.queue !== null && !this.#open.queue.has(runId)) {
      const { admitted } = await this.#host.object('queue', duty.queue).dequeueAll([runId])
      if (admitted.length > 0 || this.#open.slots.has(runId)) return false
    }
    for (const waiting of this.#open.queued(runId)) this.#hooks.end(waiting, reason)
    return !this.#open.rows.has(runId)
  }

  async dequeue(runId: string): Promise<Result<null, Refusal>> {
    const gone = await this.dequeueAll([runId])
    if (gone.length > 0) return ok(null)
    const row = this.#open.rows.get(runId) ?? this.#store.run(runId)
    const status = row?.summary.status ?? 'unknown'
    // It shows as queued, and what it has done so far must not vanish.
    if (row !== null && row.phase !== 'done' && status === 'queued')
      return err({
        code: 'bad_request',
        message: `dag-run ${runId} has begun and waits for its place to go on: it cannot be dequeued; stop it instead`,
      })
    return err({ code: 'bad_request', message: `DAGRun status is not queued: ${status}` })
  }

  /** Takes runs out of their queues; answers those that waited. A run that never started is gone, a retry shows its former end. */
  async dequeueAll(runIds: readonly string[]): Promise<string[]> {
    const rows = runIds.flatMap(runId => this.#open.queued(runId))
    const inQueues = Map.groupBy(
      rows.filter(row => !this.#open.queue.has(row.runId)),
      row => row.duty.queue!,
    )
    const taken = new Set(rows.filter(row => this.#open.queue.has(row.runId)).map(row => row.runId))
    for (const [queue, waiting] of inQueues) {
      const ids = waiting.map(row => row.runId)
      // The Queue knows who has begun: after a restart this object does not. One that it has not heard of yet waits as well.
      const { admitted } = await this.#host.object('queue', queue).dequeueAll(ids)
      for (const runId of ids) if (!admitted.includes(runId) && !this.#open.slots.has(runId)) taken.add(runId)
    }
    const gone = [...taken].flatMap(runId => this.#open.queued(runId))
    for (const row of gone) this.#leaveQueue(row)
    if (gone.length > 0) this.#hooks.changed()
    return gone.map(row => row.runId)
  }

  #leaveQueue(row: RunRow): void {
    if (row.duty.former !== undefined) return this.#hooks.finish(row, row.duty.former)
    this.#store.removeRun(row)
    this.#open.drop(row)
  }
}
