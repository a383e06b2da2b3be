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
  const cron = cronOf(entry.expression, entry.timezone ?? defaultZone)
  if (cron === null) return null
  const known = cron.gaps.find(gap => gap.after <= fromMs && (gap.next === null || fromMs < gap.next))
  if (known !== undefined) return known.next
  const next = firstAfter(cron.job, fromMs)
  cron.gaps.unshift({ after: fromMs, next })
  cron.gaps.length = Math.min(cron.gaps.length, KEPT_GAPS)
  return next
}

function firstAfter(cron: Cron, fromMs: number): number | null {
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

/** Stretches without a fire that are remembered of an expression: the one before a due time, the one behind it, and one to spare. */
const KEPT_GAPS = 3
const MAX_CRONS = 2_000

interface Known {
  job: Cron
  /** From `after` on nothing fires before `next`. Zones make this dear to work out, and a due time asks it several times. */
  gaps: { after: number; next: number | null }[]
}

const crons = new Map<string, Known | null>()

/** Null: the expression does not parse. */
function cronOf(expression: string, timezone: string): Known | null {
  const key = `${timezone} ${expression}`
  const known = crons.get(key)
  if (known !== undefined) return known
  const parsed = parseCron(expression)
  // A paused job without a function is only a calculator: no timer is ever set.
  const options = { timezone, mode: '5-part', paused: true, domAndDow: false } as const
  const cron = parsed.ok ? { job: new Cron(parsed.value.pattern, options), gaps: [] } : null
  if (crons.size >= MAX_CRONS) crons.clear()
  crons.set(key, cron)
  return cron
}
