// What a DAG's history keeps. A number of runs goes before a number of days; 0 days keep the newest run only, negative days keep all.
// Promise: runs in progress, and failed ones that are about to be retried, are never deleted.
import { err, ok, type Result } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import type { Refusal } from './accept.ts'
import { DagDeletion } from './deletion.ts'
import type { DagRuns } from './runs.ts'
import type { DagStore, RunRow } from './store.ts'

/** Runs that are marked in one commit. */
const BATCH = 500
/** Rows that are looked at to see whether there is anything to do. */
const PROBE = 10
const DAY_MS = 86_400_000
/** Ids that a clean-up names. */
const MAX_NAMED = 1_000

type Retention = Pick<Dag, 'histRetentionRuns' | 'histRetentionDays'>

const endOf = ({ summary }: RunRow): number => summary.finishedAt ?? summary.createdAt
const mayGo = (row: RunRow): boolean => row.duty.retryAt === undefined

/** So many runs stay, whatever their age; null: it goes by age. */
const keptOf = ({ histRetentionRuns, histRetentionDays }: Retention): number | null =>
  histRetentionRuns ?? (histRetentionDays === 0 ? 1 : null)

/** Runs to delete now, oldest first, a batch at most. */
function expiredRuns(store: Pick<DagStore, 'oldest'>, retention: Retention, now: number): RunRow[] {
  const kept = keptOf(retention)
  if (kept === null && retention.histRetentionDays < 0) return []
  const cutoff = now - retention.histRetentionDays * DAY_MS
  const goes = (row: RunRow): boolean => (kept !== null || endOf(row) < cutoff) && mayGo(row)
  return store.oldest(kept ?? 0, PROBE).some(goes) ? store.oldest(kept ?? 0, BATCH).filter(goes) : []
}

/** When the next run leaves the history by its age, epoch ms; null: none does. */
function nextExpiry(
  store: Pick<DagStore, 'oldest'>,
  { histRetentionRuns, histRetentionDays }: Retention,
): number | null {
  if (histRetentionRuns !== undefined || histRetentionDays <= 0) return null
  const oldest = store.oldest(0, 1)[0]
  return oldest === undefined ? null : endOf(oldest) + histRetentionDays * DAY_MS + 1
}

export class DagHistory {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #runs: DagRuns
  readonly #deletion: DagDeletion
  /** As last heard. */
  #retention: Retention | null = null
  /** Nothing goes by its age before: runs end later than those that have ended. Null: to be looked up. */
  #expiry: number | null = null
  #isKnown = false

  constructor(host: ObjectHost<Kinds>, store: DagStore, runs: DagRuns, changed: () => void) {
    this.#host = host
    this.#store = store
    this.#runs = runs
    this.#deletion = new DagDeletion(host, store, changed)
  }

  /** When an alarm is wanted, epoch ms. What is farther away than a day is left to the sweep: an alarm that others overtake all the time costs rows. */
  get alarmAt(): number | null {
    const { next } = this
    return next === null || next - this.#host.now() > DAY_MS ? null : next
  }

  /** When something has to be deleted, epoch ms; null: nothing by itself, as far as is known. */
  get next(): number | null {
    if (this.#deletion.isDue) return this.#host.now()
    if (this.#retention === null) return null
    if (this.#expiry === null || this.#expiry <= this.#host.now())
      this.#expiry = nextExpiry(this.#store, this.#retention)
    return this.#expiry
  }

  /** Something is to be deleted now, or it is not known whether. */
  get isDue(): boolean {
    return !this.#isKnown || (this.next ?? Number.POSITIVE_INFINITY) <= this.#host.now()
  }

  /** Under this rule one run more may be one too many, or something is due anyway. */
  mayOverflow(retention: Retention): boolean {
    if (this.#retention !== retention) this.#hear(retention)
    return keptOf(retention) !== null || this.isDue
  }

  /** Deletes what the history no longer keeps, and what was marked before. Null: the DAG cannot be read, so nothing new is marked. */
  async keep(retention: Retention | null): Promise<void> {
    if (retention !== null) {
      for (let due = this.#expired(retention); due.length > 0; due = this.#expired(retention)) this.#mark(due)
      this.#hear(retention)
    }
    this.#isKnown = true
    if (this.#deletion.isDue) await this.#deletion.work()
  }

  #hear(retention: Retention): void {
    this.#retention = retention
    this.#expiry = null
  }

  #expired(retention: Retention): RunRow[] {
    return expiredRuns(this.#store, retention, this.#host.now())
  }

  #mark(rows: RunRow[]): void {
    const runIds = rows.map(row => row.runId)
    this.#runs.forget(runIds)
    this.#expiry = null
    this.#deletion.mark(runIds)
  }

  remove(runId: string): Result<null, Refusal> {
    const row = this.#runs.row(runId)
    // Asked again: it is being deleted already.
    if (row === null && this.#store.isDeleting(runId)) return ok(null)
    if (row === null) return err({ code: 'not_found', message: `dag-run ID ${runId} not found` })
    if (row.phase !== 'done')
      return err({ code: 'bad_request', message: `dag-run ${runId} is running; stop or dequeue it before deleting` })
    this.#mark([row])
    return ok(null)
  }

  cleanUp({ before, dryRun }: { before: number; dryRun: boolean }): { runIds: string[]; count: number } {
    const rows = this.#store.oldest(0, Number.MAX_SAFE_INTEGER).filter(row => endOf(row) < before && mayGo(row))
    if (!dryRun) for (let i = 0; i < rows.length; i += BATCH) this.#mark(rows.slice(i, i + BATCH))
    return { runIds: rows.slice(0, MAX_NAMED).map(row => row.runId), count: rows.length }
  }
}
