// Runs of one concurrency key, each of which replaces the one before: never two at once, and the last one is the one that ends well.
import { expect } from 'vitest'
import { type Act, ended, hasLost, insist, linger, marksOf } from './act.ts'

const DAG = `concurrency: { key: deploy, limit: 1, on_conflict: cancel }
max_clean_up_time_sec: 2
steps:
  - name: work
    script: |
      trap 'echo "$DAG_RUN_ID ends" >> DIR/deploy.marks; exit 1' TERM
      echo "$DAG_RUN_ID begins" >> DIR/deploy.marks
      for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done
      echo "$DAG_RUN_ID ends" >> DIR/deploy.marks
`

export function replaced(count: number): Act {
  const runIds = Array.from({ length: count }, (_, i) => `deploy-${i}`)
  return {
    dags: { deploy: DAG },
    async play(stage) {
      for (const dagRunId of runIds) {
        await insist(() => stage.client().post('/dags/deploy/start', { dagRunId }))
        await linger(stage, 1_500)
      }
    },
    async judge(stage) {
      const runs = []
      for (const runId of runIds) runs.push(await ended(stage, 'deploy', runId))
      const last = runs.at(-1)!
      if (!hasLost(last)) expect([last.dagRunId, last.statusLabel]).toEqual([last.dagRunId, 'succeeded'])
      let running: string | undefined
      for (const { runId, word } of marksOf(stage, 'deploy')) {
        if (word === 'begins') expect([runId, running]).toEqual([runId, undefined])
        running = word === 'begins' ? runId : undefined
      }
    },
  }
}
