// The runs of a Dag from acceptance to their end. Promise: an accepted run is created (or retried) until its Run has taken it, its
// place in a queue is asked for until the Queue has taken it, and the end of one run admits the next of the own queue in one commit.
import { err, ok, type Result } from '@edgedag/core/result'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/types'
import { RETRY_WINDOW_MS } from '@edgedag/core/schedule/auto-retry'
import type { ObjectHost } from '../host/port.ts'
import type { Kinds, RunSummary } from './contracts.ts'
import type { Refusal } from './dag-accept.ts'
import type { DagStore, Duty, Phase, RunRow } from './dag-store.ts'
import { runObjectName } from './names.ts'

/** Who asks for the retries of a DAG's own policy. */
const AUTO = 'auto'
/** Runs of one Dag that its own queue lets run at once. */
const OWN_CONCURRENCY = 1
/** A run that was heard of within this time is not poked. */
const OVERDUE_MS = 60_000

export interface RunHooks {
  /** Something that the Index must know has been committed. */
  changed(): void
  /** A delivery failed and has to be tried again soon. */
  retryLater(): void
  /** When a run that has failed is to be retried by itself; null: never. */
  autoRetryAt(row: RunRow, retriesDone: number): number | null
}

export class DagRuns {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #changed: () => void
  /** Unfinished runs; lines are newer than the rows where a Run has told progress. */
  readonly #open = new Map<string, RunRow>()
  /** Runs whose duty was taken over, as far as this instance knows. */
  readonly #taken = new Set<string>()
  readonly #slots = new Map<string, { queue: string; hold: number }>()
  readonly #heard = new Map<string, number>()
  /** A delivery failed: it is tried again by the Dag's alarm. */
  readonly #retryLater: () => void
  readonly #autoRetryAt: RunHooks['autoRetryAt']
  /** Failed runs that will be retried by themselves. */
  readonly #toRetry = new Map<string, RunRow>()

  constructor(host: ObjectHost<Kinds>, store: DagStore, hooks: RunHooks) {
    this.#host = host
    this.#store = store
    this.#changed = hooks.changed
    this.#retryLater = hooks.retryLater
    this.#autoRetryAt = hooks.autoRetryAt
    for (const row of store.unfinished()) (row.phase === 'done' ? this.#toRetry : this.#open).set(row.runId, row)
  }

  /** When the next automatic retry is due; null: none. */
  get nextRetry(): number | null {
    const times = [...this.#toRetry.values()].map(row => row.duty.retryAt!)
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Retries what is due; `isAllowed`: not while the DAG is suspended, nor when that was too long ago. */
  retryDue(isAllowed: boolean): void {
    const now = this.#host.now()
    for (const row of [...this.#toRetry.values()].filter(each => each.duty.retryAt! <= now)) {
      this.#toRetry.delete(row.runId)
      const { queue, retries = 0, retryAt = 0 } = row.duty
      const isMade = isAllowed && now - retryAt <= RETRY_WINDOW_MS
      row.duty = { action: 'create', queue, retries: isMade ? retries + 1 : retries }
      if (isMade) this.#queueRetry(row, { by: AUTO }, queue)
      else {
        this.#store.updateRun(row)
        this.#changed()
      }
    }
  }

  /** The DAG is suspended: what the scheduler has queued will not run. What people have queued, and backfills, will. */
  dropScheduled(): void {
    for (const row of this.open)
      if (row.phase === 'queued' && isOfScheduler(row)) this.#host.background(this.#drop(row))
  }

  async #drop(row: RunRow): Promise<void> {
    const { queue, former } = row.duty
    // Where the queue has just admitted it, its run is about to begin: then it does.
    if (queue !== null && !(await this.#host.object('queue', queue).dequeue(row.runId)) && this.#slots.has(row.runId))
      return
    if (this.#open.get(row.runId)?.phase !== 'queued') return
    const finishedAt = this.#host.now()
    const reason = 'dropped: the DAG was suspended while it waited'
    const dropped = { ...row.summary, status: 'aborted' as const, finishedAt, reason, rev: row.summary.rev + 1 }
    this.#finish(row, former ?? dropped)
  }

  get open(): RunRow[] {
    return [...this.#open.values()]
  }

  /** Some run is owed a message. */
  get hasDuties(): boolean {
    return this.open.some(row => !this.#taken.has(row.runId) && this.#isDue(row))
  }

  get isBusy(): boolean {
    return this.open.some(row => row.phase === 'active')
  }

  row(runId: string): RunRow | null {
    return this.#open.get(runId) ?? this.#store.run(runId)
  }

  /** The newest line that is known of a stored row, with what only the Dag knows of it. */
  line(row: RunRow): RunSummary {
    const { summary, duty } = this.#open.get(row.runId) ?? row
    if (duty.retries === undefined && duty.retryAt === undefined) return summary
    return {
      ...summary,
      ...(duty.retries === undefined ? {} : { retries: duty.retries }),
      ...(duty.retryAt === undefined ? {} : { nextRetryAt: duty.retryAt }),
    }
  }

  /** Writes the row of an accepted run; delivery follows the commit. */
  accept(
    run: { spec: RunRow['spec']; summary: RunSummary },
    how: { mode: 'start' | 'enqueue'; queue: string | null; suspended: boolean },
  ): RunRow {
    const duty: Duty = { action: 'create', queue: how.mode === 'enqueue' ? how.queue : null }
    const isDropped = how.suspended && how.mode === 'enqueue' && isOfScheduler({ spec: run.spec, duty })
    const phase = isDropped ? 'queued' : this.#firstPhase(how.mode, how.queue)
    const row = this.#store.insertRun({ ...run, runId: run.spec.runId, phase, duty })
    this.#open.set(row.runId, row)
    this.#host.background(isDropped ? this.#drop(row) : this.deliver(row))
    this.#changed()
    return row
  }

  #firstPhase(mode: 'start' | 'enqueue', queue: string | null): Phase {
    if (mode === 'start') return 'active'
    return queue === null && this.#inOwnQueue('active').length < OWN_CONCURRENCY ? 'active' : 'queued'
  }

  /** Runs that the Dag's own queue counts; a backfill has a concurrency of its own. */
  #inOwnQueue(phase: Phase): RunRow[] {
    return this.open.filter(row => row.phase === phase && row.spec.backfill === undefined)
  }

  /** Sends what a run is owed: creation or retry when it may run, its item to the global queue when it has to wait there. */
  async deliver(row: RunRow): Promise<void> {
    if (this.#taken.has(row.runId) || !this.#isDue(row)) return
    this.#taken.add(row.runId)
    try {
      if (row.phase === 'queued') await this.#enqueue(row)
      else if (row.duty.action === 'create') await this.#create(row)
      else await this.#retry(row)
    } catch (error) {
      console.error(`run ${row.runId}: ${row.duty.action} will be tried again`, error)
      this.#taken.delete(row.runId)
      this.#retryLater()
    }
  }

  async deliverAll(): Promise<void> {
    await Promise.all(this.open.map(row => this.deliver(row)))
  }

  #isDue(row: RunRow): boolean {
    return row.phase === 'active' || (row.phase === 'queued' && row.duty.queue !== null)
  }

  async #enqueue(row: RunRow): Promise<void> {
    const { runId, spec } = row
    const item = {
      runId,
      dagId: this.#host.name,
      priority: 'low' as const,
      enqueuedAt: row.summary.queuedAt ?? spec.createdAt,
    }
    const { admitted, position } = await this.#host.object('queue', row.duty.queue!).enqueue(item)
    if (!admitted && row.phase === 'queued')
      row.summary = { ...row.summary, reason: `position ${position} in queue ${row.duty.queue}` }
  }

  async #create(row: RunRow): Promise<void> {
    const pinned = this.#store.pinned(row.spec.dagHash)
    if (pinned === null) return this.#fail(row, 'its pinned definition is gone')
    const slot = this.#slots.get(row.runId)
    const spec = slot === undefined ? row.spec : { ...row.spec, slot }
    const created = await this.#runObject(row.runId).create({ spec, dagJson: pinned.json })
    if (created.ok) this.observe(created.value)
    else this.#fail(row, created.error.message)
  }

  async #retry(row: RunRow): Promise<void> {
    const { step, by = '', attempt } = row.duty
    const slot = this.#slots.get(row.runId)
    const request = {
      by,
      ...(step === undefined ? {} : { step }),
      ...(slot === undefined ? {} : { slot }),
      ...(attempt === undefined ? {} : { attempt }),
    }
    const answer = await this.#runObject(row.runId).retry(row.runId, request)
    if (answer.ok) return
    // It may have been taken before, by a call whose answer was lost.
    const now = await this.#runObject(row.runId).summary(row.runId)
    if (now !== null && !TERMINAL_RUN_STATUSES.has(now.status)) this.observe(now)
    else this.#fail(row, answer.error.message)
  }

  /** A run that can never begin. */
  #fail(row: RunRow, reason: string): void {
    const { former } = row.duty
    const finishedAt = this.#host.now()
    const failed: RunSummary = { ...row.summary, status: 'failed', finishedAt, reason, rev: row.summary.rev + 1 }
    const slot = this.#slots.get(row.runId)
    if (slot !== undefined) this.#host.background(this.#host.object('queue', slot.queue).release(row.runId, slot.hold))
    this.#finish(row, former ?? failed)
  }

  /** From a Queue: the run has got a slot. */
  admitted(runId: string, slot: { queue: string; hold: number }): void {
    const row = this.#open.get(runId)
    if (row === undefined) {
      this.#host.background(this.#host.object('queue', slot.queue).release(runId, slot.hold))
      return
    }
    this.#slots.set(runId, slot)
    if (row.phase !== 'queued') return
    // Not written: the Queue's row is the truth about slots, and the Run's journal about the run.
    row.phase = 'active'
    row.summary = { ...row.summary, reason: null }
    this.#taken.delete(runId)
    this.#host.background(this.deliver(row))
  }

  /** News of a run, from itself; an older line is ignored. */
  observe(summary: RunSummary): void {
    this.#heard.set(summary.runId, this.#host.now())
    const row = this.row(summary.runId)
    if (row === null || summary.rev <= row.summary.rev) return
    // The attempt before the retry that is owed has a late word, of its logs perhaps.
    if (row.duty.action === 'retry' && (summary.attempt ?? 1) < (row.duty.attempt ?? 0)) return
    const phase = phaseOf(summary)
    if (phase === 'done') this.#finish(row, summary)
    else this.#progress(row, summary, phase)
  }

  #progress(row: RunRow, summary: RunSummary, phase: Phase): void {
    const isNews = row.phase !== phase && !(row.phase === 'queued' && phase === 'active')
    row.summary = summary
    row.phase = phase
    this.#open.set(row.runId, row)
    if (isNews) {
      this.#store.updateRun(row)
      if (phase === 'waiting') this.#admitNext()
      this.#changed()
    }
  }

  #finish(row: RunRow, summary: RunSummary): void {
    row.summary = summary
    row.phase = 'done'
    const { queue, retries } = row.duty
    const retryAt = summary.status === 'failed' ? this.#autoRetryAt(row, retries ?? 0) : null
    row.duty = {
      action: 'create',
      queue,
      ...(retries === undefined ? {} : { retries }),
      ...(retryAt === null ? {} : { retryAt }),
    }
    this.#store.updateRun(row)
    this.#open.delete(row.runId)
    // A stop of the failed run has made it aborted: then the retry that was due is off.
    this.#toRetry.delete(row.runId)
    if (retryAt !== null) {
      this.#toRetry.set(row.runId, row)
      this.#retryLater()
    }
    this.#taken.delete(row.runId)
    this.#slots.delete(row.runId)
    this.#heard.delete(row.runId)
    this.#admitNext()
    this.#changed()
  }

  /** Admits the next of the own queue, in the commit of the caller. */
  #admitNext(): void {
    if (this.#inOwnQueue('active').length >= OWN_CONCURRENCY) return
    const next = this.#inOwnQueue('queued')
      .filter(row => row.duty.queue === null)
      .sort((a, b) => a.n - b.n)[0]
    if (next === undefined) return
    next.phase = 'active'
    this.#store.updateRun(next)
    this.#host.background(this.deliver(next))
  }

  /** A new attempt of a finished run, through its queue where it has one. */
  async retry(
    row: RunRow,
    request: { step?: string; by?: string },
    queue: string | null,
  ): Promise<Result<null, Refusal>> {
    const { runId } = row
    this.#toRetry.delete(runId)
    if (queue === null) {
      const { step, by = '' } = request
      return await this.#runObject(runId).retry(runId, { by, ...(step === undefined ? {} : { step }) })
    }
    this.#queueRetry(row, request, queue)
    return ok(null)
  }

  /** Writes the retry as a duty: through the global queue, or (null) at once. */
  #queueRetry(row: RunRow, request: { step?: string; by?: string }, queue: string | null): void {
    const { retries } = row.duty
    row.duty = {
      action: 'retry',
      queue,
      former: row.summary,
      attempt: (row.summary.attempt ?? 1) + 1,
      ...(retries === undefined ? {} : { retries }),
      ...request,
    }
    row.summary = { ...row.summary, status: 'queued', queuedAt: this.#host.now(), finishedAt: null, reason: null }
    row.phase = queue === null ? 'active' : 'queued'
    this.#store.updateRun(row)
    this.#open.set(row.runId, row)
    this.#taken.delete(row.runId)
    this.#host.background(this.deliver(row))
    this.#changed()
  }

  async dequeue(runId: string): Promise<Result<null, Refusal>> {
    const row = this.#open.get(runId)
    const refusal = err({
      code: 'bad_request',
      message: `DAGRun status is not queued: ${this.row(runId)?.summary.status ?? 'unknown'}`,
    })
    if (row?.phase !== 'queued') return refusal
    if (
      row.duty.queue !== null &&
      !(await this.#host.object('queue', row.duty.queue).dequeue(runId)) &&
      this.#slots.has(runId)
    )
      return refusal
    if (this.#open.get(runId)?.phase !== 'queued') return refusal
    if (row.duty.former !== undefined) this.#finish(row, row.duty.former)
    else {
      this.#store.removeRun(row)
      this.#open.delete(runId)
      this.#changed()
    }
    return ok(null)
  }

  /** Looks after runs that have not been heard of for a while. */
  async poke(): Promise<void> {
    const overdue = this.open.filter(row => this.#host.now() - (this.#heard.get(row.runId) ?? 0) > OVERDUE_MS)
    await Promise.all(
      overdue.map(async row => {
        this.#heard.set(row.runId, this.#host.now())
        if (row.phase === 'queued') this.#taken.delete(row.runId)
        else if ((await this.#runObject(row.runId).poke(row.runId)) === 'unknown') this.#taken.delete(row.runId)
        else await this.refresh(row)
        await this.deliver(row)
      }),
    )
  }

  /** The line as the Run gives it now; the stored one where the Run does not know the run yet. */
  async refresh(row: RunRow): Promise<RunSummary> {
    if (row.phase === 'active' || row.phase === 'waiting') {
      const summary = await this.#runObject(row.runId).summary(row.runId)
      if (summary !== null) this.observe(summary)
    }
    return this.line(this.row(row.runId) ?? row)
  }

  #runObject(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }
}

const OF_SCHEDULER: ReadonlySet<string> = new Set(['scheduler', 'catchup', 'retry'])

/** A queued run that nobody asked for: the schedule's, and retries by policy. */
const isOfScheduler = ({ spec, duty }: Pick<RunRow, 'spec' | 'duty'>): boolean =>
  duty.action === 'retry' ? duty.by === AUTO : spec.backfill === undefined && OF_SCHEDULER.has(spec.trigger)

const phaseOf = (summary: RunSummary): Phase =>
  TERMINAL_RUN_STATUSES.has(summary.status) ? 'done' : summary.status === 'waiting' ? 'waiting' : 'active'
