// A DAG: its texts, its schedule, its runs from acceptance to history. Promise: an answer to `start` means that the run is durable
// and will be created whatever happens; what a run runs is pinned at that moment.
import { err, ok, type Result } from '@edgedag/core/result'
import { nextStart } from '@edgedag/core/schedule/due'
import type { Dag } from '@edgedag/core/spec/dag'
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import type {
  BackfillRequest,
  DagApi,
  DagListItem,
  DagRecord,
  DagSettings,
  DeliveryRecord,
  Destination,
  Kinds,
  Priority,
  RetryRequest,
  RunSummary,
  ScheduleView,
  StartRequest,
  WebhookChange,
  WebhookDelivery,
} from '../contracts.ts'
import { runObjectName } from '../names.ts'
import type { Refusal } from './accept.ts'
import { DagAlerts } from './alerts.ts'
import { autoRetryAt } from './auto-retry.ts'
import { DagBackfills } from './backfills.ts'
import { DagEdits } from './edits.ts'
import { DagFeed } from './feed.ts'
import { DagHistory } from './history.ts'
import { DagOwnQueue } from './own-queue.ts'
import { DagPinned } from './pinned.ts'
import { DagRuns } from './runs.ts'
import { DueMemory } from './schedule/due-memory.ts'
import { DagNow } from './schedule/now.ts'
import { createScheduler } from './schedule/schedule.ts'
import type { DagScheduler } from './schedule/scheduler.ts'
import { readDagSettings, writeDagSettings } from './settings.ts'
import { DagStarts } from './starts.ts'
import { DagStore } from './store.ts'
import { DagTexts } from './texts.ts'
import { listItemOf } from './views.ts'
import { DagWake } from './wake.ts'
import { DagWebhook } from './webhook/webhook.ts'

export class DagObject implements Serves<DagApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #store: DagStore
  readonly #runs: DagRuns
  readonly #queue: DagOwnQueue
  readonly #history: DagHistory
  readonly #scheduler: DagScheduler
  readonly #feed: DagFeed
  readonly #wake: DagWake
  readonly #texts: DagTexts
  readonly #now: DagNow
  readonly #edits: DagEdits
  readonly #starts: DagStarts
  readonly #pinned: DagPinned
  readonly #backfills: DagBackfills
  readonly #alerts: DagAlerts
  /** Next starts, as the list shows them. */
  readonly #nextStarts = new DueMemory(nextStart)
  readonly #webhook: DagWebhook

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    this.#store = new DagStore(host.sql)
    this.#texts = new DagTexts(host)
    this.#now = new DagNow(this.#store, this.#texts)
    this.#runs = new DagRuns(host, this.#store, {
      changed: () => {
        if (!this.#alarm.isHeld) this.#wake.redeliver()
        this.#feed.soon()
        this.#backfills.pump()
        this.#alerts.soon()
      },
      retryLater: () => this.#wake.rearm(),
      autoRetryAt: (row, retriesDone) => autoRetryAt(this.#store, row, retriesDone, host.now()),
    })
    this.#queue = new DagOwnQueue(host, this.#store, this.#runs)
    this.#history = new DagHistory(host, this.#store, this.#runs, () => this.#feed.soon())
    this.#scheduler = createScheduler(host, this.#store, this.#runs, {
      mayFire: () => this.#now.mayFire,
      zone: () => this.#texts.zone(this.#now.record?.spec ?? ''),
      start: request => this.start(request),
      prepare: (dag, start) => this.#starts.prepare(dag, start),
    })
    const parts = { store: this.#store, texts: this.#texts, now: this.#now, runs: this.#runs }
    this.#pinned = new DagPinned(host, parts)
    this.#starts = new DagStarts(host, parts, () => {
      const { dag } = this.#now.definition ?? {}
      if (dag && this.#history.mayOverflow(dag)) host.background(this.#forgetOld())
    })
    this.#edits = new DagEdits(
      host,
      { ...parts, scheduler: this.#scheduler },
      {
        rearm: () => this.#wake.rearm(),
        tellIndex: () => this.#tellIndex(),
        removed: () => this.#alerts.soon(),
      },
    )
    this.#webhook = new DagWebhook(host, {
      fileName: () => this.#now.record?.fileName ?? null,
      forwardHeaders: () => this.#now.definition?.dag?.webhook?.forwardHeaders ?? [],
      isTaken: async runId =>
        (await host.object('run', runObjectName(runId, host.settings.runPool)).poke(runId)) !== 'unknown',
      start: request => this.start(request),
    })
    this.#alerts = new DagAlerts(host, this.#store, this.#runs, {
      about: () => this.#now.names,
      skips: () => this.#scheduler.skips,
    })
    this.#backfills = new DagBackfills(host, this.#runs, {
      dag: () => (this.#now.record?.fileName ? (this.#now.definition?.dag ?? null) : null),
      zone: () => this.#scheduler.zone,
      start: request => this.start(request),
      again: () => this.#alarm.wakeBy(host.now() + 100),
    })
    this.#feed = new DagFeed(
      host,
      this.#store,
      () => this.listItem(),
      row => this.#runs.line(row),
      () => {
        const record = this.#now.record
        return record === null || record.fileName === '' ? null : { hash: record.hash, text: record.spec }
      },
    )
    this.#wake = new DagWake(host, this.#alarm, {
      scheduler: this.#scheduler,
      runs: this.#runs,
      history: this.#history,
      feed: this.#feed,
    })
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    this.#wake.rearm()
  }

  putSpec(request: Parameters<DagApi['putSpec']>[0]): Promise<ReturnType<DagApi['putSpec']>> {
    return this.#edits.putSpec(request)
  }

  get(): DagRecord | null {
    return this.#now.full
  }

  listItem(): DagListItem | null {
    const record = this.#now.record
    const definition = this.#now.definition
    if (record === null || record.fileName === '' || definition === null) return null
    const newest = this.#store.newest()
    const latest = newest === null ? null : this.#runs.line(newest)
    return listItemOf(record, definition, {
      latest,
      now: this.#host.now(),
      zone: this.#scheduler.zone,
      starts: this.#nextStarts,
    })
  }

  schedule(count: number): ScheduleView | null {
    const record = this.#now.record
    return record === null ? null : this.#scheduler.view(this.#now.definition?.dag ?? null, record.suspended, count)
  }

  previewBackfill(request: BackfillRequest) {
    return this.#backfills.preview(request)
  }

  startBackfill(request: BackfillRequest) {
    return this.#backfills.start(request)
  }

  backfills() {
    return this.#backfills.list()
  }

  steerBackfill(id: string, action: 'pause' | 'resume' | 'cancel') {
    return this.#backfills.steer(id, action)
  }

  suspend(suspend: boolean): Promise<void> {
    return this.#edits.suspend(suspend)
  }

  settings(): DagSettings {
    return readDagSettings(this.#host)
  }

  setSettings(settings: { profile: string; by: string }): DagSettings {
    return writeDagSettings(this.#host, settings)
  }

  remove(): void {
    this.#edits.remove()
  }

  rename(fileName: string): Promise<void> {
    return this.#edits.rename(fileName)
  }

  start(request: StartRequest): Promise<Result<{ runId: string; queued: boolean }, Refusal>> {
    return this.#starts.start(request)
  }

  async runs(query: Parameters<DagApi['runs']>[0]): Promise<RunSummary[]> {
    const lines = await Promise.all(this.#store.page(query).map(row => this.#runs.refresh(row)))
    return query.status === undefined ? lines : lines.filter(line => query.status!.includes(line.status))
  }

  async run(runId: string): Promise<RunSummary | null> {
    const row = this.#runs.row(runId)
    return row === null ? null : await this.#queue.placed(await this.#runs.refresh(row))
  }

  lines(runIds: string[]): RunSummary[] {
    return runIds.flatMap(runId => this.#runs.row(runId)?.summary ?? [])
  }

  activeRuns(): RunSummary[] {
    return this.#runs.open.map(row => row.summary)
  }

  dequeue(runId: string): Promise<Result<null, Refusal>> {
    return this.#runs.dequeue(runId)
  }

  dequeueAll(runIds: string[]): Promise<string[]> {
    return this.#runs.dequeueAll(runIds)
  }

  queueDescription() {
    return this.#queue.describe(this.#now.definition?.dag?.name ?? this.#now.record?.fileName ?? '')
  }

  queueItems(query: Parameters<DagApi['queueItems']>[0]) {
    return this.#queue.items(query)
  }

  queuePosition(runId: string): number {
    return this.#runs.queue.positionOf(runId)
  }

  queueMove(runId: string, where: Destination) {
    return this.#queue.move(runId, where)
  }

  queuePriority(runId: string, priority: Priority) {
    return this.#queue.setPriority(runId, priority)
  }

  queuePaused(paused: boolean): void {
    this.#runs.setPaused(paused)
  }

  async removeRun(runId: string): Promise<Result<null, Refusal>> {
    const removed = this.#history.remove(runId)
    if (removed.ok) {
      await this.#forgetOld()
      await this.#tellIndex()
    }
    return removed
  }

  cleanUp(request: Parameters<DagApi['cleanUp']>[0]) {
    const found = this.#history.cleanUp(request)
    if (!request.dryRun) this.#host.background(this.#forgetOld())
    return found
  }

  admitted(runId: string, slot: { queue: string; hold: number }, enqueuedAt: number): Promise<void> {
    return this.#runs.admitted(runId, slot, enqueuedAt)
  }

  runChanged(summary: RunSummary): void {
    this.#runs.observe(summary)
  }

  cancelRetry(runId: string, { by }: { by: string }): Promise<Result<null, Refusal>> {
    return this.#runs.cancelRetry(runId, by)
  }

  async retry(runId: string, request: RetryRequest): Promise<Result<null, Refusal>> {
    const row = this.#runs.row(runId)
    if (row === null) return err({ code: 'not_found', message: `dag-run ID ${runId} not found` })
    await this.#runs.refresh(row)
    const now = this.#runs.row(runId)
    if (now?.phase !== 'done')
      return err({
        code: 'bad_request',
        message: `dag-run ${runId} is ${row.summary.status}; only a finished run can be retried`,
      })
    const pinned = this.#store.pinned(now.spec.dagHash)
    if (pinned === null) return err({ code: 'bad_request', message: 'its pinned definition is gone' })
    const dag = JSON.parse(pinned.json) as Dag
    const { step } = request
    if (step !== undefined && !dag.steps.some(known => known.name === step))
      return err({ code: 'not_found', message: `step ${step} not found in DAG ${dag.name}` })
    await this.#runs.retry(now, request, now.duty.queue ?? dag.queue ?? null)
    return ok(null)
  }

  specOf(runId: string) {
    return this.#pinned.specOf(runId)
  }

  definition(request: { text?: string; name?: string }): Promise<ReturnType<DagApi['definition']>> {
    return this.#pinned.definition(request)
  }

  textOf(hash: string): string | null {
    return this.#pinned.textOf(hash)
  }

  specText(runId: string): string | null {
    return this.#pinned.specText(runId)
  }

  webhook(change?: WebhookChange) {
    return this.#webhook.webhook(change)
  }

  deliver(delivery: WebhookDelivery) {
    return this.#webhook.deliver(delivery)
  }

  deliveries(limit: number): DeliveryRecord[] {
    return this.#webhook.deliveries(limit)
  }

  async sweep(baseVersion?: number): Promise<number> {
    await this.#edits.followBases(baseVersion)
    this.#scheduler.look()
    this.#lookAtRuns()
    this.#wake.rearm()
    await this.#runs.poke()
    await this.#alerts.look().catch(error => console.error('alerts will be reported later', error))
    await this.#forgetOld()
    await this.#feed.now()
    return this.#runs.open.length
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    // Until this handler has ended the platform stands by the alarm: where a run has begun, and the Index has heard of it, meanwhile,
    // no other one is needed to see to that. Each is a write of its own, which would come before the first byte of all runs.
    this.#alarm.hold()
    try {
      // Nothing is asked before: of a thousand Dags that wake together each has accepted its run before any of them goes on.
      this.#scheduler.look()
      this.#lookAtRuns()
      const told = this.#runs.deliverAll().then(() => (this.#feed.done ? undefined : this.#feed.now()))
      await Promise.race([told, this.#wake.holdOut()])
      this.#wake.endHold()
      await told
      if (this.#history.isDue) await this.#forgetOld()
    } finally {
      this.#wake.endHold()
    }
  }

  #lookAtRuns(): void {
    const suspended = this.#now.record?.suspended !== false
    this.#runs.retryDue(!suspended)
    if (suspended) this.#runs.dropScheduled()
    this.#backfills.pump()
  }

  /** Deletes what the history of the DAG no longer keeps; what cannot be deleted now is tried again. */
  async #forgetOld(): Promise<void> {
    const record = this.#store.record()
    try {
      await this.#history.keep(record === null ? null : this.#texts.current(record).dag)
    } catch (error) {
      console.error('deleting runs will be tried again', error)
    }
    const next = this.#history.alarmAt
    if (next !== null) this.#wake.redeliver(next)
  }

  /** The list shows a saved DAG at once; where the Index does not answer, the alarm tells it later. */
  async #tellIndex(): Promise<void> {
    await this.#feed.itemNow().catch(() => this.#wake.redeliver())
  }
}
