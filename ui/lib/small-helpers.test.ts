import fc from 'fast-check'
import { expect, test } from 'vitest'
import { placeOf, problemsOf } from '../editor/problems.ts'
import { diffLines, withContext } from './line-diff.ts'
import { cronWords, scheduleListWords, scheduleWords } from './schedule.ts'
import { nodeStatus, runStatus } from './status.ts'

test.each([
  ['* * * * *', 'every minute'],
  ['*/5 * * * *', 'every 5 minutes'],
  ['7 * * * *', 'hourly at :07'],
  ['0 */6 * * *', 'every 6 hours'],
  ['0 3 * * *', 'daily at 03:00'],
  ['30 9 * * 1-5', 'weekdays at 09:30'],
  ['0 5 * * 7', 'Sundays at 05:00'],
  ['0 8 1 * *', 'monthly on day 1 at 08:00'],
  ['0 0 1 1 *', undefined],
  ['0 0,12 * * *', undefined],
])('%s reads %s', (expression, words) => {
  expect(cronWords(expression)).toBe(words)
})

test('a zone is named, and what has no wording stays cron', () => {
  expect(scheduleWords({ kind: 'cron', expression: 'CRON_TZ=Asia/Tokyo 0 3 * * *' })).toBe('daily at 03:00 Asia/Tokyo')
  expect(scheduleWords({ kind: 'cron', expression: 'CRON_TZ=Europe/Berlin 30 2 * * *' })).toBe(
    'daily at 02:30 Europe/Berlin',
  )
  const berlin = (expression: string) => ({ kind: 'cron' as const, expression: `CRON_TZ=Europe/Berlin ${expression}` })
  expect(scheduleListWords([berlin('0 3 * * *'), berlin('0 */6 * * *')])).toBe(
    'daily at 03:00, every 6 hours Europe/Berlin',
  )
  expect(scheduleWords({ kind: 'cron', expression: 'TZ=UTC */7 1-3 * * *' })).toBe('*/7 1-3 * * * UTC')
  expect(scheduleWords({ kind: 'cron', expression: '0 0,12 * * *' })).toBe('0 0,12 * * *')
})

test('code 5 is queued for a run and skipped for a node, and a known label wins', () => {
  expect([runStatus({ status: 5 }), nodeStatus({ status: 5 }), nodeStatus({ status: 9 })]).toEqual([
    'queued',
    'skipped',
    'retrying',
  ])
  expect(nodeStatus({ status: 2, statusLabel: 'lost' })).toBe('lost')
  expect(runStatus({ status: 99, statusLabel: 'odd' })).toBe('not_started')
})

test('a diff rebuilds both texts', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 }).map(lines => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after)
      const side = (drop: string) =>
        lines
          .filter(line => line.kind !== drop)
          .map(line => line.text)
          .join('\n')
      expect([side('added'), side('removed')]).toEqual([before, after])
    }),
  )
})

test('long unchanged parts of a diff are cut to their context', () => {
  const lines = diffLines('1\n2\n3\n4\n5\n6', '1\n2\n3\n4\n5\nX')
  expect(withContext(lines, 1).map(line => line?.text)).toEqual([undefined, '5', '6', 'X'])
})

test.each([
  ['line 4, column 5: unknown key', { message: 'unknown key', line: 4, column: 5 }],
  ['[3:9] mapping values are not allowed', { message: 'mapping values are not allowed', line: 3, column: 9 }],
  ['bad indentation at line 7', { message: 'bad indentation at line 7', line: 7 }],
  ['no steps', { message: 'no steps' }],
])('%s is placed', (text, problem) => {
  expect(problemsOf({ errors: [text] })).toEqual([problem])
})

test('structured problems win over texts that say the same', () => {
  const problem = { message: 'm', line: 1 }
  expect(problemsOf({ errors: ['m'], problems: [problem] })).toEqual([problem])
  expect([placeOf(problem), placeOf({ message: '' })]).toEqual(['line 1', ''])
})
