import { describe, expect, it } from 'vitest'
import type { ScheduleEntry } from '../spec/dag.ts'
import { dueTimes, rangeOf, zoneOfDays } from './backfill.ts'

const NOW = Date.parse('2026-11-22T00:00:00Z')
const cron = (expression: string, timezone?: string): ScheduleEntry => ({
  kind: 'cron',
  expression,
  ...(timezone === undefined ? {} : { timezone }),
})
const AT: ScheduleEntry = { kind: 'at', at: '2026-04-05T12:00:00Z' }

/** Due times of a range of days, as the zone of the schedule shows them. */
function daysOf(entries: ScheduleEntry[], from: string, to: string, installation = 'UTC'): string[] {
  const zone = zoneOfDays(entries, installation)
  const range = rangeOf(from, to, zone, NOW)
  const times = range.ok ? dueTimes(entries, range.value.from, range.value.to, zone) : range
  if (!times.ok) return [times.error]
  return times.value.map(at => new Date(at).toISOString().slice(0, 16))
}

describe('days of a backfill', () => {
  it("are those of the schedule's own zone, over a change of its clocks too", () => {
    const auckland = [cron('0 1 * * *', 'Pacific/Auckland'), AT]
    expect(daysOf(auckland, '2026-04-04', '2026-04-06').filter(at => !at.endsWith('05T12:00'))).toEqual([
      '2026-04-03T12:00',
      '2026-04-04T12:00',
      '2026-04-05T13:00',
    ])
    expect(daysOf([cron('30 2,14 * * *', 'Europe/Berlin')], '2026-03-29', '2026-03-29')).toEqual([
      '2026-03-29T01:00',
      '2026-03-29T12:30',
    ])
  })

  it("are the installation's where the entries have several zones, or none", () => {
    const mixed = [cron('0 1 * * *', 'Pacific/Auckland'), cron('0 1 * * *')]
    expect(zoneOfDays(mixed, 'Europe/Berlin')).toBe('Europe/Berlin')
    expect(zoneOfDays([AT], 'Europe/Berlin')).toBe('Europe/Berlin')
    expect(daysOf([cron('0 1 * * *')], '2026-07-01', '2026-07-01', 'Europe/Berlin')).toEqual(['2026-06-30T23:00'])
  })

  it.each([
    ['0001-01-01', '0001-01-02', /before 1970/],
    ['2027-01-01', '2027-01-02', /in the future/],
    ['2026-03-30', '2026-03-28', /to lies before from/],
    ['2026-02-30', '2026-03-28', /neither a day/],
    ['2026-03-29T02:30:00', '2026-03-30', /neither a day/],
    ['2010-01-01', '2026-01-01', /more than 5000/],
  ])('from %s to %s are refused', (from, to, why) => {
    expect(daysOf([cron('0 * * * *')], from, to)[0]).toMatch(why)
  })
})
