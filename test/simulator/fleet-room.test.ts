// The Fleet's class against Runners and Runs that say what they like: who is given room when a host comes back.
import type { ObjectHost } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { FleetObject } from '@edgedag/worker/objects/fleet/fleet'
import { expect, it } from 'vitest'
import { SimSql } from './sim/sql.ts'

function fleetOf() {
  const sql = new SimSql()
  const told: string[] = []
  const objects = {
    directory: { runners: async () => [] },
    run: { roomGranted: async (runId: string) => void told.push(runId) },
    runner: { announce: async () => {} },
  }
  const host = {
    sql: { exec: (query: string, ...values: never[]) => sql.exec(query, values, () => {}) },
    settings: { runPool: 1 },
    now: () => 1_000_000,
    background: () => {},
    object: (kind: keyof typeof objects) => objects[kind],
  } as unknown as ObjectHost<Kinds>
  return { told, begin: () => new FleetObject(host) }
}

const asks = { count: 1, held: 0, seq: 7, wait: true, runnerId: 'h1' }
const up = { runnerId: 'h1', hostname: 'h', labels: {}, capacity: 1, used: 1, since: 1 }

it.each([false, true])(
  'a run that its host still carries does not wait for itself (memory of the Fleet lost: %s)',
  async isLost => {
    const { told, begin } = fleetOf()
    let fleet = begin()
    expect(await fleet.acquire({ runId: 'r1', ...asks })).toMatchObject({ reason: expect.stringContaining('offline') })
    if (isLost) fleet = begin()
    await fleet.runnerUp({ ...up, runs: ['r1'] })
    await expect.poll(() => told).toEqual(['r1'])
  },
)

it('a run waits for another one that is carried and has not said what it holds', async () => {
  const { told, begin } = fleetOf()
  const fleet = begin()
  await fleet.acquire({ runId: 'r1', ...asks })
  await fleet.runnerUp({ ...up, runs: ['r2'] })
  fleet.release({ runId: 'r2', runnerId: 'h1', held: 0, seq: 3 })
  await expect.poll(() => told).toEqual(['r1'])
})
