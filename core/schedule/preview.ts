// What a schedule will do next, for people: due times in its own zone, jumps of the clocks marked, and what never fires.
import type { ScheduleEntry, ScheduleSpec } from '../spec/dag.ts'
import { clockChanges } from './clock-changes.ts'
import { nextCronFire, nextFire } from './next-fire.ts'
import { localTime, offsetMs, offsetText, wallClock } from './zones.ts'

const DAY_MS = 86_400_000

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
  const written = entry.kind === 'cron' ? nextCronFire(entry, at - 1, zone)?.wall : undefined
  const dst = written === undefined ? undefined : jumpAt(written, at, before, zone)
  return { at, do: kind, expression: textOf(entry), zone, local: localTime(at, zone), ...(dst && { dst }) }
}

const textOf = (entry: ScheduleEntry): string => (entry.kind === 'at' ? entry.at : entry.expression)

function silent(kind: Fire['do'], entry: ScheduleEntry): Silent {
  if (entry.kind === 'at') return { do: kind, expression: entry.at, why: 'its one time has passed' }
  return { do: kind, expression: entry.expression, why: 'it never fires: no calendar has such a day' }
}

/** What a change of the clocks means for a fire; `before` is the fire before it, or the moment from which is looked. */
function jumpAt(written: number, at: number, before: number, zone: string): Fire['dst'] {
  const wall = wallClock(at, zone)
  const clock = clockText(wall)
  if (written !== wall)
    return {
      kind: 'skipped',
      text: `the clocks go forward: ${clockText(written)} does not exist that day, so it fires at ${clock}, right after the jump`,
    }
  const offset = offsetMs(at, zone)
  const comesAgain = clockChanges(zone, at, at + DAY_MS).some(change => wall >= change.at + change.after)
  if (comesAgain)
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

const clockText = (wall: number): string => new Date(wall).toISOString().slice(11, 16)
