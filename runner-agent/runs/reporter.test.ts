import type { AgentEvent, Report } from '@edgedag/core/protocol/frames'
import { MAX_FRAME_BYTES } from '@edgedag/core/protocol/frames'
import { expect, it, vi } from 'vitest'
import { applyRecord, newHostRun } from './host-run.ts'
import { Reporter } from './reporter.ts'

const setup = () => {
  const run = newHostRun('r1')
  const sent: Report[] = []
  const reporter = new Reporter(run, {
    send: text => sent.push(JSON.parse(text) as Report) > 0,
    append: () => {},
    isChain: () => false,
  })
  const add = (text: string): void =>
    applyRecord(run, { k: 'event', run: 'r1', event: { type: 'stopped', at: 1, stop: text } satisfies AgentEvent })
  return { reporter, sent, add }
}

it('has one report in flight; what happens meanwhile travels together in the next', () => {
  const { reporter, sent, add } = setup()
  add('a')
  reporter.schedule(0)
  add('b')
  add('c')
  reporter.schedule(0)
  reporter.flush()
  expect(sent).toHaveLength(1)
  expect(reporter.acknowledged(0)).toBe(false)
  expect(reporter.acknowledged(1)).toBe(true)
  reporter.schedule(0)
  expect(sent.map(report => [report.seq, report.events.length])).toEqual([
    [1, 1],
    [2, 2],
  ])
})

it('sends the report in flight again as it was, whatever waits by now', () => {
  const { reporter, sent, add } = setup()
  add('a')
  reporter.flush()
  add('b')
  reporter.resend()
  expect(sent[1]).toEqual(sent[0])
})

it('cuts a report before it grows over the size of a frame, and sends a single big event alone', () => {
  const { reporter, sent, add } = setup()
  for (const size of [MAX_FRAME_BYTES / 2, MAX_FRAME_BYTES / 3, MAX_FRAME_BYTES / 3, MAX_FRAME_BYTES * 2, 10])
    add('x'.repeat(size))
  for (let seq = 1; seq <= 4; seq++) {
    reporter.flush()
    reporter.acknowledged(seq)
  }
  expect(sent.map(report => report.events.length)).toEqual([2, 1, 1, 1])
})

it('takes a new number when the other side knows a later one', () => {
  const { reporter, sent, add } = setup()
  add('a')
  reporter.flush()
  expect(reporter.acknowledged(7)).toBe(false)
  expect(sent[1]).toEqual({ ...sent[0], seq: 8 })
  expect(reporter.acknowledged(8)).toBe(true)
})

it('lets quick steps share reports: what is not urgent keeps its distance, what the Run has to decide on does not', () => {
  vi.useFakeTimers()
  try {
    const { reporter, sent, add } = setup()
    add('first')
    reporter.schedule(1)
    vi.advanceTimersByTime(1)
    expect(sent).toHaveLength(1)
    add('finished')
    reporter.schedule(20)
    add('started')
    reporter.schedule(1)
    reporter.acknowledged(1)
    reporter.goOn()
    vi.advanceTimersByTime(8)
    expect(sent).toHaveLength(1)
    vi.advanceTimersByTime(2)
    expect(sent.map(report => report.events.length)).toEqual([1, 2])
    add('plan ended')
    reporter.schedule(0)
    expect(sent).toHaveLength(2)
    reporter.acknowledged(2)
    reporter.goOn()
    expect(sent).toHaveLength(3)
  } finally {
    vi.useRealTimers()
  }
})
