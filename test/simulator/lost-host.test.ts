// When the runs of a host that is silent hear of it, by a clock that the test turns.
import { AlarmClock } from '@edgedag/worker/host/alarm-clock'
import type { ObjectHost } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { RunnerLoss } from '@edgedag/worker/objects/runner/loss'
import { migrate } from '@edgedag/worker/store/migrate'
import { RUNNER_TABLES } from '@edgedag/worker/store/tables'
import { expect, it } from 'vitest'
import { SimSql } from './sim/sql.ts'

const NOON = 1_000_000_000
const HOUR = 3_600_000

async function lossAt(since: number) {
  const sql = new SimSql()
  const world = { now: since, alarm: 0, told: [] as [at: number, since: number][] }
  const host = {
    name: 'h1',
    sql: { exec: (query: string, ...values: never[]) => sql.exec(query, values, () => {}) },
    alarm: {
      get: async () => null,
      set: (at: number) => {
        world.alarm = at
      },
    },
    settings: { runPool: 1, bootedAt: 0 },
    now: () => world.now,
    object: () => ({
      runnerLost: async (_: string, __: string, at: number) => void world.told.push([world.now - NOON, at - NOON]),
    }),
  } as unknown as ObjectHost<Kinds>
  migrate(host.sql, RUNNER_TABLES)
  const clock = new AlarmClock(host)
  await clock.load()
  const loss = new RunnerLoss(host, clock)
  loss.add(['r1'], since)
  const settle = async (at: number) => {
    world.now = at
    clock.fired()
    await loss.settle(false)
  }
  return { world, settle }
}

it('is told 30 s after the loss of contact', async () => {
  const { world, settle } = await lossAt(NOON)
  await settle(world.alarm)
  expect(world.told).toEqual([[30_000, 0]])
})

it('counts from now where the clock was set ahead meanwhile, or the control plane slept: nobody looked for the host', async () => {
  const { world, settle } = await lossAt(NOON)
  await settle(NOON + HOUR)
  expect(world.told).toEqual([])
  await settle(world.alarm)
  expect(world.told).toEqual([[HOUR + 30_000, HOUR]])
})
