import { describe, expect, it } from 'vitest'
import { admissible, positionOf, type Waiting } from './admission.ts'

const waiting: Waiting[] = [
  { runId: 'a', priority: 'low', order: 1 },
  { runId: 'b', priority: 'high', order: 4 },
  { runId: 'c', priority: 'low', order: 2 },
  { runId: 'd', priority: 'high', order: 3 },
]

describe('admission', () => {
  it.each([
    { running: 0, max: 1, admitted: ['d'] },
    { running: 0, max: 3, admitted: ['d', 'b', 'a'] },
    { running: 2, max: 3, admitted: ['d'] },
    { running: 3, max: 3, admitted: [] },
    { running: 5, max: 3, admitted: [] },
    { running: 0, max: 9, admitted: ['d', 'b', 'a', 'c'] },
  ])('lets $admitted in with $running of $max running', ({ running, max, admitted }) => {
    expect(admissible(waiting, running, max).map(item => item.runId)).toEqual(admitted)
  })

  it('counts places in the order of admission', () => {
    expect(['d', 'b', 'a', 'c', 'x'].map(runId => positionOf(waiting, runId))).toEqual([1, 2, 3, 4, 0])
  })
})
