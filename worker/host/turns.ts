// Work of many objects that begins at one moment, let through a little at a time. All objects of a machine share one thread: side by
// side, twenty runs that are due together all begin when the work of twenty is done; one after another, the tenth begins at half of it.
// Promise: nobody waits longer than the limit, and nothing depends on the order. An object may die at any moment and never come back
// from its turn, so each one looks for itself, on its own timer: none is woken by another, and what is too old does not count.

export interface Turns {
  /** Does `work` when it is its turn. */
  take<T>(work: () => Promise<T>): Promise<T>
  /** Resolves soon after nobody has a turn or waits for one, or after `longestMs`. */
  quiet(longestMs?: number): Promise<void>
}

export interface TurnsOptions {
  atOnce: number
  longestMs: number
  /** Waits so many milliseconds. */
  pause(ms: number): Promise<unknown>
  now(): number
}

const FIRST_LOOK_MS = 25
/** A turn that takes longer is not waited for. */
const STALE_MS = 500
/** How long a turn takes, until it is known, and at most in what is expected of it. */
const FIRST_USUAL_MS = 5
const MAX_USUAL_MS = 50
const MIN_PAUSE_MS = 2

interface Place {
  since: number
}

export function createTurns({ atOnce, longestMs, pause, now }: TurnsOptions): Turns {
  const waiting = new Set<Place>()
  const working = new Set<Place>()
  let usualMs = FIRST_USUAL_MS

  const count = (places: Set<Place>, oldestMs: number): number => {
    for (const place of places) {
      // A clock that was set back must not make a place last for ever.
      if (Math.abs(now() - place.since) <= oldestMs) break
      places.delete(place)
    }
    return places.size
  }
  /** From 1. Each look is an event of its own: who comes later looks later, after half of what it is expected to wait. */
  const placeOf = (place: Place): number => {
    let n = 0
    for (const other of waiting) {
      n++
      if (other === place) return n
    }
    // It has waited for too long to be counted.
    return 1
  }
  const isFree = (): boolean => count(working, STALE_MS) < atOnce
  const isBusy = (): boolean => count(working, STALE_MS) + count(waiting, longestMs) > 0

  const wait = async (): Promise<void> => {
    const place = { since: now() }
    const usual = (turns: number): number =>
      Math.ceil(Math.max(MIN_PAUSE_MS, Math.min((usualMs * turns) / atOnce, longestMs)))
    let ms = usual(count(waiting, longestMs) + 1)
    waiting.add(place)
    for (let waited = 0; !isFree() && waited < longestMs; waited += ms, ms = usual(placeOf(place) / 2)) await pause(ms)
    waiting.delete(place)
  }

  return {
    async take(work) {
      if (!isFree()) await wait()
      const place = { since: now() }
      working.add(place)
      try {
        return await work()
      } finally {
        working.delete(place)
        usualMs += (Math.min(now() - place.since, MAX_USUAL_MS) - usualMs) / 8
      }
    },
    async quiet(atMostMs = longestMs) {
      for (let waited = 0, ms = FIRST_LOOK_MS; isBusy() && waited < atMostMs; waited += ms, ms *= 2)
        await pause(Math.min(ms, atMostMs - waited))
    },
  }
}
