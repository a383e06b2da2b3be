// One alarm, many timers. Promise: the object wakes at or before every time it asked for, with as few alarm writes as can be:
// an alarm is only ever moved forward in time, never cleared. What is asked for while it is held becomes one write.
import type { ObjectHost } from './port.ts'

/** An alarm that should have fired this long ago was lost by the platform. */
const LOST_AFTER_MS = 60_000

export class AlarmClock<Kinds> {
  readonly #host: ObjectHost<Kinds>
  #at: number | null = null
  #isHeld = false
  /** The earliest time that was asked for meanwhile. */
  #wanted: number | null = null

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  /** Reads the pending alarm; before the first event. */
  async load(): Promise<void> {
    this.#at = await this.#host.alarm.get()
  }

  /** Wakes the object at or before `at` (epoch ms). */
  wakeBy(at: number): void {
    if (this.#isHeld) {
      this.#wanted = Math.min(at, this.#wanted ?? at)
      return
    }
    if (this.#at !== null && this.#at <= at && this.#at > this.#host.now() - LOST_AFTER_MS) return
    this.#at = at
    this.#host.alarm.set(at)
  }

  /** A fired alarm is used up: first thing in `alarm()`. */
  fired(): void {
    this.#at = null
  }

  /**
   * Nothing is set until `release`. Only within `alarm()`, and for a second at most: the platform fires an alarm again whose handler has
   * not come to its end, so that nothing is lost with the object.
   */
  hold(): void {
    this.#isHeld = true
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Sets what was asked for meanwhile. */
  release(): void {
    const wanted = this.#wanted
    this.#isHeld = false
    this.#wanted = null
    if (wanted !== null) this.wakeBy(wanted)
  }
}
