// The Queue's class against a Dag that says what it likes, by a clock that the test turns: what becomes of slots whose release was lost,
// and where those wait who go on.
import type { ObjectHost } from '@edgedag/worker/host/port'
import type { Kinds, QueueItem } from '@edgedag/worker/objects/contracts'
import { QueueObject } from '@edgedag/worker/objects/queue/queue'
import { expect, it } from 'vitest'
import { SimSql } from './sim/sql.ts'

const MINUTE = 60_000

/** A Queue of concurrency 1; what it tells its Dag is noted, and answered by `dag`. */
async function queueOf(dag: (runId: string, hold: number) => void = () => {}) {
  const sql = new SimSql()
  const world = { now: 1_000_000, alarm: null as number | null, told: [] as string[] }
  const open: Promise<unknown>[] = []
  const host = {
    name: 'q',
    sql: { exec: (query: string, ...values: never[]) => sql.exec(query, values, () => {}) },
    alarm: {
      get: async () => world.alarm,
      set: (at: number) => {
        world.alarm = at
      },
    },
    now: () => world.now,
    background: (task: Promise<unknown>) => void open.push(task),
    object: () => ({
      admitted: async (runId: string, { hold }: { hold: number }) => {
        world.told.push(runId)
        dag(runId, hold)
      },
    }),
  } as unknown as ObjectHost<Kinds>
  const queue = new QueueObject(host)
  await queue.init()
  const settle = async () => {
    while (open.length > 0) await open.pop()
  }
  /** Lets time pass, with the alarms that are due on the way; answers how many there were. */
  const pass = async (ms: number): Promise<number> => {
    const end = world.now + ms
    let fired = 0
    for (; world.alarm !== null && world.alarm <= end; fired += 1) {
      world.now = Math.max(world.now, world.alarm)
      world.alarm = null
      await queue.alarm()
      await settle()
    }
    world.now = end
    return fired
  }
  const enqueue = async (runId: string, more: Partial<QueueItem & { first: true }> = {}) => {
    const answer = queue.enqueue({ runId, dagId: 'd', priority: 'low', enqueuedAt: world.now, ...more })
    await settle()
    return answer
  }
  /** Written so far. */
  const rows = () => {
    sql.commit()
    return sql.rows
  }
  /** A new instance on the same rows. */
  const again = async () => {
    const next = new QueueObject(host)
    await next.init()
    return { queue: next, settle }
  }
  const waiting = () => queue.items({ from: 0, limit: 9 }).map(item => item.runId)
  return { queue, world, pass, enqueue, waiting, settle, again, rows }
}

it('asks after a slot again each minute while it is held, and frees one whose Dag gives it back', async () => {
  let lost = true
  const { queue, world, pass, enqueue } = await queueOf((runId, hold) => {
    if (runId === 'gone' && !lost) queue.release(runId, hold)
  })
  await enqueue('gone')
  await enqueue('next')
  expect(queue.describe().running).toMatchObject([{ runId: 'gone' }])
  await pass(3 * MINUTE + 10_000)
  expect(world.told).toEqual(['gone', 'gone', 'gone', 'gone'])
  lost = false
  await pass(MINUTE)
  expect(queue.describe()).toMatchObject({ running: [{ runId: 'next' }], queuedCount: 0 })
})

it('sleeps once nobody holds a slot', async () => {
  const { queue, pass, enqueue } = await queueOf()
  await enqueue('a')
  // Its arrival has number 1, its hold the next.
  queue.release('a', 2)
  expect(queue.describe().running).toHaveLength(0)
  await pass(MINUTE)
  expect(await pass(60 * MINUTE)).toBe(0)
})

it('puts those who go on before those who wait, also before later ones where nobody waits yet, and moves nobody who asks again', async () => {
  const { queue, pass, enqueue, waiting } = await queueOf()
  queue.setPaused(true)
  await enqueue('goes-on', { first: true, priority: 'high' })
  await pass(10)
  await enqueue('new')
  await enqueue('new-and-high', { priority: 'high' })
  expect(waiting()).toEqual(['goes-on', 'new-and-high', 'new'])
  await enqueue('goes-on-too', { first: true, priority: 'high' })
  expect(queue.move('goes-on-too', { to: 'last' })).toBe('ok')
  await enqueue('goes-on-too', { first: true, priority: 'high' })
  expect(waiting()).toEqual(['goes-on', 'new-and-high', 'new', 'goes-on-too'])
})

it('keeps the size of a queue that is configured no longer until it is empty, also over a restart', async () => {
  const holds = new Map<string, number>()
  const { queue, enqueue, again } = await queueOf((runId, hold) => void holds.set(runId, hold))
  queue.configure(2)
  await enqueue('a')
  await enqueue('b')
  await enqueue('c')
  queue.configure(null)
  expect(queue.describe()).toMatchObject({ maxConcurrency: 2, leaving: true })
  const later = await again()
  expect(later.queue.describe()).toMatchObject({ maxConcurrency: 2, leaving: true, queuedCount: 1 })
  for (const runId of ['a', 'b', 'c']) {
    later.queue.release(runId, holds.get(runId)!)
    await later.settle()
  }
  expect(later.queue.describe()).toMatchObject({ maxConcurrency: 1 })
  expect(later.queue.describe().leaving).toBeUndefined()
  // Configured anew before it was empty it stays.
  later.queue.configure(3)
  later.queue.enqueue({ runId: 'd', dagId: 'd', priority: 'low', enqueuedAt: 0 })
  later.queue.configure(null)
  later.queue.configure(3)
  expect(later.queue.describe().leaving).toBeUndefined()
})

it('writes exactly one row for a move, and for a priority, however many wait', async () => {
  const { queue, enqueue, rows } = await queueOf()
  queue.setPaused(true)
  for (let i = 0; i < 2_000; i++) await enqueue(`r${i}`)
  const written = (work: () => unknown): number => {
    const before = rows()
    expect(work()).toBe('ok')
    return rows() - before
  }
  expect(written(() => queue.move('r1500', { to: 'first' }))).toBe(1)
  expect(written(() => queue.move('r1501', { before: 'r3' }))).toBe(1)
  expect(written(() => queue.move('r7', { to: 'last' }))).toBe(1)
  expect(written(() => queue.setPriority('r900', 'high'))).toBe(1)
  expect(queue.items({ from: 0, limit: 2 }).map(item => item.runId)).toEqual(['r900', 'r1500'])
  expect(queue.place('r7')).toMatchObject({ position: 2_000 })
})
