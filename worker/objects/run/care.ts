// What a Run object does by itself: timers that are due, commands that are owed, packs of runs that have rested. Promise: an alarm is
// set while anything of this is to come, and one run that fails at it does not keep the others from theirs.

import { isAheadOf } from '@edgedag/core/run/clock-back'
import type { RunEvent } from '@edgedag/core/run/events'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { DELIVERY_MS, dueTimer, nextDue, pending } from '@edgedag/core/run/pending'
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import type { RunEffects } from './effects.ts'
import { hasEnded, isPackable, type LoadedRun, logsGivenUpAt, mustGiveUpLogs } from './loaded.ts'
import type { RunMemory } from './memory.ts'
import type { RunPacks } from './packs.ts'
import type { RunQuarantine } from './quarantine.ts'
import { contextAt } from './steps.ts'

/** A run rests this long after its end before it is packed, so that many go into one pack. */
const PACK_AFTER_MS = 4_000
/** A pack that failed is tried again after this. */
const PACK_AGAIN_MS = 1_000
/** Timers that are fired in one go; a run whose timers never end is left to the next alarm. */
const MAX_TIMERS = 100

export interface CareParts {
  runs: RunMemory
  packs: RunPacks
  quarantine: RunQuarantine
  effects: RunEffects
  /** One transition, with what follows from it. */
  take(run: LoadedRun, event: RunEvent): void
}

export class RunCare {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #runs: RunMemory
  readonly #packs: RunPacks
  readonly #quarantine: RunQuarantine
  readonly #effects: RunEffects
  readonly #take: CareParts['take']
  #packing = false

  constructor(host: ObjectHost<Kinds>, { runs, packs, quarantine, effects, take }: CareParts) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    this.#runs = runs
    this.#packs = packs
    this.#quarantine = quarantine
    this.#effects = effects
    this.#take = take
  }

  /** After a start. `hasRuns`: there are rows of some. */
  async init(hasRuns: boolean): Promise<void> {
    await this.#alarm.load()
    if (hasRuns) this.#alarm.wakeBy(this.#host.now() + PACK_AFTER_MS)
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    this.#runs.loadAll()
    try {
      const well = this.#runs.all.filter(run => !this.#quarantine.has(run.runId))
      const quiet = well.filter(run => !this.#doDue(run))
      await Promise.all(quiet.map(run => this.#deliver(run)))
      await this.#pack()
    } finally {
      for (const run of this.#runs.all) this.arm(run)
    }
  }

  /** The third line: whatever an alarm should have done is done now, and the alarm set anew; then its hosts are asked. */
  async lookAfter(run: LoadedRun): Promise<void> {
    // The answer to a request that was taken may have been lost behind the queue.
    run.delivered = { ...run.delivered, askedSlot: null }
    if (!this.#doDue(run)) await this.#deliver(run)
    this.arm(run)
    this.#effects.sayRoom(run)
    await this.#askRunners(run)
  }

  /** Does what is due by the clock; true: something was. A run that fails at it must not keep the others from theirs. */
  #doDue(run: LoadedRun): boolean {
    const { seq } = run.state.head
    try {
      if (isAheadOf(run.state, run.dag, this.#host.now())) this.#take(run, { type: 'clock_set_back' })
      if (mustGiveUpLogs(run, this.#host.now())) this.#take(run, { type: 'logs_settled' })
      this.#fireTimers(run)
    } catch (error) {
      console.error(`run ${run.runId}: a timer failed`, error)
    }
    return run.state.head.seq !== seq
  }

  #fireTimers(run: LoadedRun): void {
    for (let i = 0; i < MAX_TIMERS; i++) {
      const timer = dueTimer(run.state, this.#host.now(), run.delivered)
      if (timer === null) return
      this.#take(run, { type: 'timer', timer: timer.key })
    }
  }

  /** A run is created here soon after `at`: the alarm that sees to its delivery is there before it. */
  expect(at: number): void {
    this.#alarm.wakeBy(at + DELIVERY_MS)
  }

  /** Sets the alarm for what the run needs next by itself. */
  arm(run: LoadedRun): void {
    if (this.#quarantine.has(run.runId)) return
    const due = nextDue(run.state, run.dag, this.#host.now(), run.delivered)
    if (due !== null) this.#alarm.wakeBy(due)
    else if (isPackable(run)) this.packable(run)
    else if (hasEnded(run)) this.#alarm.wakeBy(logsGivenUpAt(run))
  }

  /** Sends again what is owed. */
  async #deliver(run: LoadedRun): Promise<void> {
    if (run.delivering) return
    run.delivering = true
    try {
      const owed = pending(run.state, run.dag, contextAt(this.#host, run.uploadKey, this.#host.now()), run.delivered)
      await this.#effects.carryOut(run, owed)
    } catch (error) {
      console.error(`run ${run.runId}: delivery will be tried again`, error)
    } finally {
      run.delivering = false
    }
  }

  /** Does the host still hold what was given to it? Asked when the run was not heard of for long, or after a start of the control plane. */
  async #askRunners(run: LoadedRun): Promise<void> {
    const runnerIds = new Set([...run.state.plans.values()].map(plan => plan.runnerId))
    // The edge is told again by the delivery alarm.
    runnerIds.delete(EDGE_RUNNER)
    for (const runnerId of runnerIds) {
      const { seq } = run.state.head
      const at = this.#host.now()
      const answer = await this.#host.object('runner', runnerId).watch(run.runId)
      // A frame may have gone out meanwhile: then the next question settles it.
      if (answer !== 'absent' || run.state.head.seq !== seq) continue
      this.#take(run, { type: 'runner_hello', runnerId, bootId: '', plans: [], at })
    }
  }

  /** It may go into a pack once it has rested. */
  packable(run: LoadedRun): void {
    const now = this.#host.now()
    // A clock that was set back makes no run wait for its pack.
    run.packableSince = Math.min(run.packableSince ?? now, now)
    // A pack that is on its way, or failed, is not looked for all the time.
    this.#alarm.wakeBy(Math.max(run.packableSince + PACK_AFTER_MS, now + PACK_AGAIN_MS))
  }

  async #pack(): Promise<void> {
    if (this.#packing) return
    this.#packing = true
    try {
      const rested = this.#host.now() - PACK_AFTER_MS
      const over = this.#runs.all.filter(run => run.packableSince !== null)
      // Once one has rested, all go: a pack of many costs as much as a pack of one.
      const ready = over.some(run => run.packableSince! <= rested) ? over : []
      for (const run of await this.#packs.pack(ready, () => this.#runs.all)) this.#runs.forget(run.runId)
    } finally {
      this.#packing = false
    }
  }
}
