// When a schedule fires next. Times are epoch milliseconds; nothing here reads a clock.
// Daylight saving (ADR 0068): an expression for every hour fires at every real minute that shows its time. Any other names times of a day:
// each fires once, a time that comes twice at its first coming, one that does not exist that day at the jump of the clocks.

import { Cron } from 'croner'
import type { ScheduleEntry } from '../spec/dag.ts'
import { type ClockChange, clockChanges } from './clock-changes.ts'
import { parseCron } from './cron.ts'
import { offsetMs } from './zones.ts'

/** Longer than any clock was ever set back. */
const LONGEST_REPEAT_MS = 26 * 3_600_000

/** A fire, and the wall clock (as if in UTC) that it was written for: another than is shown at the time where that was skipped. */
export interface CronFire {
  at: number
  wall: number
}

/** First fire strictly after `fromMs`; null when there is none, ever. `defaultZone` is the installation's IANA zone. */
export function nextFire(entry: ScheduleEntry, fromMs: number, defaultZone = 'UTC'): number | null {
  if (entry.kind === 'cron') return nextCronFire(entry, fromMs, defaultZone)?.at ?? null
  const at = Date.parse(entry.at)
  return at > fromMs ? at : null
}

/** The same for a cron entry, with the wall clock it was written for. */
export function nextCronFire(
  entry: { expression: string; timezone?: string },
  fromMs: number,
  defaultZone: string,
): CronFire | null {
  const zone = entry.timezone ?? defaultZone
  const known = knownOf(entry.expression, zone)
  if (known === null) return null
  const gap = known.gaps.find(({ after, next }) => after <= fromMs && (next === null || fromMs < next.at))
  if (gap !== undefined) return gap.next
  const next = firstAfter(known, fromMs, zone)
  known.gaps.unshift({ after: fromMs, next })
  known.gaps.length = Math.min(known.gaps.length, KEPT_GAPS)
  return next
}

function firstAfter(cron: Known, fromMs: number, zone: string): CronFire | null {
  let offset = offsetMs(fromMs, zone)
  let wall = Math.floor(fromMs / 1000) * 1000 + offset
  for (const change of clockChanges(zone, fromMs - LONGEST_REPEAT_MS, fromMs))
    wall = Math.max(wall, servedWall(cron, change))
  // One stretch without a change of the clocks after the other.
  for (let from = fromMs; ; ) {
    const next = nextWall(cron, wall)
    if (next === null) return null
    const at = Math.max(next - offset, from)
    const [change] = clockChanges(zone, from, at)
    if (change === undefined) return { at, wall: next }
    from = change.at
    offset = change.after
    wall = servedWall(cron, change)
  }
}

/** The wall clock up to which the times before a change have been served: behind it, a skipped hour lies ahead and a repeated one does not. */
const servedWall = ({ isHourly }: Known, { at, before, after }: ClockChange): number =>
  at + (isHourly ? after : before) - 1000

/** The first wall clock of the expression strictly after one, as if in UTC. */
function nextWall({ job }: Known, wall: number): number | null {
  // The library works on whole seconds and may give the one that it was asked from.
  for (const from of [wall, wall + 1000]) {
    const next = job.nextRun(new Date(from))?.getTime() ?? null
    if (next === null || next > wall) return next
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
  /** It is written for every hour of its days. */
  isHourly: boolean
  /** From `after` on nothing fires before `next`. Zones make this dear to work out, and a due time asks it several times. */
  gaps: { after: number; next: CronFire | null }[]
}

const crons = new Map<string, Known | null>()

/** Null: the expression does not parse. */
function knownOf(expression: string, timezone: string): Known | null {
  const key = `${timezone} ${expression}`
  const known = crons.get(key)
  if (known !== undefined) return known
  const parsed = parseCron(expression)
  if (crons.size >= MAX_CRONS) crons.clear()
  const cron = parsed.ok ? { ...calculator(parsed.value.pattern), gaps: [] } : null
  crons.set(key, cron)
  return cron
}

function calculator(pattern: string): Pick<Known, 'job' | 'isHourly'> {
  // A paused job without a function is only a calculator: no timer is ever set. It counts on a calendar without zones.
  const job = new Cron(pattern, { utcOffset: 0, mode: '5-part', paused: true, domAndDow: false })
  const hours = pattern.split(' ')[1] ?? '*'
  return { job, isHourly: hours === '*' || hours.split(',').length === 24 }
}
