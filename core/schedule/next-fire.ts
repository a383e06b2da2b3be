// When a schedule fires next. Times are epoch milliseconds; nothing here reads a clock.
// Daylight saving: a daily job in the skipped hour fires at the jump, one in the repeated hour once, hourly jobs every real hour.

import { Cron } from 'croner'
import type { ScheduleEntry } from '../spec/dag.ts'
import { parseCron } from './cron.ts'

/** First fire strictly after `fromMs`; null when there is none, ever. `defaultZone` is the installation's IANA zone. */
export function nextFire(entry: ScheduleEntry, fromMs: number, defaultZone = 'UTC'): number | null {
  if (entry.kind === 'at') {
    const at = Date.parse(entry.at)
    return at > fromMs ? at : null
  }
  const parsed = parseCron(entry.expression)
  if (!parsed.ok) return null
  const cron = cronOf(parsed.value.pattern, entry.timezone ?? defaultZone)
  let from = fromMs
  // croner works on whole seconds and may give the start of the second that it was asked from.
  for (let i = 0; i < 3; i++) {
    const next = cron.nextRun(new Date(from))?.getTime() ?? null
    if (next === null || next > fromMs) return next
    from = next + 1000
  }
  return null
}

/** The next `count` fires of several entries, merged in order without repeats. */
export function nextFires(
  entries: readonly ScheduleEntry[],
  fromMs: number,
  defaultZone: string,
  count: number,
): number[] {
  const fires: number[] = []
  let from = fromMs
  while (fires.length < count) {
    const next = Math.min(...entries.map(entry => nextFire(entry, from, defaultZone) ?? Number.POSITIVE_INFINITY))
    if (!Number.isFinite(next)) break
    fires.push(next)
    from = next
  }
  return fires
}

const crons = new Map<string, Cron>()

function cronOf(pattern: string, timezone: string): Cron {
  const key = `${timezone} ${pattern}`
  let cron = crons.get(key)
  if (!cron) {
    // A paused job without a function is only a calculator: no timer is ever set.
    cron = new Cron(pattern, { timezone, mode: '5-part', paused: true, domAndDow: false })
    if (crons.size > 1000) crons.clear()
    crons.set(key, cron)
  }
  return cron
}
