// What the objects of this isolate have cost so far, in the units that are billed (or that are an fsync on one machine).
// Promise: counting changes nothing; the figures are read by tests and by the bench.

export interface Counters {
  /** SQLite rows written, as the platform counts them. */
  rows: number
  /** Storage transactions: statements between two turns of the event loop are one. */
  commits: number
  /** RPC calls, HTTP requests and alarms that objects received. */
  requests: number
  alarms: number
  /** WebSocket messages that objects received (billed 20 to 1). */
  messages: number
  /** R2 puts. */
  classA: number
  /** R2 gets. */
  classB: number
}

/** Telling commits apart costs a promise each: only for those who look. */
export const counting = { commits: false }

const zero = (): Counters => ({ rows: 0, commits: 0, requests: 0, alarms: 0, messages: 0, classA: 0, classB: 0 })

export const counters: Counters = zero()
/** The same by kind of object. */
export const countersByKind: Record<string, Counters> = {}

export function count(kind: string, what: keyof Counters, by = 1): void {
  if (by === 0) return
  countersByKind[kind] ??= zero()
  countersByKind[kind][what] += by
  counters[what] += by
}

export function resetCounters(): void {
  Object.assign(counters, zero())
  for (const kind of Object.keys(countersByKind)) delete countersByKind[kind]
}
