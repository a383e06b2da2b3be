import { nextDue } from '@edgedag/core/schedule/due'
import type { ScheduleSpec } from '@edgedag/core/spec/dag'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { DueMemory } from './due-memory.ts'

const schedule = (...expressions: string[]): ScheduleSpec => ({
  start: expressions.map(expression => ({ kind: 'cron', expression })),
  stop: [],
  restart: [],
})
const FROM = Date.parse('2026-03-28T00:00:00Z')
const SCHEDULES = [schedule('*/20 2 * * *'), schedule('0 3 * * *', '30 * * * *'), schedule('0 0 30 2 *'), schedule()]

it('answers whatever is asked, in any order, as if it had been worked out anew', () => {
  const question = fc.tuple(fc.nat(3), fc.nat(3 * 86_400_000), fc.constantFrom('UTC', 'Europe/Berlin'))
  fc.assert(
    fc.property(fc.array(question, { maxLength: 12 }), questions => {
      const memory = new DueMemory(nextDue)
      for (const [which, ms, zone] of questions) {
        const asked = SCHEDULES[which]!
        expect(memory.next(asked, FROM + ms, zone)).toBe(nextDue(asked, FROM + ms, zone))
      }
    }),
    { numRuns: 60 },
  )
})

it('works nothing out twice until the due time has come', () => {
  const ask = vi.fn(nextDue)
  const memory = new DueMemory(ask)
  const daily = schedule('0 3 * * *')
  for (let minute = 0; minute < 180; minute++) memory.next(daily, FROM + minute * 60_000, 'UTC')
  expect(ask).toHaveBeenCalledTimes(1)
  memory.next(daily, FROM + 180 * 60_000, 'UTC')
  expect(ask).toHaveBeenCalledTimes(2)
})
