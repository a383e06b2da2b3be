// Which scheduled starts were missed while nothing was there to start them.

import type { ScheduleEntry } from '../spec/dag.ts'
import { nextFire } from './next-fire.ts'

export const CATCH_UP_LIMIT = 1000

/**
 * Cron fires after the latest of window start, last tick and last scheduled run, up to and including `nowMs`; oldest first, at most 1,000.
 * Without a window nothing is missed. All times are epoch milliseconds.
 */
export function missedFires(
  entries: readonly ScheduleEntry[],
  input: { nowMs: number; windowSec?: number; lastTickMs?: number; lastScheduledMs?: number; zone: string },
): number[] {
  if (input.windowSec === undefined) return []
  const windowStart = input.nowMs - input.windowSec * 1000
  // The window's first minute belongs to it; the two marks were served already.
  const after = Math.max(windowStart, input.lastTickMs ?? 0, input.lastScheduledMs ?? 0)
  return cronFires(entries, after, input.nowMs, input.zone, CATCH_UP_LIMIT)
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
