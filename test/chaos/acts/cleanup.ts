// Old runs are deleted in the storm: what the answer names is gone, with all that was kept of it; what came later is there.
import { expect } from 'vitest'
import { until } from '../../fixtures/wait.ts'
import { type Act, CALM_MS, ended, insist } from './act.ts'

export function cleanup(count: number): Act {
  const old = Array.from({ length: count }, (_, i) => `old-${i}`)
  return {
    dags: { old: 'steps:\n  - name: a\n    command: seq 1 20000\n' },
    async prepare(stage) {
      await Promise.all(old.map(dagRunId => insist(() => stage.client().post('/dags/old/start', { dagRunId }))))
      for (const runId of old) await ended(stage, 'old', runId)
    },
    async play(stage) {
      await insist(() => stage.client().post('/dags/old/dag-runs/cleanup', { retentionDays: 0 }))
      await insist(() => stage.client().post('/dags/old/start', { dagRunId: 'later' }))
    },
    async judge(stage) {
      expect(['succeeded', 'failed']).toContain((await ended(stage, 'old', 'later')).statusLabel)
      const left = await until(
        'the deletion',
        async () => {
          const { dagRuns } = await stage.client().get<{ dagRuns: { dagRunId: string }[] }>('/dag-runs/old?limit=500')
          return dagRuns.length <= 1 && dagRuns
        },
        CALM_MS,
        200,
      )
      expect(left.map(({ dagRunId }) => dagRunId)).toEqual(['later'])
      for (const runId of old) {
        const answer = await stage
          .client()
          .raw('GET', `/dag-runs/old/${runId}`)
          .catch(error => error)
        expect([runId, answer.status]).toEqual([runId, 404])
      }
    },
  }
}
