// The Runner's class against Runs that say what they like, by a clock that the test turns: which runs its agent carries.
import type { ObjectHost, Socket } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { RunnerObject } from '@edgedag/worker/objects/runner/runner'
import { expect, it } from 'vitest'
import { SimSql } from './sim/sql.ts'

type Poke = 'unknown' | 'active' | 'finished'
const hello = {
  type: 'hello',
  protocol: 1,
  version: 'test',
  bootId: 'b1',
  host: { hostname: 'h', os: 'linux', arch: 'x64' },
  labels: {},
  capacity: 9,
  now: 0,
  runs: [],
}

/** A Runner whose agent has said hello; `poke` answers for its runs. */
async function runnerOf(poke: (runId: string) => Poke) {
  const sql = new SimSql()
  const world = {
    now: 1_000_000,
    alarm: null as number | null,
    attachment: null as unknown,
    asked: [] as string[],
    sent: [] as string[],
    closed: [] as number[],
    fleetFails: false,
    /** Until when runs are being created. */
    turns: Promise.resolve(),
  }
  const socket = {
    id: 's1',
    getAttachment: () => structuredClone(world.attachment),
    setAttachment: (value: unknown) => {
      world.attachment = structuredClone(value)
    },
    // It answers pings all the time.
    lastPingAt: () => world.now,
    send: (text: string) => world.sent.push(text),
    close: (code: number) => world.closed.push(code),
  } as unknown as Socket
  const run = {
    poke: async (runId: string) => {
      world.asked.push(runId)
      return poke(runId)
    },
    report: async (_: string, { runId, seq }: { runId: string; seq: number }) => ({ type: 'run', runId, ack: seq }),
  }
  const fleet = {
    runnerUp: async () => {
      if (world.fleetFails) throw new Error('the call was lost')
    },
    runnerDown: async () => {},
  }
  const host = {
    name: 'h1',
    sql: { exec: (query: string, ...values: never[]) => sql.exec(query, values, () => {}) },
    alarm: {
      get: async () => world.alarm,
      set: (at: number) => {
        world.alarm = at
      },
    },
    sockets: { all: () => (world.attachment === null ? [] : [socket]) },
    settings: { runPool: 1, version: 'test' },
    now: () => world.now,
    background: () => {},
    pause: async () => {},
    afterTurns: () => world.turns,
    object: (kind: string) => (kind === 'run' ? run : fleet),
  } as unknown as ObjectHost<Kinds>
  const begin = async () => {
    const runner = new RunnerObject(host)
    await runner.init()
    return runner
  }
  let runner = await begin()
  await runner.message(socket, JSON.stringify(hello))
  return {
    world,
    give: (runId: string, rev: number, madeAt = world.now) =>
      runner.send({ type: 'run', runId, rev, plans: [{ plan: `p${rev}`, fence: rev, items: [] }] }, madeAt),
    end: (runId: string, rev: number) => runner.send({ type: 'run', runId, rev, end: 'finished' }, world.now),
    /** The agent comes as a new process. */
    hello: () => runner.message(socket, JSON.stringify(hello)),
    plansSent: () => world.sent.filter(text => text.includes('"plans"')).length,
    report: (runId: string) => runner.message(socket, JSON.stringify({ type: 'report', runId, seq: 1, events: [] })),
    carries: (runId: string) => runner.watch(runId) === 'carried',
    evict: async () => {
      runner = await begin()
    },
    /** Lets time pass, with the alarms that are due on the way. */
    pass: async (ms: number) => {
      const end = world.now + ms
      while (world.alarm !== null && world.alarm <= end) {
        world.now = Math.max(world.now, world.alarm)
        world.alarm = null
        await runner.alarm()
      }
      world.now = end
    },
  }
}

it('takes a run from its list that plans brought back after its end, when nothing remembers the end', async () => {
  const { give, end, report, carries, evict, pass, world } = await runnerOf(() => 'finished')
  give('r1', 1)
  await report('r1')
  end('r1', 9)
  give('r1', 8)
  expect(carries('r1')).toBe(false)
  await evict()
  give('r1', 8)
  expect(carries('r1')).toBe(true)
  await evict()
  await pass(31_000)
  expect(carries('r1')).toBe(false)
  expect(world.asked).toEqual(['r1'])
})

it('asks nothing about a run of which the agent has spoken, and once about one that is at work', async () => {
  const { give, report, carries, pass, world } = await runnerOf(() => 'active')
  give('spoken', 1)
  give('silent', 1)
  await report('spoken')
  await pass(120_000)
  expect(world.asked).toEqual(['silent'])
  expect(carries('spoken') && carries('silent')).toBe(true)
})

it('keeps a run that was given anew while it was asked', async () => {
  const known = await runnerOf(runId => {
    known.end(runId, 2)
    known.world.now += 1
    known.give(runId, 3)
    return 'finished'
  })
  known.give('r1', 1)
  await known.pass(20_000)
  expect(known.world.asked).toEqual(['r1'])
  expect(known.carries('r1')).toBe(true)
})

it('passes a report on when what is due has begun', async () => {
  const { give, report, world } = await runnerOf(() => 'active')
  give('r1', 1)
  let begun = () => {}
  world.turns = new Promise(resolve => {
    begun = resolve
  })
  const told = report('r1')
  const acks = () => world.sent.filter(text => text.includes('"ack"')).length
  await new Promise(resolve => setImmediate(resolve))
  expect(acks()).toBe(0)
  begun()
  await told
  expect(acks()).toBe(1)
})

it('asks again when a run could not answer', async () => {
  let isDown = true
  const { give, carries, pass } = await runnerOf(() => {
    if (isDown) throw new Error('down')
    return 'unknown'
  })
  give('r1', 1)
  await pass(20_000)
  expect(carries('r1')).toBe(true)
  isDown = false
  await pass(20_000)
  expect(carries('r1')).toBe(false)
})

it('gives a new agent no plans of before it connected, though neither it nor the Runner remembers the run', async () => {
  const { end, evict, give, hello, pass, plansSent, world } = await runnerOf(() => 'finished')
  const madeAt = world.now
  end('r1', 9)
  await pass(3_000)
  await evict()
  await hello()
  expect(give('r1', 8, madeAt)).toBe(false)
  expect(plansSent()).toBe(0)
  expect(give('r1', 10)).toBe(true)
  expect(plansSent()).toBe(1)
})

it('gives plans that crossed the hello, and those of a clock that was set back', async () => {
  const { give, hello, pass, plansSent, world } = await runnerOf(() => 'active')
  const madeAt = world.now
  await pass(800)
  await hello()
  give('crossed', 1, madeAt)
  world.now -= 600_000
  give('set back', 1)
  expect(plansSent()).toBe(2)
})

it('lets an agent say hello again of which the Fleet has not heard: nobody would give it work', async () => {
  const { world, hello } = await runnerOf(() => 'unknown')
  expect(world.closed).toEqual([])
  world.fleetFails = true
  await hello()
  expect(world.closed).toEqual([4003])
})
