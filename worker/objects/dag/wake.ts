// When a Dag wakes by itself: for a due time, or for a message that is owed. One fired alarm stands for all that a due time brings with it.
import type { AlarmClock } from '../../host/alarm-clock.ts'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import type { DagFeed } from './feed.ts'
import type { DagHistory } from './history.ts'
import type { DagRuns } from './runs.ts'
import type { DagScheduler } from './schedule/scheduler.ts'

/** What was sent and not acknowledged is sent again after this long. */
const REDELIVERY_MS = 5_000
/** The alarm is held for so long, in pauses of this length. */
const HOLD_PAUSES = 4
const HOLD_PAUSE_MS = 250

export interface WakeParts {
  scheduler: DagScheduler
  runs: DagRuns
  history: DagHistory
  feed: DagFeed
}

export class DagWake {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #parts: WakeParts

  constructor(host: ObjectHost<Kinds>, alarm: AlarmClock<Kinds>, parts: WakeParts) {
    this.#host = host
    this.#alarm = alarm
    this.#parts = parts
  }

  /** Something is owed, and is looked at again where it is then; at `at` (epoch ms) where that is later. */
  redeliver(at = 0): void {
    this.#alarm.wakeBy(Math.max(at, this.#host.now() + REDELIVERY_MS))
  }

  /** The next thing that must happen by itself. */
  rearm(): void {
    const { scheduler, runs, history, feed } = this.#parts
    const due = scheduler.next()
    if (due !== null) this.#alarm.wakeBy(due)
    const retry = runs.nextRetry
    if (retry !== null) this.#alarm.wakeBy(retry)
    const expiry = history.alarmAt
    if (expiry !== null) this.redeliver(expiry)
    if (runs.hasDuties || feed.isBehind) this.redeliver()
  }

  /** Calls may hang: the alarm is not held for longer. */
  async holdOut(): Promise<void> {
    for (let i = 0; i < HOLD_PAUSES; i++) await this.#host.pause(HOLD_PAUSE_MS)
  }

  endHold(): void {
    // What has changed meanwhile has asked for no alarm.
    if (this.#alarm.isHeld && !this.#parts.feed.done) this.redeliver()
    this.rearm()
    this.#alarm.release()
  }
}
