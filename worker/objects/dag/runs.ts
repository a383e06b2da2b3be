// The runs of a Dag from acceptance to their end. Promise: an accepted run is created (or retried) until its Run has taken it, its
// place in a queue is asked for until the Queue has taken it, and the end of one run admits the next of the own queue in one commit.
import { arrivalRank } from '@edgedag/core/queue/rank'
import type { Result } from '@edgedag/core/result'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, Priority, RetryRequest, RunSummary } from '../contracts.ts'
import { runObjectName } from '../names.ts'
import type { Refusal } from './accept.ts'
import { admissionOf, DROPPED, type Entry, isOfScheduler } from './admission.ts'
import { DagConflicts } from './conflicts.ts'
import { DagDelivery, type Delivered, enqueuedAtOf, ownSlotOf, type Slot } from './delivery.ts'
import { DagDepartures } from './departures.ts'
import { OpenRuns } from './open-runs.ts'
import type { DagQueue } from './queue.ts'
import { DagRetries } from './retries.ts'
import { type DagStore, type Duty, hasBegun, type Phase, type RunRow } from './store.ts'

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
  readonly #open = new OpenRuns()
  /** A delivery failed: it is tried again by the Dag's alarm. */
  readonly #retryLater: () => void
  readonly #autoRetryAt: RunHooks['autoRetryAt']
  readonly #retries: DagRetries
  readonly #departures: DagDepartures
  readonly #conflicts: DagConflicts
  readonly #delivery: DagDelivery
  /** Deliveries that are under way. */
  readonly #underWay = new Set<Promise<void>>()

  constructor(host: ObjectHost<Kinds>, store: DagStore, hooks: RunHooks) {
    this.#host = host
    this.#store = store
    this.#changed = hooks.changed
    this.#retryLater = hooks.retryLater
    this.#autoRetryAt = hooks.autoRetryAt
    this.#retries = new DagRetries(host, store, this.#open, {
      changed: hooks.changed,
      owed: row => {
        this.#open.note(row, host.now())
        const sent = this.deliver(row)
        host.background(sent)
        hooks.changed()
        return sent
      },
      observe: summary => this.observe(summary),
    })
    this.#departures = new DagDepartures(host, store, this.#open, {
      changed: hooks.changed,
      end: (row, reason) => this.#end(row, 'aborted', reason),
      finish: (row, summary) => this.#finish(row, summary),
    })
    this.queue.paused = store.mark(PAUSED) !== null
    this.#conflicts = new DagConflicts(host, this.queue, (row, reason) => this.#departures.drop(row, reason))
    this.#delivery = new DagDelivery(host, store)
    for (const row of store.unfinished()) {
      if (row.phase === 'done') this.#retries.add(row)
      else this.#open.note(row, this.#host.now())
    }
  }

  /** When the next automatic retry is due; null: none. */
  get nextRetry(): number | null {
    return this.#retries.next
  }

  /** Retries what is due; `isAllowed`: not while the DAG is suspended, nor when that was too long ago. */
  retryDue(isAllowed: boolean): void {
    this.#retries.makeDue(isAllowed)
  }

  /** The DAG is suspended: what the scheduler has queued will not run. What people have queued, and backfills, will. */
  dropScheduled(): void {
    this.#departures.dropScheduled()
  }

  /** A backfill is cancelled: those of its runs that still wait will not run. */
  dropBackfill(id: string): void {
    this.#departures.dropBackfill(id)
  }

  get open(): RunRow[] {
    return this.#open.all
  }

  /** Who may go on: the own queue, and concurrency keys. */
  get queue(): DagQueue {
    return this.#open.queue
  }

  /** Some run is owed a message. */
  get hasDuties(): boolean {
    return this.open.some(row => !this.#open.taken.has(row.runId) && this.#isDue(row))
  }

  row(runId: string): RunRow | null {
    return this.#open.rows.get(runId) ?? this.#store.run(runId)
  }

  /** The newest line that is known of a stored row, with what only the Dag knows of it. */
  line(row: RunRow): RunSummary {
    const { summary, duty } = this.#open.rows.get(row.runId) ?? row
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
    const { phase, ...waits } = admissionOf(this.queue, this.#store.nextN, spec, duty, mode)
    if (phase === 'queued' && duty.queue === null) duty.rank = arrivalRank(spec.createdAt, this.#store.nextN, priority)
    const queuedAt =
      phase === 'queued' ? { status: 'queued' as const, queuedAt: summary.queuedAt ?? spec.createdAt } : {}
    // A start passes the queue by: it takes no place of it, and waits for none when it goes on after a decision.
    const slot = mode === 'enqueue' ? ownSlotOf({ spec, summary, duty }) : undefined
    const row = this.#store.insertRun({
      spec: slot === undefined ? spec : { ...spec, slot },
      summary: { ...summary, ...queuedAt },
      runId: spec.runId,
      phase,
      duty: { ...duty, ...waits },
    })
    this.#open.note(row, this.#host.now())
    if (suspended && mode === 'enqueue' && isOfScheduler(row)) this.#end(row, 'aborted', DROPPED)
    for (const { row: other, reason } of this.#conflicts.endedBy(row)) this.#end(other, 'aborted', reason)
    if (row.phase !== 'done') this.#host.background(this.deliver(row))
    this.#changed()
    return row
  }

  /** Sends what a run is owed: creation or retry when it may run, its item to the global queue when it has to wait there. */
  deliver(row: RunRow): Promise<void> {
    const sent = this.#deliver(row)
    this.#underWay.add(sent)
    const done = () => this.#underWay.delete(sent)
    void sent.then(done, done)
    return sent
  }

  async #deliver(row: RunRow): Promise<void> {
    if (this.#open.taken.has(row.runId) || !this.#isDue(row)) return
    this.#open.taken.add(row.runId)
    const slot = this.#open.slots.get(row.runId)
    try {
      if (this.queue.has(row.runId)) await this.#conflicts.stopHolders(row)
      else if (row.phase === 'queued') await this.#delivery.enqueue(row)
      else this.#take(row, await this.#delivery.send(row, slot))
    } catch (error) {
      // Its run has ended meanwhile, under an earlier place: of this one it may never hear.
      if (row.phase === 'done') return this.#giveBack(row.runId, slot)
      console.error(`run ${row.runId}: ${row.duty.action} will be tried again`, error)
      this.#open.taken.delete(row.runId)
      this.#retryLater()
    }
  }

  #giveBack(runId: string, slot: Slot | undefined): void {
    if (slot !== undefined) this.#host.background(this.#host.object('queue', slot.queue).release(runId, slot.hold))
  }

  /** Resolves when what is owed has been sent, by this call or by one that was under way before. */
  async deliverAll(): Promise<void> {
    for (const row of this.open) void this.deliver(row)
    await Promise.all(this.#underWay)
  }

  #isDue(row: RunRow): boolean {
    if (this.queue.has(row.runId)) return this.#conflicts.mustStop(row)
    return row.phase === 'active' || (row.phase === 'queued' && row.duty.queue !== null)
  }

  #take(row: RunRow, { line, failed }: Delivered): void {
    // It can never begin.
    if (failed !== undefined) this.#end(row, 'failed', failed)
    else if (line !== undefined) this.observe(line)
  }

  /** Ends a run that has not begun; a retry that has not shows the end before it. */
  #end(row: RunRow, status: 'failed' | 'aborted', reason: string): void {
    if (row.phase === 'done') return
    const { former, queue } = row.duty
    const finishedAt = this.#host.now()
    const failed: RunSummary = { ...row.summary, status, finishedAt, reason, rev: row.summary.rev + 1 }
    if (row.phase === 'queued' && queue !== null && row.duty.gated !== true)
      this.#host.background(this.#host.object('queue', queue).dequeue(row.runId))
    this.#giveBack(row.runId, this.#open.slots.get(row.runId))
    this.#finish(row, former ?? failed)
  }

  /** From a Queue: the run has got a slot. Said again now and then, so that a slot that nobody knows of is given back. */
  async admitted(runId: string, slot: Slot, enqueuedAt: number): Promise<void> {
    const row = this.#open.rows.get(runId)
    if (row === undefined) return this.#giveBack(runId, slot)
    const asked = enqueuedAtOf(row)
    if (row.phase === 'queued' && enqueuedAt !== asked) {
      // The place of an attempt that is over; or the Run, of whose beginning this instance has not heard, has asked for it.
      return enqueuedAt < asked ? this.#giveBack(runId, slot) : await this.#runObject(runId).slotGranted(runId, slot)
    }
    const known = this.#open.slots.get(runId)
    if (known?.queue === slot.queue && known.hold > slot.hold) return
    this.#open.slots.set(runId, slot)
    if (row.phase !== 'queued') {
      // It goes on after an approval; or it holds this slot already. A retry that is owed brings its slot with it.
      if (!isRetryOwed(row, row.summary)) await this.#runObject(runId).slotGranted(runId, slot)
      return
    }
    // Not written: the Queue's row is the truth about slots, and the Run's journal about the run.
    row.phase = 'active'
    row.summary = { ...row.summary, reason: null }
    this.queue.note(row, this.#host.now())
    this.#open.taken.delete(runId)
    this.#host.background(this.deliver(row))
  }

  /** News of a run, from itself; an older line is ignored. */
  observe(summary: RunSummary): void {
    this.#open.heard.set(summary.runId, this.#host.now())
    const row = this.row(summary.runId)
    if (row === null) return
    const isMarked = (summary.quarantined ?? false) !== (row.summary.quarantined ?? false)
    if (isMarked ? summary.rev < row.summary.rev : summary.rev <= row.summary.rev) return
    // The attempt before the retry that is owed has a late word, of its logs perhaps.
    if (isRetryOwed(row, summary)) return
    const phase = phaseOf(summary)
    if (phase === 'done') this.#finish(row, summary)
    else if (summary.wantsPlace !== undefined && summary.wantsPlace !== row.duty.hold) this.#line(row, summary)
    else if (row.duty.action === 'go_on' && summary.wantsPlace !== undefined) row.summary = summary
    else this.#progress(row, summary, phase)
  }

  /** It goes on after a decision, and needs its place in the own queue again: it comes before those that have yet to begin. */
  #line(row: RunRow, summary: RunSummary): void {
    const { priority = 'low', retryAt: _none, ...duty } = row.duty
    const now = this.#host.now()
    const first = this.queue.size > 0 ? this.queue.rankFor(row.runId, { to: 'first' }) : null
    row.duty = {
      ...duty,
      action: 'go_on',
      priority,
      hold: summary.wantsPlace!,
      rank: first ?? arrivalRank(now, row.n, priority),
    }
    row.summary = summary
    row.phase = 'queued'
    this.#open.note(row, now)
    this.#open.taken.delete(row.runId)
    this.admitNext()
    if (row.phase === 'queued') this.#store.updateRun(row)
    this.#changed()
  }

  #progress(row: RunRow, summary: RunSummary, phase: Phase): void {
    const isMarked = summary.quarantined !== row.summary.quarantined
    const isNews = isMarked || (row.phase !== phase && (phase !== 'active' || hasBegun(row)))
    row.summary = summary
    row.phase = phase
    this.#open.note(row, this.#host.now())
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
    this.#open.rows.delete(row.runId)
    // A stop of the failed run has made it aborted: then the retry that was due is off.
    this.#retries.forget(row.runId)
    this.queue.note(row, finishedAtOf(row))
    if (retryAt !== null) {
      this.#retries.add(row)
      this.#retryLater()
    }
    // A place that its Run has not heard of.
    if (!this.#open.taken.delete(row.runId)) this.#giveBack(row.runId, this.#open.slots.get(row.runId))
    this.#open.slots.delete(row.runId)
    this.#open.heard.delete(row.runId)
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
      this.#open.taken.delete(next.runId)
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

  /** A new attempt of a finished run, through the named queue, or (null) the DAG's own. */
  retry(row: RunRow, request: RetryRequest, queue: string | null): Promise<void> {
    return this.#retries.retry(row, request, queue)
  }

  /** The automatic retry of a failed run is off. */
  cancelRetry(runId: string, by: string): Promise<Result<null, Refusal>> {
    return this.#retries.cancel(runId, by)
  }

  dequeue(runId: string): Promise<Result<null, Refusal>> {
    return this.#departures.dequeue(runId)
  }

  /** Takes runs out of their queues; answers those that waited. */
  dequeueAll(runIds: readonly string[]): Promise<string[]> {
    return this.#departures.dequeueAll(runIds)
  }

  /** Finished runs are deleted: they are not retried by themselves any more. */
  forget(runIds: readonly string[]): void {
    for (const runId of runIds) this.#retries.forget(runId)
  }

  /** Looks after runs that have not been heard of for a while. */
  async poke(): Promise<void> {
    await Promise.all(
      this.#open.unheard(this.#host.now()).map(async row => {
        this.#open.heard.set(row.runId, this.#host.now())
        if (!hasBegun(row)) this.#open.taken.delete(row.runId)
        else if ((await this.#runObject(row.runId).poke(row.runId)) === 'unknown') this.#open.taken.delete(row.runId)
        else await this.refresh(row)
        await this.deliver(row)
      }),
    )
  }

  /** The line as the Run gives it now; the stored one where the Run does not know the run yet. */
  async refresh(row: RunRow): Promise<RunSummary> {
    if (hasBegun(row)) {
      const summary = await this.#runObject(row.runId).summary(row.runId)
      if (summary !== null) this.observe(summary)
    }
    return this.line(this.row(row.runId) ?? row)
  }

  #runObject(runId: string) {
    return this.#host.object('run', runObjectName(runId, this.#host.settings.runPool))
  }
}

/** Mark of a paused queue. */
const PAUSED = 'queue_paused'

/** A line of the attempt before the retry that is owed. */
const isRetryOwed = ({ duty }: RunRow, { attempt = 1 }: RunSummary): boolean =>
  duty.action === 'retry' && attempt < (duty.attempt ?? 0)

const finishedAtOf = ({ summary }: RunRow): number => summary.finishedAt ?? summary.createdAt

const phaseOf = (summary: RunSummary): Phase =>
  TERMINAL_RUN_STATUSES.has(summary.status) ? 'done' : summary.status === 'waiting' ? 'waiting' : 'active'
