// The runs of a Dag from acceptance to their end. Promise: an accepted run is created (or retried) until its Run has taken it, its
// place in a queue is asked for until the Queue has taken it, and the end of one run admits the next of the own queue in one commit.
import { arrivalRank } from '@edgedag/core/queue/rank'
import { err, ok, type Result } from '@edgedag/core/result'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/types'
import { RETRY_WINDOW_MS } from '@edgedag/core/schedule/auto-retry'
import type { ObjectHost } from '../host/port.ts'
import type { Kinds, Priority, RetryRequest, RunSummary } from './contracts.ts'
import type { Refusal } from './dag-accept.ts'
import { DagConflicts } from './dag-conflicts.ts'
import { DagDelivery, type Delivered, enqueuedAtOf, type Slot } from './dag-delivery.ts'
import { DagQueue } from './dag-queue.ts'
import type { DagStore, Duty, Phase, RunRow } from './dag-store.ts'
import { runObjectName } from './names.ts'

/** Who asks for the retries of a DAG's own policy. */
const AUTO = 'auto'
/** A run that was heard of within this time is not poked; one that waits for people has nothing to tell. */
const OVERDUE_MS = 60_000
const WAITING_OVERDUE_MS = 86_400_000

export interface RunHooks {
  /** Something that the Index must know has been committed. */
  changed(): void
  /** A delivery failed and has to be tried again soon. */
  retryLater(): void
  /** When a run that has failed is to be retried by itself; null: never. */
  autoRetryAt(row: RunRow, retriesDone: number): number | null
}

/** Who wants a run, and how. */
export interface Entry {
  mode: 'start' | 'enqueue'
  /** Global queue; null: the DAG's own. */
  queue: string | null
  priority: Priority
  /** The DAG is: queued runs that nobody asked for are dropped. */
  suspended: boolean
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
  /** Who may go on: the own queue, and concurrency keys. */
  readonly queue = new DagQueue()
  readonly #conflicts: DagConflicts
  readonly #delivery: DagDelivery

  constructor(host: ObjectHost<Kinds>, store: DagStore, hooks: RunHooks) {
    this.#host = host
    this.#store = store
    this.#changed = hooks.changed
    this.#retryLater = hooks.retryLater
    this.#autoRetryAt = hooks.autoRetryAt
    this.queue.paused = store.mark(PAUSED) !== null
    this.#conflicts = new DagConflicts(host, this.queue)
    this.#delivery = new DagDelivery(host, store)
    for (const row of store.unfinished()) {
      if (row.phase === 'done') this.#toRetry.set(row.runId, row)
      else this.#note(row)
    }
  }

  /** The row is among the unfinished ones, as it is now. */
  #note(row: RunRow): void {
    this.#open.set(row.runId, row)
    this.queue.note(row, this.#host.now())
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

  /** A backfill is cancelled: those of its runs that still wait will not run. */
  dropBackfill(id: string): void {
    const rows = this.open.filter(row => row.phase === 'queued' && row.spec.backfill === id)
    for (const row of rows) this.#host.background(this.#drop(row, 'dropped: its backfill was cancelled'))
  }

  async #drop(row: RunRow, reason = DROPPED): Promise<void> {
    const { queue } = row.duty
    // Where the queue has just admitted it, its run is about to begin: then it does.
    if (
      queue !== null &&
      !this.queue.has(row.runId) &&
      !(await this.#host.object('queue', queue).dequeue(row.runId)) &&
      this.#slots.has(row.runId)
    )
      return
    if (this.#open.get(row.runId)?.phase !== 'queued') return
    this.#end(row, 'aborted', reason)
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
  accept({ spec, summary }: Pick<RunRow, 'spec' | 'summary'>, { mode, queue, priority, suspended }: Entry): RunRow {
    const duty: Duty = { action: 'create', queue: mode === 'enqueue' ? queue : null, priority }
    const { phase, ...waits } = this.#admission(spec, duty, mode)
    if (phase === 'queued' && duty.queue === null) duty.rank = arrivalRank(spec.createdAt, this.#store.nextN, priority)
    const queuedAt =
      phase === 'queued' ? { status: 'queued' as const, queuedAt: summary.queuedAt ?? spec.createdAt } : {}
    const row = this.#store.insertRun({
      spec,
      summary: { ...summary, ...queuedAt },
      runId: spec.runId,
      phase,
      duty: { ...duty, ...waits },
    })
    this.#note(row)
    if (suspended && mode === 'enqueue' && isOfScheduler(row)) this.#end(row, 'aborted', DROPPED)
    for (const { row: other, reason } of this.#conflicts.endedBy(row)) this.#end(other, 'aborted', reason)
    if (row.phase !== 'done') this.#host.background(this.deliver(row))
    this.#changed()
    return row
  }

  /** Where a run begins that starts, or joins a queue. */
  #admission(spec: RunRow['spec'], duty: Duty, mode: Entry['mode']): { phase: Phase; gated?: true } & Partial<Duty> {
    const isKeyed = spec.concurrency !== undefined
    if (mode === 'start' && !isKeyed) return { phase: 'active' }
    const waits = this.queue.size > 0 && !isKeyed
    const passes = !this.queue.paused && !waits && this.queue.mayPass({ spec, duty })
    if (duty.queue === null) return { phase: passes ? 'active' : 'queued' }
    if (!isKeyed || passes) return { phase: 'queued' }
    return {
      phase: 'queued',
      gated: true,
      rank: arrivalRank(spec.createdAt, this.#store.nextN, duty.priority ?? 'low'),
    }
  }

  /** Sends what a run is owed: creation or retry when it may run, its item to the global queue when it has to wait there. */
  async deliver(row: RunRow): Promise<void> {
    if (this.#taken.has(row.runId) || !this.#isDue(row)) return
    this.#taken.add(row.runId)
    const slot = this.#slots.get(row.runId)
    try {
      if (this.queue.has(row.runId)) await this.#conflicts.stopHolders(row)
      else if (row.phase === 'queued') await this.#delivery.enqueue(row)
      else this.#take(row, await this.#delivery.send(row, slot))
    } catch (error) {
      // Its run has ended meanwhile, under an earlier place: of this one it may never hear.
      if (row.phase === 'done') return this.#giveBack(row.runId, slot)
      console.error(`run ${row.runId}: ${row.duty.action} will be tried again`, error)
      this.#taken.delete(row.runId)
      this.#retryLater()
    }
  }

  #giveBack(runId: string, slot: Slot | undefined): void {
    if (slot !== undefined) this.#host.background(this.#host.object('queue', slot.queue).release(runId, slot.hold))
  }

  async deliverAll(): Promise<void> {
    await Promise.all(this.open.map(row => this.deliver(row)))
  }

  #isDue(row: RunRow): boolean {
    if (this.queue.has(row.runId)) return this.#conflicts.mustStop(row)
    return row.phase === 'active' || (row.phase === 'queued' && row.duty.queue !== null)
  }

  #take(row: RunRow, { line, failed }: Delivered): void {
    if (failed !== undefined) this.#fail(row, failed)
    else if (line !== undefined) this.observe(line)
  }

  /** A run that can never begin. */
  #fail(row: RunRow, reason: string): void {
    this.#end(row, 'failed', reason)
  }

  /** Ends a run that has not begun; a retry that has not shows the end before it. */
  #end(row: RunRow, status: 'failed' | 'aborted', reason: string): void {
    if (row.phase === 'done') return
    const { former, queue } = row.duty
    const finishedAt = this.#host.now()
    const failed: RunSummary = { ...row.summary, status, finishedAt, reason, rev: row.summary.rev + 1 }
    if (row.phase === 'queued' && queue !== null && row.duty.gated !== true)
      this.#host.background(this.#host.object('queue', queue).dequeue(row.runId))
    this.#giveBack(row.runId, this.#slots.get(row.runId))
    this.#finish(row, former ?? failed)
  }

  /** From a Queue: the run has got a slot. */
  async admitted(runId: string, slot: { queue: string; hold: number }, enqueuedAt: number): Promise<void> {
    const row = this.#open.get(runId)
    if (row === undefined) {
      this.#host.background(this.#host.object('queue', slot.queue).release(runId, slot.hold))
      return
    }
    const known = this.#slots.get(runId)
    // Word of an earlier attempt's place may come late: that place is not this attempt's.
    if (row.phase === 'queued' && enqueuedAt !== enqueuedAtOf(row)) return
    if (known?.queue === slot.queue && known.hold > slot.hold) return
    const isKnown = known?.hold === slot.hold
    this.#slots.set(runId, slot)
    if (row.phase !== 'queued') {
      // It goes on after an approval.
      if (!isKnown) await this.#runObject(runId).slotGranted(runId, slot)
      return
    }
    // Not written: the Queue's row is the truth about slots, and the Run's journal about the run.
    row.phase = 'active'
    row.summary = { ...row.summary, reason: null }
    this.queue.note(row, this.#host.now())
    this.#taken.delete(runId)
    this.#host.background(this.deliver(row))
  }

  /** News of a run, from itself; an older line is ignored. */
  observe(summary: RunSummary): void {
    this.#heard.set(summary.runId, this.#host.now())
    const row = this.row(summary.runId)
    if (row === null) return
    const isMarked = (summary.quarantined ?? false) !== (row.summary.quarantined ?? false)
    if (isMarked ? summary.rev < row.summary.rev : summary.rev <= row.summary.rev) return
    // The attempt before the retry that is owed has a late word, of its logs perhaps.
    if (row.duty.action === 'retry' && (summary.attempt ?? 1) < (row.duty.attempt ?? 0)) return
    const phase = phaseOf(summary)
    if (phase === 'done') this.#finish(row, summary)
    else this.#progress(row, summary, phase)
  }

  #progress(row: RunRow, summary: RunSummary, phase: Phase): void {
    const isMarked = summary.quarantined !== row.summary.quarantined
    const isNews = isMarked || (row.phase !== phase && !(row.phase === 'queued' && phase === 'active'))
    row.summary = summary
    row.phase = phase
    this.#note(row)
    if (isNews) {
      this.#store.updateRun(row)
      if (phase === 'waiting') this.admitNext()
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
    this.queue.note(row, finishedAtOf(row))
    if (retryAt !== null) {
      this.#toRetry.set(row.runId, row)
      this.#retryLater()
    }
    // A place that its Run has not heard of.
    if (!this.#taken.delete(row.runId)) this.#giveBack(row.runId, this.#slots.get(row.runId))
    this.#slots.delete(row.runId)
    this.#heard.delete(row.runId)
    this.admitNext()
    this.#changed()
  }

  /** Admits who may go on, in the commit of the caller. */
  admitNext(): void {
    for (let next = this.queue.next(); next !== null; next = this.queue.next()) {
      if (next.duty.queue === null) next.phase = 'active'
      delete next.duty.gated
      this.queue.note(next, this.#host.now())
      this.#store.updateRun(next)
      this.#taken.delete(next.runId)
      this.#host.background(this.deliver(next))
    }
  }

  /** Another place in the own queue. */
  reorder(row: RunRow, rank: string, priority: Priority): void {
    row.duty = { ...row.duty, rank, priority }
    this.queue.note(row, this.#host.now())
    this.#store.updateRun(row)
  }

  setPaused(paused: boolean): void {
    if (paused === this.queue.paused) return
    this.queue.paused = paused
    this.#store.setMark(PAUSED, paused ? '1' : null)
    if (!paused) this.admitNext()
  }

  /** A new attempt of a finished run, through its queue where it has one. */
  async retry(row: RunRow, request: RetryRequest, queue: string | null): Promise<Result<null, Refusal>> {
    const { runId } = row
    this.#toRetry.delete(runId)
    if (queue === null && row.spec.concurrency === undefined) {
      return await this.#runObject(runId).retry(runId, { ...request, by: request.by ?? '' })
    }
    this.#queueRetry(row, request, queue)
    return ok(null)
  }

  /** The automatic retry of a failed run is off; its Run says so first, and this row follows. */
  async cancelRetry(runId: string, by: string): Promise<Result<null, Refusal>> {
    const row = this.#toRetry.get(runId)
    if (row === undefined) return err({ code: 'not_running', message: 'DAG is not running' })
    this.#toRetry.delete(runId)
    const cancelled = await this.#runObject(runId).cancelRetry(runId, { by })
    if (!cancelled.ok) {
      this.#toRetry.set(runId, row)
      return cancelled
    }
    const summary = await this.#runObject(runId).summary(runId)
    if (summary !== null) this.observe(summary)
    return ok(null)
  }

  /** Writes the retry as a duty: through the global queue, or (null) at once. */
  #queueRetry(row: RunRow, request: RetryRequest, queue: string | null): void {
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
    const { phase, ...waits } = this.#admission(row.spec, row.duty, queue === null ? 'start' : 'enqueue')
    row.phase = phase
    Object.assign(row.duty, waits)
    if (phase === 'queued' && queue === null) row.duty.rank = arrivalRank(this.#host.now(), row.n, priority)
    this.#store.updateRun(row)
    this.#note(row)
    this.#taken.delete(row.runId)
    this.#host.background(this.deliver(row))
    this.#changed()
  }

  async dequeue(runId: string): Promise<Result<null, Refusal>> {
    const gone = await this.dequeueAll([runId])
    if (gone.length > 0) return ok(null)
    const status = this.row(runId)?.summary.status ?? 'unknown'
    return err({ code: 'bad_request', message: `DAGRun status is not queued: ${status}` })
  }

  /** Takes runs out of their queues; answers those that waited. A run that never started is gone, a retry shows its former end. */
  async dequeueAll(runIds: readonly string[]): Promise<string[]> {
    const rows = runIds.flatMap(runId => this.#queued(runId))
    const inQueues = Map.groupBy(
      rows.filter(row => !this.queue.has(row.runId)),
      row => row.duty.queue!,
    )
    const taken = new Set(rows.filter(row => this.queue.has(row.runId)).map(row => row.runId))
    for (const [queue, waiting] of inQueues) {
      const ids = waiting.map(row => row.runId)
      for (const runId of await this.#host.object('queue', queue).dequeueAll(ids)) taken.add(runId)
      // One that the Queue has not heard of yet waits as well.
      for (const runId of ids) if (!this.#slots.has(runId)) taken.add(runId)
    }
    const gone = [...taken].flatMap(runId => this.#queued(runId))
    for (const row of gone) this.#leaveQueue(row)
    if (gone.length > 0) this.#changed()
    return gone.map(row => row.runId)
  }

  #queued(runId: string): RunRow[] {
    const row = this.#open.get(runId)
    return row?.phase === 'queued' ? [row] : []
  }

  #leaveQueue(row: RunRow): void {
    if (row.duty.former !== undefined) return this.#finish(row, row.duty.former)
    this.#store.removeRun(row)
    this.#open.delete(row.runId)
    this.#taken.delete(row.runId)
    this.queue.drop(row)
  }

  /** A finished run is deleted: it is not retried by itself any more. */
  forget(runIds: readonly string[]): void {
    for (const runId of runIds) this.#toRetry.delete(runId)
  }

  /** Looks after runs that have not been heard of for a while. */
  async poke(): Promise<void> {
    const limit = (row: RunRow) => (row.phase === 'waiting' ? WAITING_OVERDUE_MS : OVERDUE_MS)
    const overdue = this.open.filter(row => this.#host.now() - (this.#heard.get(row.runId) ?? 0) > limit(row))
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
const DROPPED = 'dropped: the DAG was suspended while it waited'
/** Mark of a paused queue. */
const PAUSED = 'queue_paused'

const finishedAtOf = ({ summary }: RunRow): number => summary.finishedAt ?? summary.createdAt

const phaseOf = (summary: RunSummary): Phase =>
  TERMINAL_RUN_STATUSES.has(summary.status) ? 'done' : summary.status === 'waiting' ? 'waiting' : 'active'
