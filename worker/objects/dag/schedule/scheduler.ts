// The schedule of a Dag against the clock. Promise: a due time fires once: the mark of the last look moves in the commit that
// accepts the run, and the run's id is computed from the due time. A stop reaches its runs whatever crashes in between.
import { nextDue, nextStart } from '@edgedag/core/schedule/due'
import { LATE_MS, planTick, seeOneOffs, type TickRun, type TickState } from '@edgedag/core/schedule/plan'
import { previewFires } from '@edgedag/core/schedule/preview'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../../host/port.ts'
import { sha256Hex } from '../../../store/hash.ts'
import type { Kinds, ScheduleView, SkipEntry, StartRequest } from '../../contracts.ts'
import { newRunId } from '../accept.ts'
import type { DagStore } from '../store.ts'
import { DueMemory } from './due-memory.ts'
import { ScheduleMarks, type TickMark } from './marks.ts'

const MINUTE_MS = 60_000
/** A restart looks again whether the stopped runs have ended. */
const RESTART_LOOK_MS = 1_000
/** A stop that did not arrive is sent again. */
const STOP_AGAIN_MS = 5_000

export interface ScheduledStart extends Pick<StartRequest, 'trigger' | 'mode'> {
  runId: string
  scheduleTime: number
}

export interface ScheduleHooks {
  /** The present definition; null while nothing may fire (broken, suspended, removed). */
  dag(): Dag | null
  /** The installation's zone, as last heard. */
  zone(): string
  /** A due time of it is near; `start`: the run that it will start, null: none, or something else is due. */
  prepare(dag: Dag, start: ComingStart | null): void
  runs(): Pick<TickState, 'running' | 'queued' | 'latest' | 'succeededSince'>
  /** Ids of runs that a stop ends: neither those that wait for an approval, nor those that wait in a queue. */
  atWork(): string[]
  start(request: ScheduledStart): void
  /** True: the run has heard of it, or has ended. */
  stop(runId: string): Promise<boolean>
}

export interface ComingStart {
  runId: string
  /** Epoch ms. */
  at: number
}

/** The id of the run of a due time: whoever starts it, it is the same run. */
export function scheduledRunId(dagId: string, at: number, what: 'start' | 'restart' = 'start'): string {
  return newRunId(at, sha256Hex(`${dagId}/${what}/${at}`).slice(0, 10))
}

/** When to wake for a due time: some of the allowed time before it, each Dag at a moment of its own. */
function wakeTime({ name, settings, now }: Pick<ObjectHost<Kinds>, 'name' | 'settings' | 'now'>, due: number): number {
  const share = 0.4 + 0.6 * (Number.parseInt(sha256Hex(name).slice(0, 6), 16) / 0xff_ff_ff)
  const early = due - Math.round(settings.earlyWakeMs * share)
  return early > now() ? early : due
}

export class DagScheduler {
  readonly #host: ObjectHost<Kinds>
  readonly #marks: ScheduleMarks
  readonly #hooks: ScheduleHooks
  readonly #due = new DueMemory(nextDue)
  #stopAt = 0

  constructor(host: ObjectHost<Kinds>, store: DagStore, hooks: ScheduleHooks) {
    this.#host = host
    this.#marks = new ScheduleMarks(store)
    this.#hooks = hooks
  }

  /** When the Dag has to look again; null: nothing is scheduled. */
  next(): number | null {
    const times = [this.#marks.get('restart')?.look ?? null, this.#marks.get('stops') === null ? null : this.#stopAt]
    const tick = this.#marks.get('tick')
    // Without a mark nothing is scheduled, and the text need not be read.
    const dag = tick === null ? null : this.#hooks.dag()
    if (tick !== null && dag !== null) {
      const due = this.#due.next(dag.schedule, tick.at, tick.zone)
      times.push(due === null ? null : wakeTime(this.#host, due))
      if (this.#isWaiting()) times.push((Math.floor(this.#host.now() / MINUTE_MS) + 1) * MINUTE_MS)
    }
    const due = times.filter(at => at !== null)
    return due.length === 0 ? null : Math.min(...due)
  }

  /** What `dag` will do next, whether or not it may fire now. */
  view(dag: Dag | null, suspended: boolean, count: number): ScheduleView {
    const schedule = dag?.schedule ?? { start: [], stop: [], restart: [] }
    const { start, stop, restart } = schedule
    return {
      suspended,
      scheduled: start.length + stop.length + restart.length > 0,
      timezone: this.zone,
      ...previewFires(schedule, this.#host.now(), this.zone, count),
      skipped: this.skips,
    }
  }

  /** Starts that were due and did not happen, oldest first. */
  get skips(): SkipEntry[] {
    return this.#marks.get('skips') ?? []
  }

  /** The zone in which the schedule is read: the one it was armed in, until a change of the installation's is taken over. */
  get zone(): string {
    return this.#marks.get('tick')?.zone ?? this.#hooks.zone()
  }

  /** A definition is new, or may fire again: nothing before now counts. */
  reset(): void {
    const dag = this.#hooks.dag()
    const zone = this.#hooks.zone()
    this.#marks.set('catchup', null)
    if (dag === null) this.#marks.set('restart', null)
    if (dag === null || nextDue(dag.schedule, 0, zone) === null) return this.#marks.set('tick', null)
    const now = this.#host.now()
    this.#marks.set('tick', { at: now, zone })
    this.#marks.set('oneoffs', seeOneOffs(dag, this.#marks.get('oneoffs') ?? [], now))
  }

  /** Fires what has become due. */
  look(): void {
    const now = this.#host.now()
    this.#lookAtRestart(now)
    if (this.#marks.get('stops') !== null && now >= this.#stopAt) this.#deliverStops()
    const tick = this.#tickBefore(now)
    const dag = tick === null ? null : this.#hooks.dag()
    if (tick === null || dag === null) return
    const due = this.#due.next(dag.schedule, tick.at, tick.zone)
    if ((due !== null && due <= now) || this.#isWaiting()) this.#fire(dag, tick, now)
    else if (due !== null && due - now <= this.#host.settings.earlyWakeMs) this.#prepare(dag, due, tick.zone)
    const zone = this.#hooks.zone()
    // Due times of the former zone were served up to now; those of the new one count from now.
    if (zone !== tick.zone) this.#marks.set('tick', { at: now, zone })
  }

  /**
   * The mark of the last look. One that lies ahead was made by a clock that was wrong and has been set back: what is due from now on is
   * served, and what that clock has served already is not served again, since its runs have the same ids.
   */
  #tickBefore(now: number): TickMark | null {
    const tick = this.#marks.get('tick')
    if (tick === null || tick.at - now <= LATE_MS) return tick
    // It may have been set back a while ago: this is when somebody looks.
    const mark = { ...tick, at: now - LATE_MS }
    this.#marks.set('tick', mark)
    return mark
  }

  #fire(dag: Dag, mark: TickMark, now: number): void {
    const [catchUp, oneOffs] = [this.#marks.get('catchup') ?? [], this.#marks.get('oneoffs') ?? []]
    const { bootedAt } = this.#host.settings
    // A start that lies ahead was noted by a clock that has been set back since.
    const awakeSince = bootedAt <= now ? bootedAt : 0
    const state = { ...this.#hooks.runs(), suspended: false, lastTick: mark.at, awakeSince, catchUp, oneOffs }
    const tick = planTick(dag, state, now, mark.zone)
    this.#marks.set('tick', { at: now, zone: mark.zone })
    this.#marks.set('catchup', tick.catchUp)
    this.#marks.set('oneoffs', tick.oneOffs)
    this.#marks.addSkips(tick.skipped)
    // A restart of the same look is the start of its minute: what the start would have begun, it would have to end.
    const isRestart = tick.runs.some(run => run.do === 'restart')
    for (const run of tick.runs) if (run.do !== 'start' || !isRestart) this.#carryOut(dag, run)
  }

  /** Woken before it is due: what its due time will ask for is looked up now, and then in memory. */
  #prepare(dag: Dag, due: number, zone: string): void {
    nextDue(dag.schedule, due, zone)
    const isStart = nextStart(dag.schedule, due - 1, zone) === due
    this.#hooks.prepare(dag, isStart ? { runId: scheduledRunId(this.#host.name, due), at: due } : null)
  }

  #carryOut(dag: Dag, run: TickRun): void {
    if (run.do === 'start') return this.#startDue(dag, run)
    const runs = this.#stopAll()
    if (run.do === 'restart')
      this.#marks.set('restart', { at: run.at, look: this.#host.now() + dag.restartWaitSec * 1000, runs })
  }

  #startDue(dag: Dag, run: TickRun): void {
    const trigger = run.trigger ?? 'scheduler'
    const mode = trigger === 'catchup' || dag.queue !== undefined ? 'enqueue' : 'start'
    this.#hooks.start({ runId: scheduledRunId(this.#host.name, run.at), scheduleTime: run.at, trigger, mode })
  }

  #lookAtRestart(now: number): void {
    const restart = this.#marks.get('restart')
    if (restart === null || restart.look > now) return
    const atWork = this.#hooks.atWork()
    const isEnding = restart.runs === undefined ? atWork.length > 0 : restart.runs.some(id => atWork.includes(id))
    if (isEnding) return this.#marks.set('restart', { ...restart, look: now + RESTART_LOOK_MS })
    this.#marks.set('restart', null)
    const runId = scheduledRunId(this.#host.name, restart.at, 'restart')
    this.#hooks.start({ runId, scheduleTime: restart.at, trigger: 'scheduler', mode: 'start' })
  }

  #stopAll(): string[] {
    const runIds = this.#hooks.atWork()
    this.#marks.set('stops', [...new Set([...(this.#marks.get('stops') ?? []), ...runIds])])
    this.#deliverStops()
    return runIds
  }

  #deliverStops(): void {
    this.#stopAt = this.#host.now() + STOP_AGAIN_MS
    for (const runId of this.#marks.get('stops') ?? []) this.#host.background(this.#deliverStop(runId))
  }

  async #deliverStop(runId: string): Promise<void> {
    // What fails is sent again by the alarm: the mark stays.
    if (!(await this.#hooks.stop(runId).catch(() => false))) return
    this.#marks.set('stops', this.#marks.get('stops')?.filter(other => other !== runId) ?? null)
  }

  /** Something is due that could not start: it is looked at again each minute. */
  #isWaiting(): boolean {
    const now = this.#host.now()
    const isPending = this.#marks.get('oneoffs')?.some(entry => entry.status === 'pending' && entry.at <= now)
    return this.#marks.get('catchup') !== null || isPending === true
  }
}
