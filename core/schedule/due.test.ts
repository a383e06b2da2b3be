import { describe, expect, it } from 'vitest'
import type { ScheduleSpec } from '../spec/dag.ts'
import { dueBetween, nextDue, previousStart } from './due.ts'

const at = (text: string): number => Date.parse(`2026-03-10T${text}Z`)
const cron = (expression: string) => ({ kind: 'cron' as const, expression })
const spec = (parts: Partial<ScheduleSpec>): ScheduleSpec => ({ start: [], stop: [], restart: [], ...parts })
const range = (last: string, now: string, catchupWindowSec?: number) => ({
  lastMs: at(last),
  nowMs: at(now),
  zone: 'UTC',
  ...(catchupWindowSec === undefined ? {} : { catchupWindowSec }),
})

describe('due times', () => {
  it('gives a fire once: in the interval that ends at it or after it', () => {
    const hourly = spec({ start: [cron('0 * * * *')] })
    expect(dueBetween(hourly, range('09:30:00', '10:00:00')).start).toBe(at('10:00:00'))
    expect(dueBetween(hourly, range('10:00:00', '10:00:30')).start).toBeNull()
    expect(dueBetween(hourly, range('09:30:00', '09:59:59')).start).toBeNull()
  })

  it('joins several crons of one minute into one start', () => {
    const both = spec({ start: [cron('0 * * * *'), cron('*/30 * * * *')] })
    expect(dueBetween(both, range('09:59:00', '10:00:01'))).toMatchObject({ start: at('10:00:00'), missed: [] })
  })

  it('drops what was missed by more than the allowed lateness, unless a window catches up', () => {
    const hourly = spec({ start: [cron('0 * * * *')] })
    expect(dueBetween(hourly, range('07:30:00', '10:30:00'))).toMatchObject({ start: null, missed: [] })
    const caughtUp = dueBetween(hourly, range('07:30:00', '10:30:00', 2 * 3600))
    expect(caughtUp.missed).toEqual([at('09:00:00'), at('10:00:00')])
    const onTime = dueBetween(hourly, range('07:30:00', '10:00:10', 6 * 3600))
    expect(onTime).toMatchObject({ start: at('10:00:00'), missed: [at('08:00:00'), at('09:00:00')] })
  })

  it('fires a one-off however late, and once', () => {
    const once = spec({ start: [{ kind: 'at', at: '2026-03-10T08:00:00Z' }] })
    expect(dueBetween(once, range('07:00:00', '12:00:00')).oneOffs).toEqual([at('08:00:00')])
    expect(dueBetween(once, range('12:00:00', '13:00:00')).oneOffs).toEqual([])
  })

  it('wakes for the earliest of starts, stops and restarts', () => {
    const mixed = spec({ start: [cron('0 12 * * *')], stop: [cron('30 11 * * *')], restart: [cron('0 13 * * *')] })
    expect(nextDue(mixed, at('10:00:00'), 'UTC')).toBe(at('11:30:00'))
    expect(nextDue(spec({}), at('10:00:00'), 'UTC')).toBeNull()
  })

  it('knows the previous start', () => {
    expect(previousStart(spec({ start: [cron('0 */6 * * *')] }), at('12:00:00'), 'UTC')).toBe(at('06:00:00'))
    expect(previousStart(spec({ start: [cron('0 9 1 * *')] }), at('12:00:00'), 'UTC')).toBe(
      Date.parse('2026-03-01T09:00:00Z'),
    )
  })
})
