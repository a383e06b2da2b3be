// When the clocks of a zone change. Times are epoch milliseconds; nothing here reads a clock.
import { offsetMs } from './zones.ts'

export interface ClockChange {
  /** The first moment at which the new offset counts. */
  at: number
  /** How far the wall clock is ahead of UTC, in ms, up to it and from it on. */
  before: number
  after: number
}

const TWO_WEEKS_MS = 14 * 86_400_000
const MAX_YEARS = 4_000
const years = new Map<string, ClockChange[]>()

/** All changes after `afterMs` and up to `untilMs`, oldest first. No zone changes its clocks there and back within two weeks. */
export function clockChanges(zone: string, afterMs: number, untilMs: number): ClockChange[] {
  if (zone === 'UTC') return []
  const changes: ClockChange[] = []
  for (let year = yearOf(afterMs); year <= yearOf(untilMs); year++)
    for (const change of changesOfYear(zone, year))
      if (change.at > afterMs && change.at <= untilMs) changes.push(change)
  return changes
}

const yearOf = (at: number): number => new Date(at).getUTCFullYear()

function changesOfYear(zone: string, year: number): ClockChange[] {
  const key = `${zone} ${year}`
  let found = years.get(key)
  if (found === undefined) {
    if (years.size >= MAX_YEARS) years.clear()
    found = search(zone, Date.UTC(year, 0, 1) - 1000, Date.UTC(year + 1, 0, 1) - 1000)
    years.set(key, found)
  }
  return found
}

function search(zone: string, from: number, until: number): ClockChange[] {
  const changes: ClockChange[] = []
  let before = offsetMs(from, zone)
  for (let low = from; low < until; low += TWO_WEEKS_MS) {
    const high = Math.min(low + TWO_WEEKS_MS, until)
    const after = offsetMs(high, zone)
    if (after !== before) changes.push({ at: firstWith(zone, after, low, high), before, after })
    before = after
  }
  return changes
}

/** The first whole second after `low` from which on the offset is `offset`, as it is at `high`. */
function firstWith(zone: string, offset: number, low: number, high: number): number {
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000
    if (offsetMs(middle, zone) === offset) high = middle
    else low = middle
  }
  return high
}
