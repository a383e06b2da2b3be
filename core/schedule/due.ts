// Due times of a schedule: the next of anything, the newest within an interval, the one before. Times are epoch milliseconds.
import type { ScheduleEntry, ScheduleSpec } from '../spec/dag.ts'
import { nextFire } from './next-fire.ts'

/** The next moment at which anything of the schedule is due, strictly after `afterMs`; null: never. */
export function nextDue(schedule: ScheduleSpec, afterMs: number, zone: string): number | null {
  return earliest([...schedule.start, ...schedule.stop, ...schedule.restart], afterMs, zone)
}

/** The next start only, as lists show it. */
export const nextStart = (schedule: ScheduleSpec, afterMs: number, zone: string): number | null =>
  earliest(schedule.start, afterMs, zone)

/** The last cron start before `beforeMs`, looked for over a year back; null: none. */
export function previousStart(schedule: ScheduleSpec, beforeMs: number, zone: string): number | null {
  const crons = schedule.start.filter(entry => entry.kind === 'cron')
  for (const days of [1 / 24, 1, 8, 32, 367]) {
    const found = newestFire(crons, beforeMs - days * 86_400_000, beforeMs - 1, zone)
    if (found !== null) return found
  }
  return null
}

/** The newest fire of the entries after `afterMs` and up to `untilMs`; null: none. */
export function newestFire(
  entries: readonly ScheduleEntry[],
  afterMs: number,
  untilMs: number,
  zone: string,
): number | null {
  let newest: number | null = null
  for (const entry of entries) {
    for (let at = nextFire(entry, afterMs, zone); at !== null && at <= untilMs; at = nextFire(entry, at, zone)) {
      if (newest === null || at > newest) newest = at
    }
  }
  return newest
}

function earliest(entries: readonly ScheduleEntry[], afterMs: number, zone: string): number | null {
  const fires = entries.map(entry => nextFire(entry, afterMs, zone)).filter(at => at !== null)
  return fires.length === 0 ? null : Math.min(...fires)
}
