import { expect, it } from 'vitest'
import { FrameOrder } from './frame-order.ts'

const frame = (rev: number, rest = {}) => ({ type: 'run' as const, runId: 'r1', rev, ...rest })

it('passes frames in their order and again, and drops what was overtaken', () => {
  const order = new FrameOrder()
  const plans = [{ plan: 'p1', fence: 1, items: [{ kind: 'prepare' as const }] }]
  expect(order.pass(frame(3, { plans }))).toEqual(frame(3, { plans }))
  expect(order.pass(frame(3, { plans }))).toEqual(frame(3, { plans }))
  expect(order.pass(frame(2, { plans }))).toBeNull()
  expect(order.pass(frame(4, { end: 'finished' }))).toEqual(frame(4, { end: 'finished' }))
  expect(order.pass(frame(3, { plans, ack: 7 }))).toEqual({ type: 'run', runId: 'r1', ack: 7 })
})

it('takes the answer to a hello as a new beginning', () => {
  const order = new FrameOrder()
  order.pass(frame(9))
  expect(order.pass(frame(4, { hello: true }))).toEqual(frame(4, { hello: true }))
  expect(order.pass(frame(5))).toEqual(frame(5))
})

it('passes frames without a number, and those of other runs', () => {
  const order = new FrameOrder()
  order.pass(frame(9))
  expect(order.pass({ type: 'run', runId: 'r1', end: 'unknown' })).toEqual({ type: 'run', runId: 'r1', end: 'unknown' })
  expect(order.pass({ ...frame(1), runId: 'r2' })).toEqual({ ...frame(1), runId: 'r2' })
})
