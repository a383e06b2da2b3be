// Runs that fail twice and are run again by themselves after a countdown, over whatever dies meanwhile; and a backfill.
import { expect } from 'vitest'
import { getRun } from '../../fixtures/runs.ts'
import { until } from '../../fixtures/wait.ts'
import { type Act, CALM_MS, expectOnce, hasLost, insist, mark, marksOf } from './act.ts'

/** Attempts in all; the last one succeeds. */
const ATTEMPTS = 3

const STUBBORN = `retry_policy: { limit: ${ATTEMPTS - 1}, interval_sec: 2, backoff: 0 }
steps:
  - name: work
    command: |
      ${mark('stubborn')}
      test $(grep -c "^$DAG_RUN_ID " DIR/stubborn.marks) -ge ${ATTEMPTS}
`

export function retries(count: number): Act {
  const runIds = Array.from({ length: count }, (_, i) => `stubborn-${i}`)
  return {
    dags: { stubborn: STUBBORN },
    async play(stage) {
      for (const dagRunId of runIds) await insist(() => stage.client().post('/dags/stubborn/start', { dagRunId }))
    },
    async judge(stage) {
      for (const runId of runIds) {
        const run = await until(
          `the last attempt of ${runId}`,
          async () => {
            const now = await getRun(stage.client(), 'stubborn', runId)
            const isLast = now.statusLabel === 'failed' && (now as { attempt?: number }).attempt === ATTEMPTS
            return (now.statusLabel === 'succeeded' || isLast) && now
          },
          CALM_MS,
        )
        const times = marksOf(stage, 'stubborn').filter(m => m.runId === runId).length
        expect(times).toBeLessThanOrEqual(ATTEMPTS)
        if (!hasLost(run) && times === ATTEMPTS) expect([runId, run.statusLabel]).toEqual([runId, 'succeeded'])
        if (run.statusLabel === 'succeeded') expect([runId, times]).toEqual([runId, ATTEMPTS])
      }
    },
  }
}

const HOURS = 12

export const backfill: Act = {
  dags: { hourly: `schedule: "0 * * * *"\nsteps:\n  - name: work\n    command: ${mark('hourly')}\n` },
  play: ({ client }) =>
    insist(() =>
      client().post('/dags/hourly/backfills', {
        from: '2026-01-05T00:00:00Z',
        to: `2026-01-05T${HOURS - 1}:00:00Z`,
        concurrency: 2,
      }),
    ),
  async judge(stage) {
    interface Line {
      dagRunId: string
      statusLabel: string
      scheduleTime?: string
    }
    const lines = await until(
      'the end of the backfill',
      async () => {
        const { backfills } = await stage
          .client()
          .get<{ backfills: { finishedAt?: string }[] }>('/dags/hourly/backfills')
        if (backfills.length !== 1 || backfills.some(b => b.finishedAt === undefined)) return false
        const { dagRuns } = await stage.client().get<{ dagRuns: Line[] }>('/dag-runs/hourly?limit=500')
        const done = dagRuns.filter(line => line.scheduleTime?.startsWith('2026-01-05'))
        return done.length >= HOURS && done.every(l => ['succeeded', 'failed'].includes(l.statusLabel)) && done
      },
      CALM_MS,
      200,
    )
    expect(new Set(lines.map(line => line.scheduleTime)).size).toBe(HOURS)
    expect(lines.length).toBe(HOURS)
    for (const { dagRunId } of lines) expectOnce(stage, 'hourly', await getRun(stage.client(), 'hourly', dagRunId))
  },
}
