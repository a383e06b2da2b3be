// A DAG: its texts, its schedule, its runs from acceptance to history. Promise: an answer to `start` means that the run is durable
// and will be created whatever happens; what a run runs is pinned at that moment.
import { err, ok, type Result } from '@edgedag/core/result'
import { nextStart } from '@edgedag/core/schedule/due'
import type { Dag } from '@edgedag/core/spec/dag'
import { AlarmClock } from '../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../host/port.ts'
import { sha256Hex } from '../store/hash.ts'
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
} from './contracts.ts'
import { acceptRun, firstSummary, mainInstanceOf, type Refusal } from './dag-accept.ts'
import { formerRun } from './dag-again.ts'
import { DagAlerts } from './dag-alerts.ts'
import { autoRetryAt } from './dag-auto-retry.ts'
import { DagBackfills } from './dag-backfills.ts'
import { type Definition, problemText } from './dag-definition.ts'
import { DagFeed } from './dag-feed.ts'
import { DagHistory } from './dag-history.ts'
import { DagOwnQueue } from './dag-own-queue.ts'
import { DagRuns } from './dag-runs.ts'
import { createScheduler } from './dag-schedule.ts'
import type { DagScheduler } from './dag-scheduler.ts'
import { profileOf, readDagSettings, writeDagSettings } from './dag-settings.ts'
import { DagStore } from './dag-store.ts'
import { DagTexts } from './dag-texts.ts'
import { listItemOf } from './dag-views.ts'
import { DagWebhook } from './dag-webhook.ts'
import { DueMemory } from './due-memory.ts'
import { runObjectName } from './names.ts'

/** What was sent and not acknowledged is sent again after this long. */
const REDELIVERY_MS = 5_000

export class DagObject implements Serves<DagApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #store: DagStore
  readonly #runs: DagRuns
  readonly #queue: DagOwnQueue
  readonly #history: DagHistory
  readonly #scheduler: DagScheduler
  readonly #feed: DagFeed
  readonly #texts: DagTexts
  readonly #backfills: DagBackfills
  readonly #alerts: DagAlerts
  /** Next starts, as the list shows them. */
  readonly #starts = new DueMemory(nextStart)
  readonly #webhook: DagWebhook

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    this.#store = new DagStore(host.sql)
    this.#texts = new DagTexts(host)
    this.#runs = new DagRuns(host, this.#store, {
      changed: () => {
        this.#alarm.wakeBy(host.now() + REDELIVERY_MS)
        this.#feed.soon()
        this.#backfills.pump()
        this.#alerts.soon()
      },
      retryLater: () => this.#rearm(),
      autoRetryAt: (row, retriesDone) => autoRetryAt(this.#store, row, retriesDone, host.now()),
    })
    this.#queue = new DagOwnQueue(host, this.#store, this.#runs)
    this.#history = new DagHistory(host, this.#store, this.#runs, () => this.#feed.soon())
    this.#scheduler = createScheduler(host, this.#store, this.#runs, {
      mayFire: () => this.#mayFire(),
      zone: () => this.#texts.zone(this.#record()?.spec ?? ''),
      start: request => this.start(request),
    })
    this.#webhook = new DagWebhook(host, {
      fileName: () => this.#record()?.fileName ?? null,
      forwardHeaders: () => this.#current()?.dag?.webhook?.forwardHeaders ?? [],
      isTaken: async runId =>
        (await host.object('run', runObjectName(runId, host.settings.runPool)).poke(runId)) !== 'unknown',
      start: request => this.start(request),
    })
    this.#alerts = new DagAlerts(host, this.#store, this.#runs, {
      about: () => this.#about(),
      skips: () => this.#scheduler.skips,
    })
    this.#backfills = new DagBackfills(host, this.#runs, {
      dag: () => (this.#record()?.fileName ? (this.#current()?.dag ?? null) : null),
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
        const record = this.#record()
        return record === null || record.fileName === '' ? null : { hash: record.hash, text: record.spec }
      },
    )
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    this.#rearm()
  }

  async putSpec(request: Parameters<DagApi['putSpec']>[0]): Promise<ReturnType<DagApi['putSpec']>> {
    const { dagId, fileName, spec, files } = request
    await this.#texts.refresh(spec)
    const known = this.#store.record()
    const actual = known === null || known.removed ? '' : known.hash
    if (request.ifHash !== undefined && request.ifHash !== actual)
      return err({ code: 'conflict', actual, problems: [] })
    const definition = this.#texts.read(spec, fileName || (request.name ?? ''), files)
    if (definition.dag === null && request.force !== true)
      return err({ code: 'invalid', actual, problems: definition.problems })
    const isSame = known !== null && !known.removed && known.hash === definition.hash && known.fileName === fileName
    const isNew = !isSame || this.#texts.filesDiffer(files)
    const source = request.source ?? null
    if (isNew || JSON.stringify(source) !== JSON.stringify(known?.source)) {
      const updatedAt = this.#host.now()
      // What is due under the old text fires before the new one counts from now.
      this.#scheduler.look()
      this.#store.addSpec(definition.hash, spec, updatedAt)
      const suspended = known?.suspended ?? false
      this.#store.saveRecord({ dagId, fileName, spec, hash: definition.hash, suspended, source, updatedAt }, null)
      if (files !== undefined && this.#texts.filesDiffer(files)) this.#texts.saveFiles(files)
      this.#texts.adopt(definition, fileName || (request.name ?? ''), spec)
      if (isNew) this.#scheduler.reset()
      this.#rearm()
      if (fileName !== '') await this.#tellIndex()
    }
    return ok({ hash: definition.hash, problems: definition.problems })
  }

  get(): DagRecord | null {
    const record = this.#record()
    if (record === null) return null
    const { removed: _removed, ...rest } = record
    const { files } = this.#texts
    return Object.keys(files).length === 0 ? rest : { ...rest, files }
  }

  listItem(): DagListItem | null {
    const record = this.#record()
    const definition = this.#current()
    if (record === null || record.fileName === '' || definition === null) return null
    const newest = this.#store.newest()
    const latest = newest === null ? null : this.#runs.line(newest)
    return listItemOf(record, definition, {
      latest,
      now: this.#host.now(),
      zone: this.#scheduler.zone,
      starts: this.#starts,
    })
  }

  schedule(count: number): ScheduleView | null {
    const record = this.#record()
    return record === null ? null : this.#scheduler.view(this.#current()?.dag ?? null, record.suspended, count)
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

  async suspend(suspend: boolean): Promise<void> {
    const record = this.#record()
    if (record === null || record.suspended === suspend) return
    this.#store.saveRecord({ ...record, suspended: suspend, updatedAt: this.#host.now() }, null)
    this.#scheduler.reset()
    if (suspend) this.#runs.dropScheduled()
    this.#rearm()
    await this.#tellIndex()
  }

  settings(): DagSettings {
    return readDagSettings(this.#host)
  }

  setSettings(settings: { profile: string; by: string }): DagSettings {
    return writeDagSettings(this.#host, settings)
  }

  remove(): void {
    const record = this.#record()
    if (record !== null) this.#store.saveRecord(record, this.#host.now())
    this.#alerts.soon()
  }

  async rename(fileName: string): Promise<void> {
    const record = this.#record()
    if (record === null || record.fileName === fileName) return
    this.#store.saveRecord({ ...record, fileName, updatedAt: this.#host.now() }, null)
    await this.#tellIndex()
  }

  async start(asked: StartRequest): Promise<Result<{ runId: string; queued: boolean }, Refusal>> {
    const { again } = asked
    const former = again === undefined ? null : formerRun(this.#store, this.#runs.row(again.runId), again.runId)
    if (former?.ok === false) return former
    const request: StartRequest = { ...former?.value.inherited, ...asked }
    // A scheduled start is accepted in the turn, and with it the commit, in which its due time is marked as served.
    const isScheduled = request.scheduleTime !== undefined
    if (!isScheduled) await this.#texts.refresh(request.spec ?? this.#record()?.spec ?? '')
    const record = this.#record()
    if (record === null) return err({ code: 'not_found', message: 'the DAG does not exist' })
    const isPinned = again !== undefined && again.current !== true && request.spec === undefined
    const definition = isPinned
      ? former!.value.definition
      : request.spec === undefined
        ? this.#texts.current(record)
        : this.#texts.read(request.spec, request.dagName ?? record.fileName, request.files)
    if (definition.dag === null)
      return err({ code: 'bad_request', message: definition.problems.map(problemText).join('\n') })
    const dag: Dag = request.dagName === undefined ? definition.dag : { ...definition.dag, name: request.dagName }
    const isBusy = this.#runs.open.some(row => request.mode === 'enqueue' || row.phase !== 'queued')
    if (request.singleton && isBusy) {
      return err({ code: 'already_exists', message: `DAG ${dag.name} is already running (singleton mode)` })
    }
    if (request.runId !== undefined && this.#runs.row(request.runId) !== null) {
      return err({ code: 'already_exists', message: `dag-run ID ${request.runId} already exists for DAG ${dag.name}` })
    }
    if (request.runId !== undefined && this.#store.isDeleting(request.runId)) {
      return err({ code: 'already_exists', message: `dag-run ID ${request.runId} is being deleted; use another id` })
    }
    const json = JSON.stringify(dag)
    const accepting = {
      dagId: this.#host.name,
      fileName: record.fileName,
      dag,
      dagHash: sha256Hex(json),
      source: request.source ?? record.source,
    }
    const { profile: named, ...rest } = request
    const spec = acceptRun(
      { ...rest, ...profileOf(this.#host, named, this.#texts.profileDefaults(request.spec ?? record.spec)) },
      {
        ...accepting,
        mainInstance: mainInstanceOf(this.#host.settings),
        now: this.#host.now(),
        newId: length => this.#host.randomHex(length),
      },
    )
    if (!spec.ok) return spec
    if (request.spec !== undefined) this.#store.addSpec(definition.hash, request.spec, this.#host.now())
    this.#store.pin(accepting.dagHash, json, definition.hash)
    const row = this.#runs.accept(
      { spec: spec.value, summary: firstSummary(spec.value, dag) },
      {
        mode: request.mode,
        queue: request.queue ?? dag.queue ?? null,
        priority: request.priority ?? dag.priority ?? 'low',
        suspended: record.suspended,
      },
    )
    this.#host.background(this.#forgetOld())
    return ok({ runId: row.runId, queued: row.phase === 'queued' })
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
    return this.#queue.describe(this.#current()?.dag?.name ?? this.#record()?.fileName ?? '')
  }

  queueItems(query: Parameters<DagApi['queueItems']>[0]) {
    return this.#queue.items(query)
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
    const queue = pinned === null ? null : ((JSON.parse(pinned.json) as Dag).queue ?? null)
    return await this.#runs.retry(now, request, queue)
  }

  specOf(runId: string) {
    const row = this.#runs.row(runId)
    const pinned = row === null ? null : this.#store.pinned(row.spec.dagHash)
    return row === null || pinned === null ? null : { spec: row.spec, dagJson: pinned.json }
  }

  async definition(request: { text?: string; name?: string }): Promise<ReturnType<DagApi['definition']>> {
    const record = this.#record()
    const spec = request.text ?? record?.spec
    if (spec === undefined) return err({ code: 'not_found', message: 'the DAG does not exist' })
    await this.#texts.refresh(spec)
    const definition =
      request.text === undefined ? this.#texts.current(this.#record()!) : this.#texts.read(spec, request.name ?? '', {})
    if (definition.dag === null)
      return err({ code: 'invalid', message: definition.problems.map(problemText).join('\n') })
    if (request.text !== undefined) this.#store.addSpec(definition.hash, spec, this.#host.now())
    return ok({
      dagId: this.#host.name,
      fileName: request.text === undefined ? (record?.fileName ?? '') : '',
      dagJson: JSON.stringify(definition.dag),
      specHash: definition.hash,
      source: record?.source ?? null,
    })
  }

  textOf(hash: string): string | null {
    return this.#store.specText(hash)
  }

  specText(runId: string): string | null {
    const row = this.#runs.row(runId)
    const pinned = row === null ? null : this.#store.pinned(row.spec.dagHash)
    return pinned === null ? null : this.#store.specText(pinned.specHash)
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
    await this.#followBases(baseVersion)
    this.#scheduler.look()
    this.#lookAtRuns()
    this.#rearm()
    await this.#runs.poke()
    await this.#alerts.look().catch(error => console.error('alerts will be reported later', error))
    await this.#forgetOld()
    await this.#feed.now()
    return this.#runs.open.length
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    try {
      // Nothing is asked before: of a thousand Dags that wake together each has accepted its run before any of them goes on.
      this.#scheduler.look()
      this.#lookAtRuns()
      await this.#runs.deliverAll()
      if (this.#history.isDue) await this.#forgetOld()
      if (!this.#feed.done) await this.#feed.now()
    } finally {
      this.#rearm()
    }
  }

  #lookAtRuns(): void {
    const suspended = this.#record()?.suspended !== false
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
    if (next !== null) this.#alarm.wakeBy(Math.max(next, this.#host.now() + REDELIVERY_MS))
  }

  /** The next thing that must happen by itself: a due time, or a message that is owed. */
  #rearm(): void {
    const due = this.#scheduler.next()
    if (due !== null) this.#alarm.wakeBy(due)
    const retry = this.#runs.nextRetry
    if (retry !== null) this.#alarm.wakeBy(retry)
    const expiry = this.#history.alarmAt
    if (expiry !== null) this.#alarm.wakeBy(Math.max(expiry, this.#host.now() + REDELIVERY_MS))
    if (this.#runs.hasDuties || this.#feed.isBehind) this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS)
  }

  /** A base configuration may bring a schedule, labels, mistakes: whatever hangs on the definition follows it. */
  async #followBases(version?: number): Promise<void> {
    const record = this.#record()
    if (record === null) return
    const before = JSON.stringify(this.#mayFire()?.schedule)
    const zone = this.#texts.zone(record.spec)
    const hasChanged = await this.#texts.refresh(record.spec, version)
    if (zone !== this.#texts.zone(record.spec)) {
      // What is due in the former zone fires before the schedule is read in the new one.
      this.#scheduler.look()
      if (!hasChanged && record.fileName !== '') await this.#tellIndex()
    }
    if (!hasChanged) return
    if (JSON.stringify(this.#mayFire()?.schedule) !== before) this.#scheduler.reset()
    if (record.fileName !== '') await this.#tellIndex()
  }

  #about(): { dagName: string; fileName: string } | null {
    const record = this.#record()
    if (record === null) return null
    const { name } = this.#current()?.summary ?? {}
    return { dagName: typeof name === 'string' && name !== '' ? name : record.fileName, fileName: record.fileName }
  }

  #record(): (DagRecord & { removed: boolean }) | null {
    const record = this.#store.record()
    return record === null || record.removed ? null : record
  }

  #current(): Definition | null {
    const record = this.#record()
    return record === null ? null : this.#texts.current(record)
  }

  #mayFire(): Dag | null {
    const record = this.#record()
    return record === null || record.suspended || record.fileName === '' ? null : (this.#current()?.dag ?? null)
  }

  /** The list shows a saved DAG at once; where the Index does not answer, the alarm tells it later. */
  async #tellIndex(): Promise<void> {
    await this.#feed.itemNow().catch(() => this.#alarm.wakeBy(this.#host.now() + REDELIVERY_MS))
  }
}
