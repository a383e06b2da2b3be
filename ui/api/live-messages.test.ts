import { expect, test } from 'vitest'
import { applyListPatch, applyRunPatch, parseFrame, runId, runKey } from './live-messages.ts'
import { backoffMs } from './live-socket.ts'
import { nodeOf, runOf, stepOf, summaryOf } from './testing/answers.ts'
import type { RunNode } from './types.ts'

const node = (name: string, status: number): RunNode => nodeOf(name, '', { status })
const RUN = runOf('running', { status: 1, nodes: [node('a', 1), node('b', 0)] })
const summary = (id: string, status = 1) => summaryOf('etl', '', { dagRunId: id, status })

test('a patch changes the head and the nodes it names, and nothing else', () => {
  const next = applyRunPatch(RUN, { run: { status: 4 }, nodes: [node('b', 1)] })
  expect([next.status, next.name, next.nodes.map(entry => entry.status)]).toEqual([4, 'etl', [1, 1]])
  expect(next.nodes[0]).toBe(RUN.nodes[0])
})

test('null in a patch takes a field away', () => {
  const next = applyRunPatch({ ...RUN, reason: 'queue is full' }, { run: { reason: null } as never })
  expect('reason' in next).toBe(false)
})

test('a patch keeps what a node defines when it only says how it stands', () => {
  const run = { ...RUN, nodes: [{ ...node('a', 1), step: stepOf('a', { depends: ['x'] }) }] }
  expect(applyRunPatch(run, { nodes: [node('a', 4)] }).nodes[0]?.step.depends).toEqual(['x'])
})

test('lists change in place, grow at the front and lose what is removed', () => {
  const list = applyListPatch(
    [summary('1'), summary('2'), summary('3')],
    { items: [summary('2', 4), summary('9')], removed: ['3'] },
    runKey,
    runId,
  )
  expect(list.map(run => [run.dagRunId, run.status])).toEqual([
    ['9', 1],
    ['1', 1],
    ['2', 4],
  ])
})

test.each(['', 'x', 'null', '[]', '{"type":1}', 7])('%j is no frame', data => {
  expect(parseFrame(data)).toBeUndefined()
})

test('waiting grows with every failure up to its limit, and never below half of it', () => {
  expect([0, 1, 2, 20].map(attempt => backoffMs(attempt, 1))).toEqual([500, 1_000, 2_000, 15_000])
  expect(backoffMs(20, 0)).toBe(7_500)
})
