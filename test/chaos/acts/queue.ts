// A global queue that is paused, resumed and put in another order in the storm: never more at once than it lets, all get their turn.
import { expect } from 'vitest'
import { until } from '../../fixtures/wait.ts'
import { type Act, CALM_MS, ended, expectOnce, insist, linger, mark, marksOf } from './act.ts'

const PLACES = 3

interface QueueJson {
  runningCount: number
  queuedCount: number
}

export function queue(count: number): Act {
  const runIds = Array.from({ length: count }, (_, i) => `item-${i}`)
  const STEPS = `queue: narrow
steps:
  - name: work
    script: |
      ${mark('narrow')}
      echo "$DAG_RUN_ID begins" >> DIR/places.marks
      sleep 0.2
      echo "$DAG_RUN_ID ends" >> DIR/places.marks
`
  return {
    dags: { item: STEPS },
    async prepare({ client }) {
      await client().put('/queues/narrow', { maxConcurrency: PLACES })
    },
    async play(stage) {
      const { client, random } = stage
      const enqueue = async () => {
        for (const dagRunId of runIds) await insist(() => client().post('/dags/item/enqueue', { dagRunId }))
      }
      const steer = async () => {
        while (!stage.isOver()) {
          const runId = runIds[random.int(count)]
          const other = runIds[random.int(count)]
          const [path, body] = [
            ['pause', {}],
            ['resume', {}],
            ['resume', {}],
            [`items/${runId}/move`, { to: 'first' }],
            [`items/${runId}/move`, { before: other }],
          ][random.int(5)] as [string, object]
          await client()
            .post(`/queues/narrow/${path}`, body)
            .catch(() => {})
          await linger(stage, 300)
        }
      }
      await Promise.all([enqueue(), steer()])
      await insist(() => client().post('/queues/narrow/resume', {}))
    },
    async judge(stage) {
      for (const runId of runIds) expectOnce(stage, 'narrow', await ended(stage, 'item', runId))
      let at = 0
      let most = 0
      for (const { word } of marksOf(stage, 'places')) {
        at += word === 'begins' ? 1 : -1
        most = Math.max(most, at)
      }
      expect([at, most <= PLACES]).toEqual([0, true])
      const seen = await until(
        'an empty queue',
        async () => {
          const now = await stage.client().get<QueueJson>('/queues/narrow')
          return now.runningCount + now.queuedCount === 0 && now
        },
        CALM_MS,
      )
      expect(seen).toMatchObject({ runningCount: 0, queuedCount: 0 })
    },
  }
}
