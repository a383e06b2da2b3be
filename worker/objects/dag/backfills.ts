// Backfills of a Dag: the due times of a range in the past, oldest first, so many at once. Promise: a due time gets one run, whatever
// crashes: the id of a run is made of its due time, and the place in the range moves in the commit that accepts the run.
import { err, ok, type Result } from '@edgedag/core/result'
import { dueTimes, nextDueTime, rangeOf, zoneOfDays } from '@edgedag/core/schedule/backfill'
import type { Dag, ScheduleEntry } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../host/port.ts'
import { sha256Hex } from '../../store/hash.ts'
import type { Backfill, BackfillPreview, BackfillRequest, Kinds, StartRequest } from '../contracts.ts'
import type { Refusal } from './accept.ts'
import type { DagRuns } from './runs.ts'
import { scheduledRunId } from './schedule/scheduler.ts'

const MOST_KEPT = 50
const SHOWN_FIRST = 10
/** Due times that have a run already are passed over so many at a time. */
const MOST_AT_ONCE = 200

export interface BackfillHooks {
  /** The present definition; null: the DAG is gone or does not load. */
  dag(): Dag | null
  zone(): string
  start(request: StartRequest): Promise<Result<unknown, Refusal>>
  /** There is more to do, soon. */
  again(): void
}

/** As it is stored: with what its runs are made of. */
interface Job extends Omit<Backfill, 'runs'> {
  entries: ScheduleEntry[]
  params?: string | Record<string, unknown>
  labels?: string[]
}

interface Range {
  from: number
  to: number
  zone: string
  entries: ScheduleEntry[]
  times: number[]
}

export class DagBackfills {
  readonly #host: ObjectHost<Kinds>
  readonly #runs: DagRuns
  readonly #hooks: BackfillHooks
  #jobs: Map<string, Job> | null = null
  #pumping = false

  /** The table is the Dag's: made before. */
  constructor(host: ObjectHost<Kinds>, runs: DagRuns, hooks: BackfillHooks) {
    this.#host = host
    this.#runs = runs
    this.#hooks = hooks
  }

  preview(request: BackfillRequest): Result<BackfillPreview, Refusal> {
    const range = this.#range(request)
    if (!range.ok) return range
    const { from, to, zone, times } = range.value
    const ids = times.map(at => scheduledRunId(this.#host.name, at))
    const [found] = this.#host.sql.exec<{ count: number }>(
      'SELECT count(*) AS count FROM run WHERE run_id IN (SELECT value FROM json_each(?))',
      JSON.stringify(ids),
    )
    const first = times.slice(0, SHOWN_FIRST)
    return ok({ from, to, zone, total: times.length, existing: found?.count ?? 0, first, last: times.at(-1)! })
  }

  start(request: BackfillRequest): Result<Backfill, Refusal> {
    const range = this.#range(request)
    if (!range.ok) return range
    const { times, ...rest } = range.value
    const id = `bf-${sha256Hex(`${this.#host.name}/${request.from}/${request.to ?? rest.to}`).slice(0, 12)}`
    const known = this.#all().get(id)
    if (known !== undefined && (known.state === 'running' || known.state === 'paused')) return ok(this.#view(known))
    const { concurrency, pauseOnFailure = false, params, labels, by = '' } = request
    const fresh = { state: 'running', reason: null, finishedAt: null, served: 0, existing: 0, cursor: null } as const
    const job: Job = {
      id,
      ...rest,
      ...fresh,
      concurrency,
      pauseOnFailure,
      by,
      createdAt: this.#host.now(),
      total: times.length,
      ...(params === undefined ? {} : { params }),
      ...(labels === undefined ? {} : { labels }),
    }
    this.#save(job)
    this.#prune()
    this.pump()
    return ok(this.#view(this.#all().get(id)!))
  }

  list(): Backfill[] {
    return [...this.#all().values()].sort((a, b) => b.createdAt - a.createdAt).map(job => this.#view(job))
  }

  steer(id: string, action: 'pause' | 'resume' | 'cancel'): Result<Backfill, Refusal> {
    const job = this.#all().get(id)
    if (job === undefined) return err({ code: 'not_found', message: `backfill ${id} not found` })
    if (job.state === 'done' || job.state === 'cancelled')
      return err({
        code: 'bad_request',
        message: `backfill ${id} is ${job.state}; start it again to look for what is missing`,
      })
    if (action === 'cancel') this.#save({ ...job, state: 'cancelled', reason: null, finishedAt: this.#host.now() })
    else this.#save({ ...job, state: action === 'pause' ? 'paused' : 'running', reason: null })
    if (action === 'cancel') this.#runs.dropBackfill(id)
    this.pump()
    return ok(this.#view(this.#all().get(id)!))
  }

  /** Starts what may start now. Called whenever a run has ended, and by every look of the Dag. */
  pump(): void {
    // A run that is accepted in here is a change too.
    if (this.#pumping) return
    this.#pumping = true
    try {
      for (const job of this.#all().values()) if (job.state === 'running') this.#serve(job)
    } finally {
      this.#pumping = false
    }
  }

  #serve(given: Job): void {
    const dag = this.#hooks.dag()
    if (dag === null) return this.#pause(given.id, 'the DAG does not load')
    const open = this.#runs.open.filter(row => row.spec.backfill === given.id).length
    let job = given
    if (job.pauseOnFailure && (this.#counts(job.id).failed ?? 0) > 0) return this.#pause(job.id, 'a run has failed')
    let free = job.concurrency - open
    for (let looked = 0; free > 0; looked++) {
      if (looked === MOST_AT_ONCE) {
        this.#hooks.again()
        break
      }
      const at = nextDueTime(job.entries, job.cursor ?? job.from - 1, job.to, job.zone)
      if (at === null) {
        if (free === job.concurrency) job = { ...job, state: 'done', finishedAt: this.#host.now() }
        break
      }
      const runId = scheduledRunId(this.#host.name, at)
      const isThere = this.#runs.row(runId) !== null
      job = { ...job, cursor: at, served: job.served + 1, existing: job.existing + (isThere ? 1 : 0) }
      if (isThere) continue
      free--
      this.#start(job, dag, runId, at)
    }
    if (job !== given) this.#save(job)
  }

  /** Accepted in this turn; a refusal (parameters that do not fit, say) holds the backfill up instead of skipping due times. */
  #start(job: Job, dag: Dag, runId: string, at: number): void {
    const { id, params, labels, by } = job
    const request: StartRequest = {
      runId,
      scheduleTime: at,
      trigger: 'catchup',
      mode: dag.queue === undefined ? 'start' : 'enqueue',
      backfill: id,
      ...(params === undefined ? {} : { params }),
      ...(labels === undefined ? {} : { labels }),
      ...(by === '' ? {} : { by }),
    }
    const started = this.#hooks.start(request).then(result => {
      if (!result.ok && result.error.code !== 'already_exists') this.#pause(id, result.error.message)
    })
    this.#host.background(started)
  }

  #pause(id: string, reason: string): void {
    const job = this.#all().get(id)
    if (job?.state === 'running') this.#save({ ...job, state: 'paused', reason })
  }

  #range(request: BackfillRequest): Result<Range, Refusal> {
    const dag = this.#hooks.dag()
    const bad = (message: string) => err({ code: 'bad_request', message })
    if (dag === null) return bad('the DAG does not load')
    const entries = dag.schedule.start
    if (entries.length === 0) return bad('the DAG has no schedule, and so no due times')
    const zone = zoneOfDays(entries, this.#hooks.zone())
    const range = rangeOf(request.from, request.to, zone, this.#host.now())
    if (!range.ok) return bad(range.error)
    const times = dueTimes(entries, range.value.from, range.value.to, zone)
    return times.ok ? ok({ ...range.value, zone, entries, times: times.value }) : bad(times.error)
  }

  #view({ entries: _entries, params: _params, labels: _labels, ...job }: Job): Backfill {
    return { ...job, runs: this.#counts(job.id) }
  }

  #counts(id: string): Backfill['runs'] {
    const rows = this.#host.sql.exec<{ status: string; count: number }>(
      `SELECT summary ->> 'status' AS status, count(*) AS count FROM run WHERE spec ->> 'backfill' = ? GROUP BY 1`,
      id,
    )
    return Object.fromEntries(rows.map(row => [row.status, row.count]))
  }

  #all(): Map<string, Job> {
    this.#jobs ??= new Map(
      this.#host.sql
        .exec<{ id: string; data: string }>('SELECT id, data FROM backfill ORDER BY created_at')
        .map(row => [row.id, JSON.parse(row.data) as Job]),
    )
    return this.#jobs
  }

  #save(job: Job): void {
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO backfill (id, created_at, data) VALUES (?, ?, ?)',
      job.id,
      job.createdAt,
      JSON.stringify(job),
    )
    this.#all().set(job.id, job)
  }

  /** The oldest that are over make room. */
  #prune(): void {
    const over = [...this.#all().values()].filter(job => job.state === 'done' || job.state === 'cancelled')
    for (const job of over
      .sort((a, b) => a.createdAt - b.createdAt)
      .slice(0, Math.max(0, this.#all().size - MOST_KEPT))) {
      this.#host.sql.exec('DELETE FROM backfill WHERE id = ?', job.id)
      this.#all().delete(job.id)
    }
  }
}
