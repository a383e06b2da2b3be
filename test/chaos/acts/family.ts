// A run that calls ten, each of which calls ten: a hundred that do something, none of them twice.
import { expect } from 'vitest'
import { until } from '../../fixtures/wait.ts'
import { type Act, CALM_MS, ended, insist, isOver, marksOf, type Stage } from './act.ts'

const TEN = [...'abcdefghij']
const list = TEN.join(', ')

const FAMILY = `steps:
  - { name: go, call: middle, parallel: [${list}], params: 'M=\${ITEM}' }
---
name: middle
params: 'M=""'
steps:
  - { name: down, call: leaf, parallel: [${list}], params: 'L=\${M}\${ITEM}' }
---
name: leaf
params: 'L=""'
steps:
  - name: work
    command: echo "$L leaf" >> DIR/family.marks
`

interface Called {
  dagRunId: string
  statusLabel: string
}

export const family: Act = {
  dags: { family: FAMILY },
  play: stage => insist(() => stage.client().post('/dags/family/start', { dagRunId: 'family' })),
  async judge(stage) {
    const run = await ended(stage, 'family', 'family')
    const marks = marksOf(stage, 'family').map(({ runId }) => runId)
    expect(new Set(marks).size).toBe(marks.length)
    const middles = await calledBy(stage)
    const leaves = (await Promise.all(middles.map(({ dagRunId }) => calledBy(stage, dagRunId)))).flat()
    const labels = [...middles, ...leaves].map(({ statusLabel }) => statusLabel)
    expect(labels.filter(label => !isOver({ statusLabel: label } as never))).toEqual([])
    const fine = leaves.filter(({ statusLabel }) => statusLabel === 'succeeded').length
    expect(marks.length).toBeGreaterThanOrEqual(fine)
    const isWhole = labels.every(label => label === 'succeeded')
    expect(run.statusLabel).toBe(isWhole ? 'succeeded' : 'failed')
    if (isWhole) expect([middles.length, leaves.length, marks.length]).toEqual([10, 100, 100])
  },
}

/** Runs that the run has called, or that one of them has. */
const calledBy = (stage: Stage, child?: string): Promise<Called[]> =>
  until(
    'the called runs',
    async () => {
      const below = child === undefined ? '' : `?parentSubDAGRunId=${child}`
      return (await stage.client().get<{ subRuns: Called[] }>(`/dag-runs/family/family/sub-dag-runs${below}`)).subRuns
    },
    CALM_MS,
  )
