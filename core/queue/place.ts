// What somebody who waits is told: the place, why nothing moves, and a guess when it will.

export interface QueueState {
  name: string
  maxConcurrency: number
  paused: boolean
  /** When each running one was admitted, epoch ms. */
  admittedAt: readonly number[]
  /** How long a run held its slot lately, in ms; null: nothing is known. */
  meanMs: number | null
}

export interface QueuePlace {
  queue: string
  /** From 1. */
  position: number
  /** How many wait in all. */
  total: number
  running: number
  maxConcurrency: number
  paused: boolean
  /** Guess of the start, epoch ms; null: there is nothing to guess from. */
  startsAt: number | null
}

/** Guess of when the item at `position` (from 1) starts: each slot frees after a mean run, and serves every n-th of the line. */
export function expectedStart(state: QueueState, position: number, now: number): number | null {
  const { meanMs, maxConcurrency, admittedAt, paused } = state
  if (meanMs === null || paused || maxConcurrency < 1) return null
  const free = admittedAt.map(at => Math.max(0, at + meanMs - now)).sort((a, b) => a - b)
  while (free.length < maxConcurrency) free.unshift(0)
  const slot = (position - 1) % maxConcurrency
  return Math.round(now + free[slot]! + Math.floor((position - 1) / maxConcurrency) * meanMs)
}

export const placeOf = (state: QueueState, position: number, total: number, now: number): QueuePlace => ({
  queue: state.name,
  position,
  total,
  running: state.admittedAt.length,
  maxConcurrency: state.maxConcurrency,
  paused: state.paused,
  startsAt: expectedStart(state, position, now),
})

/** Share of the newest duration in the mean. */
const NEW_SHARE = 0.2

/** The mean with one more duration, both in ms. */
export const newMean = (meanMs: number | null, durationMs: number): number =>
  Math.round(meanMs === null ? durationMs : meanMs + NEW_SHARE * (durationMs - meanMs))

/** The place in words. */
export function placeText(place: QueuePlace, now: number): string {
  const { queue, position, total, running, maxConcurrency, paused, startsAt } = place
  const where = `position ${position} of ${total} in queue ${queue}`
  if (paused) return `${where}: the queue is paused`
  const busy = `${running} of ${maxConcurrency} running`
  return startsAt === null ? `${where} (${busy})` : `${where} (${busy}), starts in about ${spanText(startsAt - now)}`
}

function spanText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
