import { expect, test } from 'vitest'
import { applyListPatch, parseFrame, runKey } from './live-messages.ts'
import { backoffMs } from './live-socket.ts'
import { summaryOf } from './testing/answers.ts'

const summary = (id: string, status = 1) => summaryOf('etl', '', { dagRunId: id, status })

test('lists change in place, grow at the front and lose what is removed', () => {
  const list = applyListPatch(
    [summary('1'), { ...summary('2'), reason: 'waits in queue q' }, summary('3')],
    { items: [summary('2', 4), summary('9')], removed: ['etl/3', '1'] },
    runKey,
  )
  expect(list.map(run => [run.dagRunId, run.status])).toEqual([
    ['9', 1],
    ['1', 1],
    ['2', 4],
  ])
  // What a line does not say any more is over.
  expect(list[2]).not.toHaveProperty('reason')
})

test.each(['', 'x', 'null', '[]', '{"type":1}', 7])('%j is no frame', data => {
  expect(parseFrame(data)).toBeUndefined()
})

test('waiting grows with every failure up to its limit, and never below half of it', () => {
  expect([0, 1, 2, 20].map(attempt => backoffMs(attempt, 1))).toEqual([500, 1_000, 2_000, 15_000])
  expect(backoffMs(20, 0)).toBe(7_500)
})
