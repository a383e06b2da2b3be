import { expect, it } from 'vitest'
import { LanePool } from './lane-pool.ts'
import { manualClock } from './testing.ts'

function makePool(more: { reusable?: boolean; maxIdle?: number; maxJobs?: number } = {}) {
  const clock = manualClock()
  const closed: string[] = []
  let next = 1
  const open = () => `lane${next++}`
  const pool = new LanePool({ open, close: id => void closed.push(id), clock, reusable: true, idleMs: 30_000, ...more })
  return { pool, clock, closed }
}

it('gives the lane of the same run first, else the one used last', () => {
  const { pool } = makePool()
  const [a, b] = [pool.take('run-a'), pool.take('run-b')]
  pool.give(a)
  pool.give(b)
  expect(pool.take('run-a')).toBe(a)
  pool.give(a)
  expect(pool.take('run-c')).toBe(a)
  expect(pool.take('run-c')).toBe(b)
})

it('closes a lane that nobody used for half a minute, and not one in use', () => {
  const { pool, clock, closed } = makePool()
  const [a, b] = [pool.take('x'), pool.take('x')]
  pool.give(a)
  clock.advance(29_999)
  expect(pool.take('x')).toBe(a)
  pool.give(b)
  clock.advance(30_000)
  expect([closed, pool.idleCount]).toEqual([[b.id], 0])
})

it('keeps no more idle lanes than it may, the latest ones', () => {
  const { pool, closed } = makePool({ maxIdle: 2 })
  const lanes = [pool.take('x'), pool.take('x'), pool.take('x')]
  for (const lane of lanes) pool.give(lane)
  expect(closed).toEqual([lanes[0]?.id])
})

it('closes a lane that has done its share, and each after one job where lanes cannot be reused', () => {
  const worn = makePool({ maxJobs: 2 })
  const lane = worn.pool.take('x')
  worn.pool.give(lane)
  worn.pool.give(worn.pool.take('x'))
  expect(worn.closed).toEqual([lane.id])
  const single = makePool({ reusable: false })
  single.pool.give(single.pool.take('x'))
  expect(single.closed).toHaveLength(1)
})

it('forgets a lane that died while idle', () => {
  const { pool } = makePool()
  const lane = pool.take('x')
  pool.give(lane)
  pool.forget(lane.id)
  expect(pool.take('x')).not.toBe(lane)
})
