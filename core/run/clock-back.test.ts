import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAheadOf } from './clock-back.ts'
import { Cluster } from './testing/cluster.ts'
import { aDag, aStep, chain, retryPolicy } from './testing/dags.ts'
import type { Script } from './testing/ideal-agent.ts'

const HOUR = 3_600_000
const SET_BACK = { type: 'clock_set_back' } as const

/** Times of a run and its nodes, in the order in which they must stand. */
const times = ({ head, state }: Cluster): number[] => [
  head.startedAt ?? 0,
  ...[...state!.steps.values()].flatMap(({ startedAt = 0, finishedAt = 0 }) => [startedAt, finishedAt]),
]

describe('a clock that is set back by an hour', () => {
  it('takes what it had noted with it, as long as it was, and shows nothing ahead of itself', () => {
    const cluster = new Cluster(chain(['a', 'b']))
    cluster.now = 10 * HOUR
    const begin = cluster.now
    cluster.accept()
    while (cluster.state!.steps.get('a')?.status !== 'succeeded') {
      cluster.tick()
      cluster.now += 1_000
    }
    const lasted = cluster.state!.steps.get('a')!.finishedAt! - begin
    cluster.now -= HOUR
    cluster.run()
    const { startedAt } = cluster.head
    expect(cluster.state!.steps.get('a')!.finishedAt! - startedAt!).toBe(lasted)
    expect(cluster.head.status).toBe('succeeded')
    expect(Math.max(...times(cluster))).toBeLessThanOrEqual(cluster.now)
    expect(times(cluster)).toEqual([...times(cluster)].sort((a, b) => a - b))
  })

  it('leaves what was noted before it went wrong, and puts nothing before that', () => {
    const cluster = new Cluster(chain(['a', 'b', 'c'])).accept()
    const begin = cluster.now
    while (cluster.state!.steps.get('a')?.status !== 'succeeded') cluster.tick()
    cluster.now = begin + HOUR
    while (cluster.state!.steps.get('b')?.status !== 'succeeded') cluster.tick()
    cluster.now = begin + 1_000
    cluster.run()
    expect(cluster.head.startedAt).toBe(begin)
    expect(Math.max(...times(cluster))).toBeLessThanOrEqual(begin + 1_000)
    expect(times(cluster)).toEqual([...times(cluster)].sort((a, b) => a - b))
  })

  it('makes a retry wait for its interval, not for the hour', () => {
    const script: Script = (_, attempt) => ({ exitCode: attempt === 1 ? 1 : 0 })
    const dag = aDag([aStep('a', { retryPolicy: retryPolicy({ intervalSec: 30 }) })])
    const cluster = new Cluster(dag, { script })
    cluster.now = 10 * HOUR
    cluster.accept()
    while (cluster.state!.timers.size === 0) cluster.tick()
    const back = cluster.now - HOUR
    cluster.now = back
    expect(isAheadOf(cluster.state!, dag, back)).toBe(true)
    cluster.event(SET_BACK)
    expect(isAheadOf(cluster.state!, dag, back)).toBe(false)
    expect([...cluster.state!.timers.values()].map(timer => timer.due - back)).toEqual([30_000])
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.now - back).toBeLessThanOrEqual(31_000)
  })

  it('changes nothing of a run that is over', () => {
    const cluster = new Cluster(chain(['a'])).accept().run()
    const before = times(cluster)
    cluster.now -= HOUR
    cluster.event(SET_BACK)
    expect(times(cluster)).toEqual(before)
  })
})

it('whenever and however far the clock jumps, times keep their order and none lies ahead of the clock', () => {
  const jump = fc.tuple(fc.nat(12), fc.integer({ min: -2 * HOUR, max: 2 * HOUR }))
  fc.assert(
    fc.property(fc.array(jump, { maxLength: 5 }), jumps => {
      const cluster = new Cluster(chain(['a', 'b', 'c', 'd']))
      cluster.now = 10 * 24 * HOUR
      cluster.accept()
      for (let i = 0; i < 60; i++) {
        for (const [at, ms] of jumps) if (at === i) cluster.now += ms
        cluster.tick()
        cluster.now += 700
        if (cluster.head.phase === 'ended') break
        if (!isAheadOf(cluster.state!, cluster.dag, cluster.now)) continue
        cluster.event(SET_BACK)
        expect(Math.max(...times(cluster))).toBeLessThanOrEqual(cluster.now)
      }
      expect(cluster.head.status).toBe('succeeded')
      expect(times(cluster)).toEqual([...times(cluster)].sort((a, b) => a - b))
    }),
    { numRuns: 100 },
  )
})
