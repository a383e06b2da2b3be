import { describe, expect, it } from 'vitest'
import { type ClockChange, clockChanges } from './clock-changes.ts'
import { parseCron } from './cron.ts'
import { nextFire } from './next-fire.ts'
import { wallClock } from './zones.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const SPAN_MS = 13 * HOUR_MS

/** The rule, minute by minute for 13 hours on both sides of a change: what the clocks show, for the first time or again, and what they leave out. */
function firesAround(expression: string, minutes: ReturnType<typeof minutesAround>): number[] {
  const isMeant = calendar(expression)
  const isHourly = Array.from({ length: 24 }, (_, hour) => isMeant(null, hour)).every(Boolean)
  return minutes.flatMap(({ at, wall, isAgain, leftOut }) => {
    const walls = isHourly ? [wall] : [...leftOut, ...(isAgain ? [] : [wall])]
    return walls.some(one => isMeant(one)) ? [at] : []
  })
}

function minutesAround(zone: string, { at: change, before, after }: ClockChange) {
  const shown = new Set<number>()
  return Array.from({ length: (2 * SPAN_MS) / MINUTE_MS }, (_, i) => {
    const at = change - SPAN_MS + i * MINUTE_MS
    const isFar = Math.abs(at - change) > 5 * HOUR_MS
    const wall = isFar ? at + (at < change ? before : after) : wallClock(at, zone)
    const skippedMs = at === change ? Math.max(0, wall - (at + before)) : 0
    const leftOut = Array.from({ length: skippedMs / MINUTE_MS }, (_, back) => wall - (back + 1) * MINUTE_MS)
    const isAgain = shown.has(wall)
    shown.add(wall)
    return { at, wall, isAgain, leftOut }
  })
}

/** Whether a wall clock (as if in UTC) is one of an expression's; for an hour alone: whether the hour is. */
function calendar(expression: string): (wall: number | null, hour?: number) => boolean {
  const parsed = parseCron(expression)
  if (!parsed.ok) throw new Error(parsed.error)
  const fields = parsed.value.pattern
    .split(' ')
    .map(text => (text === '*' ? null : new Set(text.split(',').map(Number))))
  const has = (i: number, value: number): boolean => fields[i]?.has(value) ?? true
  return (wall, hour = 0) => {
    if (wall === null) return has(1, hour)
    const time = new Date(wall)
    const days = [has(2, time.getUTCDate()), has(4, time.getUTCDay())]
    const isDay = fields[2] !== null && fields[4] !== null ? days.includes(true) : !days.includes(false)
    return has(0, time.getUTCMinutes()) && has(1, time.getUTCHours()) && has(3, time.getUTCMonth() + 1) && isDay
  }
}

/** Expressions of all forms for the hours around a change. */
function expressionsFor({ at, before, after }: ClockChange): string[] {
  const [old, fresh] = [new Date(at + before), new Date(at + after)]
  const [date, month, weekday] = [old.getUTCDate(), old.getUTCMonth() + 1, old.getUTCDay()]
  const hours = [old, fresh].flatMap(time => [time.getUTCHours(), (time.getUTCHours() + 23) % 24])
  const anyDay = ['* * * * *', '15,45 * * * *', '30 0-23 * * *', '0 */2 * * *', '*/30 1-23/2 * * *', '0 0 * * *']
  const ofHour = [...new Set(hours)].flatMap(hour => [
    `30 ${hour} * * *`,
    `30 ${hour},14 * * *`,
    `* ${hour} * * *`,
    `0,59 ${hour},${(hour + 1) % 24} * * *`,
    `10 ${hour} ${date} ${month} *`,
    `10 ${hour} ${fresh.getUTCDate()} * ${weekday}`,
  ])
  return [...anyDay, ...ofHour]
}

/** Changes of the clocks of every kind that there is: each zone in a year of its own, and the odd ones in all. */
function sample(): [zone: string, change: ClockChange][] {
  const odd = ['Australia/Lord_Howe', 'America/Nuuk', 'Antarctica/Casey', 'Antarctica/Troll', 'Pacific/Chatham']
  const zones = [...Intl.supportedValuesOf('timeZone').map((zone, i) => [zone, 2020 + (i % 21), 1] as const)]
  const spans = [...zones, ...odd.map(zone => [zone, 2020, 6] as const)]
  const kinds = new Map<string, number>()
  return spans.flatMap(([zone, year, length]) =>
    clockChanges(zone, Date.UTC(year, 0, 1), Date.UTC(year + length, 0, 1)).flatMap(change => {
      const kind = `${change.after - change.before} at ${new Date(change.at + change.before).toISOString().slice(11, 16)}`
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      return kinds.get(kind)! > 1 ? [] : [[zone, change] as [string, ClockChange]]
    }),
  )
}

describe('around a change of the clocks', () => {
  const changes = sample()

  it('every expression fires when the rule says, from whatever moment it is asked', () => {
    expect(changes.length).toBeGreaterThan(20)
    for (const [zone, change] of changes) {
      const minutes = minutesAround(zone, change)
      for (const expression of expressionsFor(change)) {
        const entry = { kind: 'cron', expression, timezone: zone } as const
        const expected = firesAround(expression, minutes)
        const from = change.at - SPAN_MS - 1
        const have: number[] = []
        for (let at = nextFire(entry, from)!; at < change.at + SPAN_MS; at = nextFire(entry, at)!) have.push(at)
        const label = `${expression} in ${zone} at ${new Date(change.at).toISOString()}`
        expect([label, have]).toEqual([label, expected])
        for (let i = 0; i < 6; i++) {
          const moment = change.at + (((i * 0x9e37_79b1) % (8 * HOUR_MS)) - 4 * HOUR_MS)
          const next = expected.find(at => at > moment)
          if (next !== undefined) expect([label, moment, nextFire(entry, moment)]).toEqual([label, moment, next])
        }
      }
    }
  })

  it('a day that a zone left out is a jump like any other: its times fire once, at its end', () => {
    const apia = (expression: string) => ({ kind: 'cron', expression, timezone: 'Pacific/Apia' }) as const
    const jump = Date.parse('2011-12-30T10:00:00Z')
    expect(nextFire(apia('0 12 * * *'), jump - 1)).toBe(jump)
    expect(nextFire(apia('0 12 * * *'), jump)).toBe(jump + 12 * HOUR_MS)
    expect(nextFire(apia('0 * * * *'), jump - HOUR_MS)).toBe(jump)
  })
})
