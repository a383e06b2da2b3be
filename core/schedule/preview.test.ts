import { describe, expect, it } from 'vitest'
import type { ScheduleSpec } from '../spec/dag.ts'
import { previewFires } from './preview.ts'
import { localTime, offsetText, startOfDay } from './zones.ts'

const at = (text: string): number => Date.parse(text)
const starts = (...expressions: string[]): ScheduleSpec => ({
  start: expressions.map(expression => ({ kind: 'cron', expression })),
  stop: [],
  restart: [],
})

describe('the next fires of a schedule', () => {
  const berlin = (expression: string, from: string, count = 2) =>
    previewFires(starts(expression), at(from), 'Europe/Berlin', count).fires.map(({ local, dst }) => [local, dst?.kind])

  it('say that a time does not exist on the day on which the clocks go forward', () => {
    expect(berlin('30 2 * * *', '2026-03-28T12:00:00Z')).toEqual([
      ['2026-03-29T03:00:00+02:00', 'skipped'],
      ['2026-03-30T02:30:00+02:00', undefined],
    ])
  })

  it('say which time it was that the jump has swallowed, also among several of a day and before midnight', () => {
    const first = (expression: string, zone: string, from: string) =>
      previewFires(starts(expression), at(from), zone, 1).fires.map(({ local, dst }) => [local, dst?.kind, dst?.text])
    expect(first('30 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z')).toEqual([
      [
        '2026-03-29T03:00:00+02:00',
        'skipped',
        'the clocks go forward: 02:30 does not exist that day, so it fires at 03:00, right after the jump',
      ],
    ])
    expect(first('30 23 * * 6', 'America/Nuuk', '2026-03-28T12:00:00Z')[0]?.slice(0, 2)).toEqual([
      '2026-03-29T00:00:00-01:00',
      'skipped',
    ])
  })

  it('say which of two equal times it is when the clocks go back', () => {
    expect(berlin('30 2 * * *', '2026-10-24T12:00:00Z')).toEqual([
      ['2026-10-25T02:30:00+02:00', 'repeated'],
      ['2026-10-26T02:30:00+01:00', 'changed'],
    ])
    expect(berlin('0 12 * * *', '2026-10-24T12:00:00Z')).toEqual([
      ['2026-10-25T12:00:00+01:00', 'changed'],
      ['2026-10-26T12:00:00+01:00', undefined],
    ])
  })

  it('have nothing to say on every other day', () => {
    expect(berlin('30 2 * * *', '2026-06-01T12:00:00Z', 5).map(([, dst]) => dst)).toEqual(Array(5).fill(undefined))
  })

  it('come from starts, stops and restarts together, in the zone of each', () => {
    const schedule: ScheduleSpec = {
      start: [
        { kind: 'cron', expression: '0 12 * * *' },
        { kind: 'cron', expression: '0 12 1-31 * *' },
        { kind: 'at', at: '2026-06-01T12:30:00Z' },
      ],
      stop: [{ kind: 'cron', expression: '0 22 * * *', timezone: 'Asia/Tokyo' }],
      restart: [],
    }
    const { fires } = previewFires(schedule, at('2026-06-01T11:00:00Z'), 'UTC', 3)
    expect(fires.map(fire => [fire.do, fire.local, fire.zone])).toEqual([
      ['start', '2026-06-01T12:00:00+00:00', 'UTC'],
      ['start', '2026-06-01T12:30:00+00:00', 'UTC'],
      ['stop', '2026-06-01T22:00:00+09:00', 'Asia/Tokyo'],
    ])
  })

  it('are none for what no calendar has, and for a time that has passed: both are told', () => {
    const schedule = starts('0 0 30 2 *')
    schedule.start.push({ kind: 'at', at: '2020-01-01T00:00:00Z' })
    const { fires, never } = previewFires(schedule, at('2026-06-01T00:00:00Z'), 'UTC', 5)
    expect(fires).toEqual([])
    expect(never.map(({ expression, why }) => [expression, why])).toEqual([
      ['0 0 30 2 *', 'it never fires: no calendar has such a day'],
      ['2020-01-01T00:00:00Z', 'its one time has passed'],
    ])
  })
})

describe('wall clocks', () => {
  it.each([
    ['2026-07-01', 'America/New_York', '2026-07-01T04:00:00Z'],
    ['2026-01-01', 'Pacific/Auckland', '2025-12-31T11:00:00Z'],
    ['2026-03-29', 'Asia/Kathmandu', '2026-03-28T18:15:00Z'],
    // Clocks that jump at midnight: the day begins at one.
    ['2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00Z'],
  ])('%s begins in %s at %s', (date, zone, begin) => {
    expect(new Date(startOfDay(date, zone)!).toISOString().replace('.000', '')).toBe(begin)
  })

  it('know no date that does not exist', () => {
    for (const date of ['2026-02-30', '2026-13-01', 'tomorrow', '']) expect(startOfDay(date, 'UTC')).toBeNull()
  })

  it('show their distance from UTC', () => {
    expect(offsetText(-12_600_000)).toBe('-03:30')
    expect(localTime(at('2026-01-01T00:00:00Z'), 'America/St_Johns')).toBe('2025-12-31T20:30:00-03:30')
  })
})
