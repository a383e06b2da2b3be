import { describe, expect, it } from 'vitest'
import { type DagFacts, dagAlerts, type RunFacts } from './alerts.ts'

const MIN = 60_000
const NOW = Date.parse('2027-01-16T12:00:00Z')

const run = (fields: Partial<RunFacts>): RunFacts => ({
  runId: 'r',
  status: 'running',
  queued: false,
  scheduled: true,
  createdAt: NOW,
  queuedAt: null,
  startedAt: null,
  finishedAt: null,
  scheduleTime: null,
  reason: null,
  ...fields,
})

/** Runs that took so many minutes each and started so late. */
const past = (minutes: number[], late = 0): RunFacts[] =>
  minutes.map((took, i) => {
    const due = NOW - (i + 1) * 24 * 60 * MIN
    const startedAt = due + late
    return run({
      status: 'succeeded',
      scheduleTime: due,
      createdAt: due,
      startedAt,
      finishedAt: startedAt + took * MIN,
    })
  })

const kinds = (facts: Partial<DagFacts>): string[] =>
  dagAlerts({
    dagName: 'd',
    fileName: 'd',
    open: [],
    finished: [],
    missed: null,
    now: NOW,
    awakeSince: 0,
    reported: [],
    ...facts,
  }).map(({ kind, severity }) => (severity === 'info' ? `${kind} (info)` : kind))

describe('alerts about a DAG', () => {
  it.each<[string, Partial<DagFacts>, string[]]>([
    ['nothing while all is well', { open: [run({ startedAt: NOW - MIN })], finished: past([5, 5, 5, 5, 5]) }, []],
    ['a due run that has not started for over 5 min', { open: [run({ createdAt: NOW - 6 * MIN })] }, ['not_started']],
    ['not before', { open: [run({ createdAt: NOW - 4 * MIN })] }, []],
    ['not one that people have started', { open: [run({ createdAt: NOW - 60 * MIN, scheduled: false })] }, []],
    [
      'not while the control plane had been off until a moment ago',
      { open: [run({ createdAt: NOW - 600 * MIN })], awakeSince: NOW - MIN },
      [],
    ],
    [
      'what was told before the control plane was off, as long as it holds',
      {
        open: [run({ createdAt: NOW - 600 * MIN }), run({ runId: 'other', createdAt: NOW - 600 * MIN })],
        awakeSince: NOW - MIN,
        reported: ['not_started/r', 'not_started/gone'],
      },
      ['not_started'],
    ],
    [
      'a run that is queued for over 15 min',
      { open: [run({ queued: true, queuedAt: NOW - 16 * MIN })] },
      ['stuck_in_queue'],
    ],
    [
      'not where queues are always that long',
      {
        open: [run({ queued: true, queuedAt: NOW - 50 * MIN })],
        finished: past([1, 1, 1, 1, 1]).map(each => ({ ...each, queuedAt: each.startedAt! - 30 * MIN })),
      },
      [],
    ],
    [
      'a run that takes longer than usual',
      { open: [run({ startedAt: NOW - 9 * MIN })], finished: past([5, 6, 5, 7, 5]) },
      ['slow'],
    ],
    [
      'not where it is only a little longer',
      { open: [run({ startedAt: NOW - 8 * MIN })], finished: past([5, 6, 5, 7, 5]) },
      [],
    ],
    [
      'not with too few runs to know',
      { open: [run({ startedAt: NOW - 900 * MIN })], finished: past([5, 6, 5, 7]) },
      [],
    ],
    [
      'one odd run in the past does not make slowness usual',
      { open: [run({ startedAt: NOW - 30 * MIN })], finished: past([...Array(29).fill(5), 600]) },
      ['slow'],
    ],
    [
      'failed runs do not make a habit',
      {
        open: [run({ startedAt: NOW - 30 * MIN })],
        finished: past(Array(9).fill(1)).map(r => ({ ...r, status: 'failed' })),
      },
      [],
    ],
    [
      'a run that started later than usual',
      {
        open: [run({ startedAt: NOW - MIN, createdAt: NOW - 9 * MIN, scheduleTime: NOW - 9 * MIN })],
        finished: past([5, 5, 5, 5, 5], 1000),
      },
      ['late'],
    ],
    [
      'not where it was caught up after the control plane had been off',
      {
        open: [run({ startedAt: NOW - MIN, createdAt: NOW - 9 * MIN, scheduleTime: NOW - 9 * MIN })],
        finished: past([5, 5, 5, 5, 5], 1000),
        awakeSince: NOW - 2 * MIN,
      },
      [],
    ],
    [
      'nor where a run was made up for hours later',
      {
        open: [run({ startedAt: NOW - MIN, createdAt: NOW - 2 * MIN, scheduleTime: NOW - 300 * MIN })],
        finished: past([5, 5, 5, 5, 5], 1000),
        awakeSince: NOW - 3 * MIN,
      },
      [],
    ],
    [
      'not a run that was in progress while the host slept',
      {
        open: [run({ startedAt: NOW - 500 * MIN, createdAt: NOW - 500 * MIN })],
        finished: past([5, 5, 5, 5, 5]),
        awakeSince: NOW - MIN,
      },
      [],
    ],
    ['a start that was missed', { missed: { at: NOW - 5 * MIN, count: 1 } }, ['missed']],
    [
      'quietly where the control plane was off',
      { missed: { at: NOW - 5 * MIN, count: 3 }, awakeSince: NOW - MIN },
      ['missed (info)'],
    ],
    ['no longer after a day', { missed: { at: NOW - 25 * 60 * MIN, count: 1 } }, []],
  ])('%s', (_, facts, expected) => {
    expect(kinds(facts)).toEqual(expected)
  })

  it('say what is wrong and why', () => {
    const [alert] = dagAlerts({
      dagName: 'backup',
      fileName: 'nightly',
      open: [run({ runId: 'r1', createdAt: NOW - 125 * MIN, reason: 'no runner is connected' })],
      finished: [],
      missed: null,
      now: NOW,
      awakeSince: 0,
      reported: [],
    })
    expect(alert).toEqual({
      key: 'not_started/r1',
      kind: 'not_started',
      severity: 'warning',
      title: 'backup was due over 2 h 5 min ago and has not started',
      detail: 'no runner is connected',
      dagName: 'backup',
      fileName: 'nightly',
      runId: 'r1',
    })
  })
})
