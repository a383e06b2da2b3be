// The schedule of a Dag against the clock. Promise: a due time fires once: the mark of the last look moves in the commit that
// accepts the run, and the run's id is computed from the due time.
import { type Due, dueBetween, nextDue, previousStart } from '@edgedag/core/schedule/due'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../host/port.ts'
import { sha256Hex } from '../store/hash.ts'
import type { Kinds, StartRequest } from './contracts.ts'
import { newRunId } from './dag-accept.ts'
import type { DagStore } from './dag-store.ts'

const TICK = 'tick'
const RESTART = 'restart'
/** A restart looks again whether the stopped runs have ended. */
const RESTART_LOOK_MS = 1_000

export interface ScheduledStart extends Pick<StartRequest, 'trigger' | 'mode'> {
  runId: string
  scheduleTime: number
}

export interface ScheduleHooks {
  /** The present definition; null while nothing may fire (broken, suspended, removed). */
  dag(): Dag | null
  start(request: ScheduledStart): void
  stopAll(): void
  isBusy(): boolean
  /** A run succeeded since then. */
  succeededSince(at: number): boolean
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
    const dag = this.#hooks.dag()
    const restart = this.#restart()
    const due = dag === null ? null : nextDue(dag.schedule, this.#lastLook(), this.#host.settings.timezone)
    if (restart === null || due === null) return restart?.look ?? due
    return Math.min(restart.look, due)
  }

  /** A definition is new, or may fire again: nothing before now counts. */
  reset(): void {
    const dag = this.#hooks.dag()
    const isScheduled = dag !== null && nextDue(dag.schedule, this.#host.now(), this.#host.settings.timezone) !== null
    if (isScheduled) this.#store.setMark(TICK, String(this.#host.now()))
  }

  /** Fires what has become due. */
  look(): void {
    const dag = this.#hooks.dag()
    const now = this.#host.now()
    this.#lookAtRestart(now)
    if (dag === null) return
    const zone = this.#host.settings.timezone
    const lastMs = this.#lastLook()
    const due = nextDue(dag.schedule, lastMs, zone)
    if (due === null || due > now) return
    const { catchupWindowSec } = dag
    const fires = dueBetween(dag.schedule, {
      lastMs,
      nowMs: now,
      zone,
      ...(catchupWindowSec === undefined ? {} : { catchupWindowSec }),
    })
    this.#store.setMark(TICK, String(now))
    this.#fire(dag, fires)
  }

  #fire(dag: Dag, due: Due): void {
    if (due.stop !== null) this.#hooks.stopAll()
    for (const at of due.oneOffs) this.#hooks.start(this.#start(at, 'scheduler', 'start'))
    this.#catchUp(dag, due.missed)
    if (due.start !== null && !this.#hooks.isBusy() && !this.#isSkipped(dag, due.start)) {
      this.#hooks.start(this.#start(due.start, 'scheduler', dag.queue === undefined ? 'start' : 'enqueue'))
    }
    if (due.restart !== null) this.#restartLater(dag, due.restart)
  }

  #catchUp(dag: Dag, missed: number[]): void {
    const wanted = dag.overlapPolicy === 'latest' ? missed.slice(-1) : missed
    for (const at of wanted) {
      if (dag.overlapPolicy === 'skip' && this.#hooks.isBusy()) return
      this.#hooks.start(this.#start(at, 'catchup', 'enqueue'))
    }
  }

  #isSkipped(dag: Dag, at: number): boolean {
    if (!dag.skipIfSuccessful) return false
    const previous = previousStart(dag.schedule, at, this.#host.settings.timezone)
    return previous !== null && this.#hooks.succeededSince(previous)
  }

  #start(at: number, trigger: ScheduledStart['trigger'], mode: ScheduledStart['mode']): ScheduledStart {
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
    if (this.#hooks.isBusy()) {
      this.#store.setMark(RESTART, JSON.stringify({ ...restart, look: now + RESTART_LOOK_MS }))
      return
    }
    this.#store.setMark(RESTART, null)
    this.#hooks.start(this.#start(restart.at, 'scheduler', 'start'))
  }

  #restart(): { at: number; look: number } | null {
    const mark = this.#store.mark(RESTART)
    return mark === null ? null : JSON.parse(mark)
  }

  #lastLook(): number {
    const mark = this.#store.mark(TICK)
    return mark === null ? this.#host.now() : Number(mark)
  }
}
