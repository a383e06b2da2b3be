// The next due time of a schedule, worked out once: it stays the same until it has come. Time zones make it dear.
import type { ScheduleSpec } from '@edgedag/core/spec/dag'

type Ask = (schedule: ScheduleSpec, afterMs: number, zone: string) => number | null

export class DueMemory {
  readonly #ask: Ask
  #known: { schedule: ScheduleSpec; zone: string; after: number; due: number | null } | null = null

  /** `ask` is what works it out; its answer must not depend on anything but its arguments. */
  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** The first due time strictly after `afterMs`; null: never. */
  next(schedule: ScheduleSpec, afterMs: number, zone: string): number | null {
    const known = this.#known
    const isKnown = known !== null && known.schedule === schedule && known.zone === zone && afterMs >= known.after
    if (isKnown && (known.due === null || afterMs < known.due)) return known.due
    const due = this.#ask(schedule, afterMs, zone)
    this.#known = { schedule, zone, after: afterMs, due }
    return due
  }
}
