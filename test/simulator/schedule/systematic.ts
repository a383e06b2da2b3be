// A small fixed world for the systematic mode: a crash at each of its storage, send and await points, one after the other.
import type { WorldPlan } from './world-plan.ts'

const steps = [
  { name: 's1', command: 'true' },
  { name: 's2', command: 'true', depends: ['s1'], retry_policy: { limit: 1, interval_sec: 1 } },
  { name: 's3', command: 'true', depends: ['s1'], continue_on: { failure: true } },
  { name: 's4', command: 'true', depends: ['s2', 's3'] },
]

export function systematicWorld(point: number): WorldPlan {
  const calm = { failing: 0, hanging: 0, unmet: 0 }
  return {
    seed: `systematic.${point}`,
    playSeed: 'systematic',
    hosts: [{ capacity: 4, skewMs: 0, zone: 'a' }],
    runPool: 2,
    queues: [{ name: 'q1', max: 1 }],
    dags: [
      {
        fileName: 'graph',
        queue: 'q1',
        hasTimeout: false,
        hasRetries: false,
        isLeaf: true,
        spec: JSON.stringify({
          name: 'graph',
          type: 'graph',
          queue: 'q1',
          steps,
          handler_on: { exit: { command: 'true' } },
        }),
      },
      {
        fileName: 'chain',
        queue: null,
        hasTimeout: false,
        hasRetries: false,
        isLeaf: true,
        spec: JSON.stringify({
          name: 'chain',
          steps: [
            { name: 'a', command: 'true' },
            { name: 'b', command: 'true' },
          ],
        }),
      },
    ],
    runs: [
      {
        runId: 'r0',
        dag: 0,
        mode: 'enqueue',
        at: 0,
        scriptSeed: 'x0',
        value: 0,
        hasProfile: false,
        traits: { ...calm, failing: 0.4 },
      },
      {
        runId: 'r1',
        dag: 0,
        mode: 'enqueue',
        at: 5,
        scriptSeed: 'x1',
        value: 0,
        hasProfile: false,
        traits: calm,
        stopAfter: 600,
      },
      {
        runId: 'r2',
        dag: 1,
        mode: 'start',
        at: 50,
        scriptSeed: 'x2',
        value: 0,
        hasProfile: false,
        traits: calm,
        retryAfter: 100,
        retryStep: 'b',
      },
    ],
    faults: [],
    changes: [],
    acts: [],
  }
}
