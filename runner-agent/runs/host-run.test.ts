import type { AgentEvent } from '@edgedag/core/protocol/frames'
import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../journal/records.ts'
import { applyRecord, encodeRun, isIdle, newHostRun, pendingUploads, snapshotRecord } from './host-run.ts'
import type { HostRun } from './host-run-state.ts'
import { foldRecords } from './run-manager.ts'

const run = 'r1'
const plan = { plan: 'p1', fence: 1, items: [{ kind: 'step' as const, step: 'a', attempt: 1 }] }
const inPlan = { plan: 'p1', fence: 1, at: 5 }
const ofStep = { ...inPlan, step: 'a', attempt: 1 }
const event = (event: AgentEvent): JournalRecord => ({ k: 'event', run, event })

const finished = event({
  type: 'finished',
  ...ofStep,
  outcome: 'succeeded',
  exitCode: 0,
  outputs: { A: '1' },
  stdout: { bytes: 100_000, lines: 9 },
})
const journal: JournalRecord[] = [
  { k: 'run', run, attempt: 1, seq: 0 },
  { k: 'plan', run, plan },
  { k: 'start', run, plan: 'p1', step: 'a', attempt: 1, at: 4 },
  event({ type: 'started', ...ofStep, pid: 7 }),
  { k: 'sent', run, seq: 1, count: 1 },
  finished,
  event({ type: 'plan_ended', ...inPlan, reason: 'completed' }),
  { k: 'ack', run, seq: 1 },
  { k: 'sent', run, seq: 2, count: 2 },
  event({
    type: 'segment',
    at: 6,
    step: 'a',
    attempt: 1,
    stream: 'stdout',
    seq: 1,
    offset: 0,
    bytes: 100_000,
    lines: 9,
    sha256: 'x',
  }),
  { k: 'ack', run, seq: 2 },
  { k: 'sent', run, seq: 3, count: 1 },
  { k: 'ack', run, seq: 3 },
]

const fold = (records: readonly JournalRecord[]): HostRun => {
  const state = newHostRun(run)
  for (const record of records) applyRecord(state, record)
  return state
}

describe('the state of a run on its host', () => {
  it('keeps what is in flight apart from what waits, and drops only what was acknowledged', () => {
    const sent = fold(journal.slice(0, 7))
    expect(sent).toMatchObject({ seq: 1, inFlight: 1, unackedResults: 1 })
    expect(sent.waiting.map(({ event }) => event.type)).toEqual(['started', 'finished', 'plan_ended'])
    const acked = fold(journal.slice(0, 8))
    expect(acked).toMatchObject({ seq: 1, inFlight: 0 })
    expect(acked.waiting.map(({ event }) => event.type)).toEqual(['finished', 'plan_ended'])
  })

  it('knows what runs from the intent to the result', () => {
    expect(fold(journal.slice(0, 3)).plans.get('p1')?.running).toEqual({ step: 'a', attempt: 1, at: 4, told: false })
    expect(fold(journal.slice(0, 4)).plans.get('p1')?.running?.told).toBe(true)
    expect(fold(journal.slice(0, 6)).plans.get('p1')).toMatchObject({ done: 1, ended: false })
  })

  it('takes a plan that is over and acknowledged as past, so that it is not taken again', () => {
    const state = fold(journal.slice(0, 11))
    expect([...state.plans]).toEqual([])
    expect(state.past.has('p1')).toBe(true)
  })

  it('is idle only when everything is acknowledged and every log is in R2', () => {
    expect(journal.map((_, count) => isIdle(fold(journal.slice(0, count + 1))))).toEqual([
      ...[true, false, false, false, false, false, false, false, false, false, false, false, true],
    ])
    expect(pendingUploads(fold(journal.slice(0, 9)))).toHaveLength(1)
    expect(pendingUploads(fold(journal))).toEqual([])
  })

  it('is the same after a compaction at any point', () => {
    for (let cut = 1; cut < journal.length; cut++) {
      const compacted = fold([snapshotRecord(fold(journal.slice(0, cut))), ...journal.slice(cut)])
      const line = JSON.parse(JSON.stringify(snapshotRecord(fold(journal.slice(0, cut))))) as JournalRecord
      expect(encodeRun(compacted)).toEqual(encodeRun(fold(journal)))
      expect(encodeRun(fold([line, ...journal.slice(cut)]))).toEqual(encodeRun(fold(journal)))
    }
  })

  it('ignores an acknowledgement of another report', () => {
    const state = fold([...journal.slice(0, 5), { k: 'ack', run, seq: 9 }])
    expect(state).toMatchObject({ seq: 1, inFlight: 1 })
  })

  it('drops a stale plan with what it has not sent yet, and keeps what is in flight', () => {
    const state = fold([...journal.slice(0, 7), { k: 'drop', run, plan: 'p1' }])
    expect(state.waiting.map(({ event }) => event.type)).toEqual(['started'])
    expect(state).toMatchObject({ inFlight: 1, unackedResults: 0 })
  })

  it('is not there any more when nothing of it was left to do', () => {
    expect(foldRecords([...journal, { k: 'gone', run }]).size).toBe(0)
    expect(foldRecords([{ k: 'gone', run }, ...journal]).size).toBe(1)
  })
})
