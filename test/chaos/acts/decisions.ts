// People decide in the storm. What was answered holds; what was not can be asked again, and is then either taken or told who was first.
import { expect } from 'vitest'
import { getRun } from '../../fixtures/runs.ts'
import { until } from '../../fixtures/wait.ts'
import { type Act, CALM_MS, ended, hasLost, insist, linger, mark, marksOf } from './act.ts'

const RELEASE = `steps:
  - name: build
    command: ${mark('build')}
  - name: review
    command: echo look
    approval: { prompt: "Ship it?", rewind_to: build }
  - name: ship
    command: ${mark('ship')}
`
const CHOICES = ['approve', 'reject', 'push-back'] as const

export function decisions(count: number): Act {
  const runIds = Array.from({ length: count }, (_, i) => `release-${i}`)
  const choiceOf = (i: number) => CHOICES[i % CHOICES.length]!
  return {
    dags: { release: RELEASE },
    async prepare(stage) {
      for (const dagRunId of runIds) await insist(() => stage.client().post('/dags/release/start', { dagRunId }))
      for (const runId of runIds) {
        await until(
          `the wait of ${runId}`,
          async () => (await getRun(stage.client(), 'release', runId)).statusLabel === 'waiting',
          CALM_MS,
        )
      }
    },
    async play(stage) {
      for (const [i, runId] of runIds.entries()) {
        await linger(stage, 1_000)
        const path = `/dag-runs/release/${runId}/steps/review`
        // The push-back that is known is named: one that is asked for again is not a second one.
        const body = { approvalIteration: 0 }
        await insist(() => stage.client().post(`${path}/${choiceOf(i)}`, body), [400, 409])
      }
    },
    async judge(stage) {
      for (const [i, runId] of runIds.entries()) {
        const choice = choiceOf(i)
        if (choice === 'push-back') {
          await until(
            `the second wait of ${runId}`,
            async () => {
              const run = await getRun(stage.client(), 'release', runId)
              return run.statusLabel === 'failed' || (run.statusLabel === 'waiting' && run)
            },
            CALM_MS,
          )
          await insist(
            () => stage.client().post(`/dag-runs/release/${runId}/steps/review/approve`, { approvalIteration: 1 }),
            [400, 409],
          )
        }
        const run = await ended(stage, 'release', runId)
        const times = (file: string) => marksOf(stage, file).filter(m => m.runId === runId).length
        const seen = [runId, run.statusLabel, times('build'), times('ship')]
        if (hasLost(run))
          expect([run.statusLabel, times('build') <= 2, times('ship') <= 1]).toEqual(['failed', true, true])
        else if (choice === 'approve') expect(seen).toEqual([runId, 'succeeded', 1, 1])
        else if (choice === 'reject') expect(seen).toEqual([runId, 'rejected', 1, 0])
        else expect(seen).toEqual([runId, 'succeeded', 2, 1])
      }
    },
  }
}
