// The due times of a range, for a backfill. Times are epoch milliseconds.
import { err, ok, type Result } from '../result.ts'
import type { ScheduleEntry } from '../spec/dag.ts'
import { nextFire } from './next-fire.ts'
import { startOfDay } from './zones.ts'

export const MOST_DUE_TIMES = 5_000
const DAY_MS = 86_400_000

/** The first due time after `afterMs` and up to `untilMs`; null: there is none. */
export function nextDueTime(
  entries: readonly ScheduleEntry[],
  afterMs: number,
  untilMs: number,
  zone: string,
): number | null {
  const times = entries.map(entry => nextFire(entry, afterMs, zone)).filter(at => at !== null && at <= untilMs)
  return times.length === 0 ? null : Math.min(...(times as number[]))
}

/** All due times from `fromMs` to `untilMs`, both included, each once; an error where they are none, or too many. */
export function dueTimes(
  entries: readonly ScheduleEntry[],
  fromMs: number,
  untilMs: number,
  zone: string,
): Result<number[], string> {
  const times = new Set<number>()
  for (const entry of entries) {
    for (let at = nextFire(entry, fromMs - 1, zone); at !== null && at <= untilMs; at = nextFire(entry, at, zone)) {
      times.add(at)
      if (times.size > MOST_DUE_TIMES)
        return err(`the range has more than ${MOST_DUE_TIMES} due times: choose a smaller one`)
    }
  }
  if (times.size === 0) return err('the schedule has no due time in this range')
  return ok([...times].sort((a, b) => a - b))
}

/** The zone whose days a range of them means: the one that all cron entries name, else the installation's. */
export function zoneOfDays(entries: readonly ScheduleEntry[], defaultZone: string): string {
  const zones = new Set(entries.flatMap(entry => (entry.kind === 'cron' ? [entry.timezone] : [])))
  const [zone] = zones
  return zones.size === 1 && zone !== undefined ? zone : defaultZone
}

/**
 * The range that two texts mean: RFC 3339 times, or days of the zone, of which the last is included whole.
 * What lies ahead of `now` is the schedule's own affair.
 */
export function rangeOf(
  from: string,
  to: string | undefined,
  zone: string,
  now: number,
): Result<{ from: number; to: number }, string> {
  const begin = momentOf(from, zone, 'begin')
  if (begin === null) return err(`from: ${JSON.stringify(from)} is neither a day like 2026-03-29 nor an RFC 3339 time`)
  const end = to === undefined ? now : momentOf(to, zone, 'end')
  if (end === null) return err(`to: ${JSON.stringify(to)} is neither a day like 2026-03-29 nor an RFC 3339 time`)
  if (begin < 0) return err('from lies before 1970, and no time zone says what its clocks showed then')
  if (begin > now) return err('from lies in the future: what is due there the schedule will start itself')
  if (end < begin) return err('to lies before from')
  return ok({ from: begin, to: Math.min(end, now) })
}

function momentOf(text: string, zone: string, edge: 'begin' | 'end'): number | null {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    const begin = startOfDay(text, zone)
    if (begin === null || edge === 'begin') return begin
    const nextDay = new Date(Date.parse(`${text}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10)
    return (startOfDay(nextDay, zone) ?? begin + DAY_MS) - 1
  }
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
  const at = isTime ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? null : at
}
