// An in-memory Dag that keeps its spec and the rows of its runs, and starts nothing.

import { err, ok } from '@edgedag/core/result'
import type { RunStatus } from '@edgedag/core/run/status'
import { previewFires } from '@edgedag/core/schedule/preview'
import { loadDags } from '@edgedag/core/spec/load'
import { sha256Hex } from '../../auth/hash.ts'
import type {
  Backfill,
  BackfillRequest,
  DagApi,
  DagListItem,
  DagRecord,
  DagSettings,
  RetryRequest,
  RunSummary,
  StartRequest,
} from '../../objects/contracts.ts'

type Async<T> = { [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never }

export const summary = (fields: Partial<RunSummary> & { runId: string }): RunSummary => ({
  dagId: '',
  dagName: 'hello',
  fileName: 'hello',
  status: 'running',
  trigger: 'manual',
  params: '',
  labels: [],
  createdAt: 0,
  queuedAt: null,
  startedAt: null,
  finishedAt: null,
  scheduleTime: null,
  runner: null,
  reason: null,
  total: 1,
  done: 0,
  rev: 0,
  ...fields,
})

const ACTIVE: readonly RunStatus[] = ['queued', 'running', 'waiting', 'not_started']

export class FakeDag implements Async<Omit<DagApi, 'admitted' | 'runChanged' | 'sweep'>> {
  record: DagRecord | null = null
  name = ''
  stored: DagSettings = { profile: '', updatedAt: 0, updatedBy: '' }
  readonly rows: RunSummary[] = []
  readonly requests: StartRequest[] = []
  readonly retries: ({ runId: string } & RetryRequest)[] = []
  /** Failed runs that would be retried by themselves, and what has been turned off of that. */
  readonly autoRetries = new Set<string>()
  readonly cancelled: { runId: string; by: string }[] = []
  private readonly dagId: string
  private readonly now: () => number

  constructor(dagId: string, now: () => number) {
    this.dagId = dagId
    this.now = now
  }

  async putSpec(request: Parameters<DagApi['putSpec']>[0]): Promise<ReturnType<DagApi['putSpec']>> {
    const actual = this.record?.hash ?? ''
    if (request.ifHash !== undefined && request.ifHash !== actual)
      return err({ code: 'conflict', actual, problems: [] })
    const loaded = loadDags(request.spec, {
      fileName: request.fileName || request.name || '',
      files: request.files ?? {},
    })
    const problems = loaded.ok ? [] : loaded.error
    if (!loaded.ok && request.force !== true) return err({ code: 'invalid', actual, problems })
    const hash = await sha256Hex(request.spec)
    this.name = loaded.ok ? loaded.value.dag.name : request.fileName
    this.record = {
      dagId: this.dagId,
      fileName: request.fileName,
      spec: request.spec,
      hash,
      suspended: this.record?.suspended ?? false,
      source: request.source ?? this.record?.source ?? null,
      updatedAt: this.now(),
    }
    return ok({ hash, problems })
  }

  get(): DagRecord | null {
    return this.record
  }

  listItem(): DagListItem | null {
    if (this.record === null) return null
    const { fileName, suspended } = this.record
    return {
      dagId: this.dagId,
      fileName,
      summary: { name: this.name, labels: [], tags: [] },
      errors: [],
      suspended,
      nextRun: null,
      latest: this.rows[0] ?? null,
      filePath: `/dags/${fileName}.yaml`,
    }
  }

  schedule(count: number): ReturnType<DagApi['schedule']> {
    if (this.record === null) return null
    const loaded = loadDags(this.record.spec, { fileName: this.record.fileName })
    const schedule = loaded.ok ? loaded.value.dag.schedule : { start: [], stop: [], restart: [] }
    const preview = previewFires(schedule, this.now(), 'UTC', count)
    return { suspended: false, scheduled: schedule.start.length > 0, timezone: 'UTC', ...preview, skipped: [] }
  }

  settings(): DagSettings {
    return this.stored
  }

  setSettings({ profile, by }: { profile: string; by: string }): DagSettings {
    this.stored = { profile, updatedAt: this.now(), updatedBy: by }
    return this.stored
  }

  readonly backfillJobs = new Map<string, Backfill>()

  previewBackfill({ from }: BackfillRequest): ReturnType<DagApi['previewBackfill']> {
    const at = Date.parse(from)
    return ok({ from: at, to: at, zone: 'UTC', total: 1, existing: 0, first: [at], last: at })
  }

  startBackfill(request: BackfillRequest): ReturnType<DagApi['startBackfill']> {
    const { concurrency, pauseOnFailure = false, by = '' } = request
    const at = Date.parse(request.from)
    const range = { id: 'bf-1', from: at, to: at, zone: 'UTC', cursor: at }
    const state = { state: 'running', reason: null, createdAt: this.now(), finishedAt: null } as const
    const counts = { total: 1, served: 1, existing: 0, runs: { running: 1 } }
    const job: Backfill = { ...range, ...state, ...counts, concurrency, pauseOnFailure, by }
    this.backfillJobs.set(job.id, job)
    return ok(job)
  }

  backfills(): Backfill[] {
    return [...this.backfillJobs.values()]
  }

  steerBackfill(id: string, action: 'pause' | 'resume' | 'cancel'): ReturnType<DagApi['steerBackfill']> {
    const job = this.backfillJobs.get(id)
    if (job === undefined) return err({ code: 'not_found', message: `backfill ${id} not found` })
    job.state = action === 'pause' ? 'paused' : action === 'resume' ? 'running' : 'cancelled'
    return ok(job)
  }

  suspend(suspend: boolean): void {
    if (this.record !== null) this.record.suspended = suspend
  }

  remove(): void {
    this.record = null
  }

  rename(fileName: string): void {
    if (this.record !== null) this.record.fileName = fileName
  }

  start(request: StartRequest): ReturnType<DagApi['start']> {
    this.requests.push(request)
    const runId = request.runId ?? `run-${this.rows.length + 1}`
    if (this.rows.some(row => row.runId === runId)) {
      return err({ code: 'already_exists', message: `dag-run ID ${runId} already exists for DAG ${this.name}` })
    }
    const queued = request.mode === 'enqueue'
    this.rows.unshift(
      summary({
        runId,
        dagId: this.dagId,
        dagName: request.dagName ?? this.name,
        fileName: this.record?.fileName ?? '',
        status: queued ? 'queued' : 'not_started',
        queuedAt: queued ? this.now() : null,
        createdAt: this.now(),
      }),
    )
    return ok({ runId, queued })
  }

  runs(query: Parameters<DagApi['runs']>[0]): RunSummary[] {
    return this.rows.slice(0, query.limit)
  }

  run(runId: string): RunSummary | null {
    return this.rows.find(row => row.runId === runId) ?? null
  }

  activeRuns(): RunSummary[] {
    return this.rows.filter(({ status }) => ACTIVE.includes(status))
  }

  lines(runIds: string[]): RunSummary[] {
    return this.rows.filter(({ runId }) => runIds.includes(runId))
  }

  dequeueAll(runIds: string[]): string[] {
    return runIds.filter(runId => this.dequeue(runId).ok)
  }

  queueDescription(): ReturnType<DagApi['queueDescription']> {
    const running = this.rows
      .filter(({ status }) => status === 'running')
      .map(({ runId }) => ({ runId, dagId: this.dagId, admittedAt: 0 }))
    const queuedCount = this.rows.filter(({ status }) => status === 'queued').length
    return { name: this.name, maxConcurrency: 1, paused: false, running, queuedCount, meanMs: null }
  }

  queueItems({ from, limit }: Parameters<DagApi['queueItems']>[0]): ReturnType<DagApi['queueItems']> {
    return this.rows
      .filter(({ status }) => status === 'queued')
      .reverse()
      .map(({ runId, createdAt }, i) => ({
        runId,
        dagId: this.dagId,
        priority: 'low' as const,
        enqueuedAt: createdAt,
        position: i + 1,
        startsAt: null,
      }))
      .slice(from, from + limit)
  }

  queuePosition(runId: string): number {
    return this.queueItems({ from: 0, limit: Number.MAX_SAFE_INTEGER }).findIndex(item => item.runId === runId) + 1
  }

  queueMove(runId: string): ReturnType<DagApi['queueMove']> {
    return this.run(runId)?.status === 'queued' ? 'ok' : 'unknown'
  }

  queuePriority(runId: string): ReturnType<DagApi['queuePriority']> {
    return this.queueMove(runId)
  }

  queuePaused(): void {}

  dequeue(runId: string): ReturnType<DagApi['dequeue']> {
    const row = this.run(runId)
    if (row?.status !== 'queued')
      return err({ code: 'bad_request', message: `DAGRun status is not queued: ${row?.status}` })
    return this.removeRun(runId)
  }

  cleanUp({ dryRun }: Parameters<DagApi['cleanUp']>[0]): ReturnType<DagApi['cleanUp']> {
    const runIds = this.rows.filter(({ finishedAt }) => finishedAt !== null).map(({ runId }) => runId)
    if (!dryRun) for (const runId of runIds) this.removeRun(runId)
    return { runIds, count: runIds.length }
  }

  removeRun(runId: string): ReturnType<DagApi['removeRun']> {
    this.rows.splice(
      this.rows.findIndex(row => row.runId === runId),
      1,
    )
    return ok(null)
  }

  retry(runId: string, request: RetryRequest): ReturnType<DagApi['retry']> {
    this.retries.push({ runId, ...request })
    return ok(null)
  }

  cancelRetry(runId: string, { by }: { by: string }): ReturnType<DagApi['cancelRetry']> {
    if (!this.autoRetries.has(runId)) return err({ code: 'not_running', message: 'DAG is not running' })
    this.cancelled.push({ runId, by })
    return ok(null)
  }

  specOf(runId: string): ReturnType<DagApi['specOf']> {
    const row = this.run(runId)
    const loaded = this.record === null ? null : loadDags(this.record.spec, { fileName: this.name })
    if (row === null || loaded?.ok !== true) return null
    const dagJson = JSON.stringify(loaded.value.dag)
    const spec = {
      runId,
      dagId: this.dagId,
      dagName: row.dagName,
      fileName: row.fileName,
      dagHash: '',
      trigger: row.trigger,
      paramsDisplay: '',
      labels: [],
      createdAt: row.createdAt,
    }
    return { spec, dagJson }
  }

  webhook(): ReturnType<DagApi['webhook']> {
    return ok(null)
  }

  deliver(): ReturnType<DagApi['deliver']> {
    return err({ code: 'unauthorized', message: 'invalid webhook token' })
  }

  deliveries(): ReturnType<DagApi['deliveries']> {
    return []
  }

  definition(): ReturnType<DagApi['definition']> {
    return { ok: false, error: { code: 'not_found', message: 'no step calls a fake' } }
  }

  textOf(): string | null {
    return this.record?.spec ?? null
  }

  specText(): string | null {
    return this.record?.spec ?? null
  }
}
