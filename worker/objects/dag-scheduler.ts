// The schedule of a Dag against the clock. Promise: a due time fires once: the mark of the last look moves in the commit that
// accepts the run, and the run's id is computed from the due time.
import { nextDue } from '@edgedag/core/schedule/due'
import { type OneOff, planTick, seeOneOffs, type TickRun, type TickState } from '@edgedag/core/schedule/plan'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../host/port.ts'
import { sha256Hex } from '../store/hash.ts'
import type { Kinds, StartRequest } from './contracts.ts'
import { newRunId } from './dag-accept.ts'
import type { DagStore } from './dag-store.ts'

const TICK = 'tick'
const CATCH_UP = 'catchup'
const ONE_OFFS = 'oneoffs'
const RESTART = 'restart'
const MINUTE_MS = 60_000
/** A restart looks again whether the stopped runs have ended. */
const RESTART_LOOK_MS = 1_000

export interface ScheduledStart extends Pick<StartRequest, 'trigger' | 'mode'> {
  runId: string
  scheduleTime: number
}

export interface ScheduleHooks {
  /** The present definition; null while nothing may fire (broken, suspended, removed). */
  dag(): Dag | null
  runs(): Pick<TickState, 'running' | 'queued' | 'latest' | 'succeededSince'>
  start(request: ScheduledStart): void
  stopAll(): void
}

export class DagScheduler {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #hooks: ScheduleHooks

  constructor(host: ObjectHost<Kinds>, store: DagStore, hooks: ScheduleHooks) {
    this.#host = host
    this.#store = store
    this.#hooks = hooks
  }

  /** When the Dag has to look again; null: nothing is scheduled. */
  next(): number | null {
    const times = [this.#restart()?.look ?? null]
    const lastTick = this.#lastLook()
    // Without a mark nothing is scheduled, and the text need not be read.
    const dag = lastTick === null ? null : this.#hooks.dag()
    if (lastTick !== null && dag !== null) {
      times.push(nextDue(dag.schedule, lastTick, this.#host.settings.timezone))
      if (this.#isWaiting()) times.push((Math.floor(this.#host.now() / MINUTE_MS) + 1) * MINUTE_MS)
    }
    const due = times.filter(at => at !== null)
    return due.length === 0 ? null : Math.min(...due)
  }

  /** A definition is new, or may fire again: nothing before now counts. */
  reset(): void {
    const dag = this.#hooks.dag()
    const now = this.#host.now()
    if (this.#store.mark(CATCH_UP) !== null) this.#store.setMark(CATCH_UP, null)
    if (dag === null || nextDue(dag.schedule, 0, this.#host.settings.timezone) === null) {
      if (this.#lastLook() !== null) this.#store.setMark(TICK, null)
      return
    }
    this.#store.setMark(TICK, String(now))
    const oneOffs = seeOneOffs(dag, this.#oneOffs(), now)
    if (oneOffs.length > 0) this.#store.setMark(ONE_OFFS, JSON.stringify(oneOffs))
  }

  /** Fires what has become due. */
  look(): void {
    const now = this.#host.now()
    this.#lookAtRestart(now)
    const lastTick = this.#lastLook()
    const dag = lastTick === null ? null : this.#hooks.dag()
    if (lastTick === null || dag === null) return
    const zone = this.#host.settings.timezone
    const due = nextDue(dag.schedule, lastTick, zone)
    if ((due === null || due > now) && !this.#isWaiting()) return
    const [catchUp, oneOffs] = [this.#catchUp(), this.#oneOffs()]
    const tick = planTick(dag, { ...this.#hooks.runs(), suspended: false, lastTick, catchUp, oneOffs }, now, zone)
    this.#store.setMark(TICK, String(now))
    if (tick.catchUp.length + catchUp.length > 0) this.#store.setMark(CATCH_UP, JSON.stringify(tick.catchUp))
    if (tick.oneOffs.length > 0) this.#store.setMark(ONE_OFFS, JSON.stringify(tick.oneOffs))
    for (const run of tick.runs) this.#carryOut(dag, run)
  }

  #carryOut(dag: Dag, run: TickRun): void {
    if (run.do === 'stop') this.#hooks.stopAll()
    else if (run.do === 'restart') this.#restartLater(dag, run.at)
    else this.#startDue(dag, run)
  }

  #startDue(dag: Dag, run: TickRun): void {
    const isQueued = run.trigger === 'catchup' || dag.queue !== undefined
    this.#hooks.start(this.#startAt(run.at, run.trigger ?? 'scheduler', isQueued ? 'enqueue' : 'start'))
  }

  #startAt(at: number, trigger: ScheduledStart['trigger'], mode: ScheduledStart['mode']): ScheduledStart {
    const suffix = sha256Hex(`${this.#host.name}/start/${at}`).slice(0, 10)
    return { runId: newRunId(at, suffix), scheduleTime: at, trigger, mode }
  }

  #restartLater(dag: Dag, at: number): void {
    this.#hooks.stopAll()
    this.#store.setMark(RESTART, JSON.stringify({ at, look: this.#host.now() + dag.restartWaitSec * 1000 }))
  }

  #lookAtRestart(now: number): void {
    const restart = this.#restart()
    if (restart === null || restart.look > now) return
    const { running, queued } = this.#hooks.runs()
    if (running || queued) {
      this.#store.setMark(RESTART, JSON.stringify({ ...restart, look: now + RESTART_LOOK_MS }))
      return
    }
    this.#store.setMark(RESTART, null)
    this.#hooks.start(this.#startAt(restart.at, 'scheduler', 'start'))
  }

  /** Something is due that could not start: it is looked at again each minute. */
  #isWaiting(): boolean {
    const now = this.#host.now()
    return this.#catchUp().length > 0 || this.#oneOffs().some(entry => entry.status === 'pending' && entry.at <= now)
  }

  #restart(): { at: number; look: number } | null {
    return this.#read(RESTART)
  }

  #catchUp(): number[] {
    return this.#read<number[]>(CATCH_UP) ?? []
  }

  #oneOffs(): OneOff[] {
    return this.#read<OneOff[]>(ONE_OFFS) ?? []
  }

  #lastLook(): number | null {
    return this.#read<number>(TICK)
  }

  #read<T>(name: string): T | null {
    const mark = this.#store.mark(name)
    return mark === null ? null : (JSON.parse(mark) as T)
  }
}
