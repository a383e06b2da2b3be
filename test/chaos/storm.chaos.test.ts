// Storms: much at once on the real product, while its processes are killed and stopped at moments that a seed fixes.
import { describe, test } from 'vitest'
import { backfill, retries } from './acts/again.ts'
import { cleanup } from './acts/cleanup.ts'
import { decisions } from './acts/decisions.ts'
import { deliveries } from './acts/deliveries.ts'
import { family } from './acts/family.ts'
import { posts } from './acts/posts.ts'
import { queue } from './acts/queue.ts'
import { replaced } from './acts/replaced.ts'
import { type Blow, storm } from './storm.ts'

const STORMS: [string, readonly Blow[]][] = [
  ['the control plane is killed again and again', ['control plane', 'control plane', 'control plane']],
  ['all is killed at once, twice', ['all', 'all']],
  ['processes stand still for seconds', ['agent stands', 'control plane stands']],
]
const NIGHTLY: typeof STORMS = [
  ['the agent is killed again and again', ['agent', 'agent', 'agent', 'agent']],
  ['one after the other dies', ['control plane', 'host', 'agent stands', 'all']],
]
const isNightly = process.env.EDGEDAG_NIGHTLY !== undefined
const SEEDS = Number(process.env.EDGEDAG_STORMS ?? (isNightly ? 20 : 1))
const FIRST = Number(process.env.EDGEDAG_STORM_SEED ?? 1)
const acts = () => [
  family,
  deliveries(),
  queue(30),
  decisions(6),
  retries(3),
  backfill,
  cleanup(20),
  replaced(5),
  posts(12),
]

describe.each(isNightly ? [...STORMS, ...NIGHTLY] : STORMS)('%s', (_, blows) => {
  test.each(Array.from({ length: SEEDS }, (_, i) => FIRST + i))(
    'nothing that was accepted is lost, stuck, or done twice (seed %i)',
    seed => storm({ seed, acts: acts(), blows, everyMs: 3_000 }),
    300_000,
  )
})
