// Further attempts of finished runs: those that people ask for, and those of the DAG's own policy. Promise: a retry that goes through a
// queue is a row before it is said; one that a policy owes is made once, and not long after its time.
import { arrivalRank } from '@edgedag/core/queue/rank'
import { err, ok, type Result } from '@edgedag/core/result'
import { AUTO, RETRY_WINDOW_MS } from '@edgedag/core/schedule/auto-retry'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, RetryRequest, RunSummary } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import type { Refusal } from './accept.ts'
import { admissionOf } from './admission.ts'
import type { OpenRuns } from './open-runs.ts'
import { RetryTimes } from './retry-times.ts'
import type { DagStore, RunRow } from './store.ts'

export interface RetryHooks {
  /** Something that the Index must know has been committed. */
  changed(): void
  /** The row is unfinished again, and owed a message; resolves when it was sent, or will be tried again. */
  owed(row: RunRow): Promise<void>
  /** News of a run. */
  observe(summary: RunSummary): void
}

export class DagRetries {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #open: OpenRuns
  readonly #hooks: RetryHooks
  /** Failed runs that will be retried by themselves. */
  readonly #toRetry = new Map<string, RunRow>()
  readonly #due = new RetryTimes()

  constructor(host: ObjectHost<Kinds>, store: DagStore, open: OpenRuns, hooks: RetryHooks) {
    this.#host = host
    this.#store = store
    this.#open = open
    this.#hooks = hooks
  }

  /** It will be retried by itself. */
  add(row: RunRow): void {
    this.#toRetry.set(row.runId, row)
  }

  /** It will not be retried by itself any more. */
  forget(runId: string): void {
    this.#toRetry.delete(runId)
  }

  /** When the next automatic retry is due; null: none. */
  get next(): number | null {
    const now = this.#host.now()
    const times = [...this.#toRetry.values()].map(row => this.#due.of(row, now))
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Retries what is due; `isAllowed`: not while the DAG is suspended, nor when that was too long ago. */
  makeDue(isAllowed: boolean): void {
    const now = this.#host.now()
    for (const row of [...this.#toRetry.values()].filter(each => this.#due.of(each, now) <= now)) {
      this.#toRetry.delete(row.runId)
      const { queue, retries = 0, retryAt = 0 } = row.duty
      const isMade = isAllowed && now - retryAt <= RETRY_WINDOW_MS
      row.duty = { action: 'create', queue, retries: isMade ? retries + 1 : retries }
      if (isMade) void this.#queueRetry(row, { by: AUTO }, queue)
      else {
        this.#store.updateRun(row)
        this.#hooks.changed()
      }
    }
  }

  /** A new attempt of a finished run, through the named queue, or (null) the DAG's own; where it need not wait its Run has begun it. */
  retry(row: RunRow, request: RetryRequest, queue: string | null): Promise<void> {
    this.#toRetry.delete(row.runId)
    return this.#queueRetry(row, request, queue)
  }

  /** The automatic retry of a failed run is off; its Run says so first, and this row follows. */
  async cancel(runId: string, by: string): Promise<Result<null, Refusal>> {
    const row = this.#toRetry.get(runId)
    if (row === undefined) return err({ code: 'not_running', message: 'DAG is not running' })
    this.#toRetry.delete(runId)
    const cancelled = await this.#runObject(runId).cancelRetry(runId, { by })
    if (!cancelled.ok) {
      this.#toRetry.set(runId, row)
      return cancelled
    }
    const summary = await this.#runObject(runId).summary(runId)
    if (summary !== null) this.#hooks.observe(summary)
    return ok(null)
  }

  /** Writes the retry as a duty. One of a backfill's runs goes at once, since the backfill has its own concurrency. */
  #queueRetry(row: RunRow, request: RetryRequest, queue: string | null): Promise<void> {
    const { retries, priority = 'low' } = row.duty
    row.duty = {
      action: 'retry',
      priority,
      queue,
      former: row.summary,
      attempt: (row.summary.attempt ?? 1) + 1,
      ...(retries === undefined ? {} : { retries }),
      ...request,
    }
    row.summary = { ...row.summary, status: 'queued', queuedAt: this.#host.now(), finishedAt: null, reason: null }
    const { phase, ...waits } = admissionOf(
      this.#open.queue,
      this.#store.nextN,
      row.spec,
      row.duty,
      queue === null && row.spec.backfill !== undefined ? 'start' : 'enqueue',
    )
    row.phase = phase
    Object.assign(row.duty, waits)
    if (phase === 'queued' && queue === null) row.duty.rank = arrivalRank(this.#host.now(), row.n, priority)
    this.#store.updateRun(row)
    this.#open.taken.delete(row.runId)
    return this.#hooks.owed(row)
  }

  #runObject(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }
}
