import { expect, test } from 'vitest'
import { listItemOf, summaryOf } from '../api/testing/answers.ts'
import type { DagListItem } from '../api/types.ts'
import { failedDags, nextStarts, unloadableDags } from './home.ts'

const dag = (name: string, statusLabel: string, more: Partial<DagListItem> & { end?: string } = {}): DagListItem => {
  const dagRunId = statusLabel === '' ? '' : 'r1'
  const times = { startedAt: '2026-11-21T10:00:00Z', finishedAt: more.end ?? '' }
  return listItemOf(name, summaryOf(name, statusLabel, { dagRunId, ...times }), more)
}
const names = (items: DagListItem[]) => items.map(item => item.fileName)

test('a DAG needs somebody while its newest run is the one that failed, the newest failure first', () => {
  const dags = [
    dag('old', 'failed', { end: '2026-11-20T10:00:00Z' }),
    dag('fine', 'succeeded'),
    dag('new', 'lost', { end: '2026-11-21T11:00:00Z' }),
    dag('refused', 'rejected', { end: '2026-11-21T10:30:00Z' }),
    dag('stopped', 'aborted'),
    dag('never', ''),
  ]
  expect(names(failedDags(dags))).toEqual(['new', 'refused', 'old'])
})

test('what does not load is told apart from what failed', () => {
  expect(names(unloadableDags([dag('a', '', { errors: ['line 3: no'] }), dag('b', 'failed', { errors: [] })]))).toEqual(
    ['a'],
  )
})

test('the next starts are those of schedules that are on, the soonest first', () => {
  const dags = [
    dag('late', '', { nextRun: '2026-11-23T00:00:00Z' }),
    dag('off', '', { nextRun: '2026-11-21T00:00:00Z', suspended: true }),
    dag('soon', '', { nextRun: '2026-11-22T01:00:00+02:00' }),
    dag('none', '', { nextRun: '' }),
    dag('last', '', { nextRun: '2026-11-24T00:00:00Z' }),
  ]
  expect(names(nextStarts(dags, 2))).toEqual(['soon', 'late'])
})
