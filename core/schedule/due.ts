// What a schedule asks for between two looks at the clock. Promise: each due time is in exactly one such interval, so that whoever
// moves the mark in the same commit as the start fires once per due time; late, never early.
import type { ScheduleEntry, ScheduleSpec } from '../spec/dag.ts'
import { missedFires } from './catch-up.ts'
import { nextFire } from './next-fire.ts'

/** A fire that is seen later than this was missed: only a catch-up window brings it back. */
export const LATE_MS = 90_000

export interface Due {
  /** The newest cron fire that is still on time; several that fell together are one run. */
  start: number | null
  /** One-off times, however late. */
  oneOffs: number[]
  /** Missed cron fires within the catch-up window, oldest first. */
  missed: number[]
  stop: number | null
  restart: number | null
}

/** Everything due after `lastMs` and up to `nowMs` (epoch ms). */
export function dueBetween(
  schedule: ScheduleSpec,
  range: { lastMs: number; nowMs: number; zone: string; catchupWindowSec?: number },
): Due {
  const { lastMs, nowMs, zone } = range
  const onTime = Math.max(lastMs, nowMs - LATE_MS)
  const newest = (entries: readonly ScheduleEntry[]) =>
    newestFire(
      entries.filter(entry => entry.kind === 'cron'),
      onTime,
      nowMs,
      zone,
    )
  const start = newest(schedule.start)
  const missed = missedFires(schedule.start, {
    nowMs: start === null ? nowMs : start - 1,
    lastTickMs: lastMs,
    zone,
    ...(range.catchupWindowSec === undefined ? {} : { windowSec: range.catchupWindowSec }),
  })
  const oneOffs = schedule.start.filter(entry => entry.kind === 'at').map(entry => Date.parse(entry.at))
  return {
    start,
    missed,
    oneOffs: oneOffs.filter(at => at > lastMs && at <= nowMs).sort((a, b) => a - b),
    stop: newest(schedule.stop),
    restart: newest(schedule.restart),
  }
}

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

function earliest(entries: readonly ScheduleEntry[], afterMs: number, zone: string): number | null {
  const fires = entries.map(entry => nextFire(entry, afterMs, zone)).filter(at => at !== null)
  return fires.length === 0 ? null : Math.min(...fires)
}

function newestFire(entries: readonly ScheduleEntry[], afterMs: number, untilMs: number, zone: string): number | null {
  let newest: number | null = null
  for (const entry of entries) {
    for (let at = nextFire(entry, afterMs, zone); at !== null && at <= untilMs; at = nextFire(entry, at, zone)) {
      if (newest === null || at > newest) newest = at
    }
  }
  return newest
}
