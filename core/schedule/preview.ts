// What a schedule will do next, for people: due times in its own zone, jumps of the clocks marked, and what never fires.
import type { ScheduleEntry, ScheduleSpec } from '../spec/dag.ts'
import { parseCron } from './cron.ts'
import { nextFire } from './next-fire.ts'
import { localTime, offsetMs, offsetText, wallClock } from './zones.ts'

const HOUR_MS = 3_600_000

export interface Fire {
  at: number
  do: 'start' | 'stop' | 'restart'
  /** As written, without its zone. */
  expression: string
  zone: string
  /** The wall clock there, RFC 3339 with its offset. */
  local: string
  /** What the clocks do to it; absent: nothing. */
  dst?: { kind: 'skipped' | 'repeated' | 'changed'; text: string }
}

export interface Silent {
  do: Fire['do']
  expression: string
  /** A sentence. */
  why: string
}

export interface Preview {
  fires: Fire[]
  /** Entries that do not fire again. */
  never: Silent[]
}

/** The next `count` fires after `fromMs`, starts, stops and restarts together. `zone`: the installation's. */
export function previewFires(schedule: ScheduleSpec, fromMs: number, zone: string, count: number): Preview {
  const entries = (['start', 'stop', 'restart'] as const).flatMap(kind =>
    schedule[kind].map(entry => ({ kind, entry, at: nextFire(entry, fromMs, zone), before: fromMs })),
  )
  const never = entries.filter(({ at }) => at === null).map(({ kind, entry }) => silent(kind, entry))
  const fires: Fire[] = []
  for (;;) {
    const next = entries.filter(({ at }) => at !== null).sort((a, b) => a.at! - b.at!)[0]
    if (next === undefined || fires.length >= count) return { fires, never }
    const at = next.at!
    // Several starts of one minute are one run.
    if (!fires.some(fire => fire.at === at && fire.do === next.kind))
      fires.push(fireOf(next.kind, next.entry, at, next.before, zone))
    next.before = at
    next.at = nextFire(next.entry, at, zone)
  }
}

function fireOf(kind: Fire['do'], entry: ScheduleEntry, at: number, before: number, defaultZone: string): Fire {
  const zone = (entry.kind === 'cron' ? entry.timezone : undefined) ?? defaultZone
  const dst = entry.kind === 'cron' ? jumpAt(entry.expression, at, before, zone) : undefined
  return { at, do: kind, expression: textOf(entry), zone, local: localTime(at, zone), ...(dst && { dst }) }
}

const textOf = (entry: ScheduleEntry): string => (entry.kind === 'at' ? entry.at : entry.expression)

function silent(kind: Fire['do'], entry: ScheduleEntry): Silent {
  if (entry.kind === 'at') return { do: kind, expression: entry.at, why: 'its one time has passed' }
  return { do: kind, expression: entry.expression, why: 'it never fires: no calendar has such a day' }
}

/** What a change of the clocks means for a fire; `before` is the fire before it, or the moment from which is looked. */
function jumpAt(expression: string, at: number, before: number, zone: string): Fire['dst'] {
  const offset = offsetMs(at, zone)
  const clock = new Date(wallClock(at, zone)).toISOString().slice(11, 16)
  if (offset > offsetMs(at - 3 * HOUR_MS, zone) && !isWrittenFor(expression, at + offset))
    return {
      kind: 'skipped',
      text: `the clocks go forward: its time does not exist that day, so it fires at ${clock}, right after the jump`,
    }
  const later = offsetMs(at + 3 * HOUR_MS, zone)
  const again = at + offset - later
  if (later < offset && offsetMs(again, zone) === later)
    return {
      kind: 'repeated',
      text: `the clocks go back: ${clock} comes twice, this is the first (${offsetText(offset)})`,
    }
  const former = offsetMs(before, zone)
  if (former === offset) return undefined
  const way = offset > former ? 'forward' : 'back'
  return {
    kind: 'changed',
    text: `the clocks went ${way} before it: ${offsetText(former)} is now ${offsetText(offset)}`,
  }
}

/** True where the wall clock (as if in UTC) is at an hour and minute of the expression. */
function isWrittenFor(expression: string, wall: number): boolean {
  const cron = parseCron(expression)
  if (!cron.ok) return true
  const [minutes = '*', hours = '*'] = cron.value.pattern.split(' ')
  const time = new Date(wall)
  const has = (field: string, value: number): boolean => field === '*' || field.split(',').includes(String(value))
  return has(minutes, time.getUTCMinutes()) && has(hours, time.getUTCHours())
}
