// The Fleet's class after a loss of memory: what runs hold that wait for people, on a host that still carries them.
import type { ObjectHost } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { FleetObject } from '@edgedag/worker/objects/fleet/fleet'
import { expect, it } from 'vitest'
import { SimSql } from './sim/sql.ts'

const runner = {
  runnerId: 'h1',
  hostname: 'h1',
  labels: {},
  capacity: 2,
  used: 2,
  runs: ['waits-1', 'waits-2'],
  since: 5,
}
const wanted = { runId: 'new', count: 1, wait: true, held: 0, seq: 0 }

/** A Fleet without memory; `poke` answers for the runs that the host carries. */
function fleetOf(poke: (runId: string) => 'unknown' | 'active' | 'finished') {
  const sql = new SimSql()
  const asked: string[] = []
  const granted: string[] = []
  const background: Promise<unknown>[] = []
  const run = {
    poke: async (runId: string) => {
      asked.push(runId)
      return poke(runId)
    },
    roomGranted: async (runId: string) => void granted.push(runId),
  }
  const directory = { runners: async () => [] }
  const host = {
    sql: { exec: (query: string, ...values: never[]) => sql.exec(query, values, () => {}) },
    settings: { runPool: 1 },
    now: () => 1_000_000,
    background: (work: Promise<unknown>) => background.push(work),
    object: (kind: string) => (kind === 'run' ? run : kind === 'runner' ? { announce: async () => {} } : directory),
  } as unknown as ObjectHost<Kinds>
  const settle = async () => {
    while (background.length > 0) await background.shift()
  }
  return { fleet: new FleetObject(host), asked, granted, settle }
}

it('takes the word of a run that came before its runner said hello', async () => {
  const { fleet, settle } = fleetOf(() => 'active')
  fleet.release({ runId: 'waits-1', runnerId: 'h1', held: 0, seq: 7 })
  await fleet.runnerUp(runner)
  await settle()
  expect(await fleet.runners()).toMatchObject([{ used: 1 }])
})

it('asks what runs hold when somebody has to wait for their room, and gives it away', async () => {
  const { fleet, asked, granted, settle } = fleetOf(runId => {
    if (runId === 'waits-2') return 'finished'
    fleet.release({ runId, runnerId: 'h1', held: 0, seq: 7 })
    return 'active'
  })
  await fleet.runnerUp(runner)
  expect(await fleet.acquire(wanted)).toMatchObject({ reason: expect.stringContaining('busy') })
  await settle()
  expect(asked).toEqual(['waits-1', 'waits-2'])
  expect(granted).toEqual(['new'])
  expect(await fleet.runners()).toMatchObject([{ used: 1 }])
})
