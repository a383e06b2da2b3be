// Which scheduled starts were missed while nothing was there to start them.

import type { ScheduleEntry } from '../spec/dag.ts'
import { nextFire } from './next-fire.ts'

export const CATCH_UP_LIMIT = 1000

/**
 * Cron fires after the latest of window start, last tick and last scheduled run, up to and including `nowMs`; oldest first.
 * Of more than 1,000 the newest remain, as in the reference: what is fresh is worth more than what is stale. Without a window nothing is missed. All times are epoch milliseconds.
 */
export function missedFires(
  entries: readonly ScheduleEntry[],
  input: { nowMs: number; windowSec?: number; lastTickMs?: number; lastScheduledMs?: number; zone: string },
): number[] {
  if (input.windowSec === undefined) return []
  const windowStart = input.nowMs - input.windowSec * 1000
  // The window's first minute belongs to it; the two marks were served already.
  const after = Math.max(windowStart, input.lastTickMs ?? 0, input.lastScheduledMs ?? 0)
  return newestCronFires(entries, after, input.nowMs, input.zone, CATCH_UP_LIMIT)
}

/** Due times of the cron entries after `afterMs` and up to `untilMs`: the oldest `limit` of them, each once. */
export function cronFires(
  entries: readonly ScheduleEntry[],
  afterMs: number,
  untilMs: number,
  zone: string,
  limit: number,
): number[] {
  const fires = new Set<number>()
  for (const entry of entries) {
    if (entry.kind !== 'cron') continue
    let at = nextFire(entry, afterMs, zone)
    for (let i = 0; at !== null && at <= untilMs && i < limit; i++) {
      fires.add(at)
      at = nextFire(entry, at, zone)
    }
  }
  return [...fires].sort((a, b) => a - b).slice(0, limit)
}

/** The newest `limit` due times of the cron entries after `afterMs` and up to `untilMs`, oldest first. */
export function newestCronFires(
  entries: readonly ScheduleEntry[],
  afterMs: number,
  untilMs: number,
  zone: string,
  limit: number,
): number[] {
  // A minute has one fire at most, so the first span never holds more than `limit`; sparse schedules are looked for further back.
  for (let span = limit * 60_000; ; span *= 2) {
    const from = Math.max(afterMs, untilMs - span)
    const fires = cronFires(entries, from, untilMs, zone, Number.POSITIVE_INFINITY)
    if (fires.length >= limit || from === afterMs) return fires.slice(-limit)
  }
}
