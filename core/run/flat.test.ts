import { describe, expect, it } from 'vitest'
import { applyChanges } from './apply.ts'
import { encodeEntry } from './checkpoint.ts'
import { MAX_SEGMENT } from './plan-segments.ts'
import type { RunState } from './state.ts'
import type { StepRecord } from './step-record.ts'
import { Cluster } from './testing/cluster.ts'
import { aDag, aStep, chain } from './testing/dags.ts'

/** A map that counts how often records are looked at. */
class CountingMap extends Map<string, StepRecord> {
  visits = 0
  override get(key: string) {
    this.visits += 1
    return super.get(key)
  }
  override values() {
    this.visits += this.size
    return super.values()
  }
}

/** Runs to the end; the most record visits and journal bytes of one transition, the first and the last one left out. */
function costs(cluster: Cluster): { visits: number; bytes: number; rows: number } {
  cluster.accept()
  const counting = new CountingMap(cluster.state!.steps)
  ;(cluster.state as RunState).steps = counting
  const seen: { visits: number; bytes: number }[] = []
  for (let rows = cluster.journal.length; ; rows = cluster.journal.length) {
    counting.visits = 0
    if (!cluster.tick()) break
    if (cluster.journal.length > rows) seen.push({ visits: counting.visits, bytes: cluster.journal.at(-1)!.length })
  }
  expect(cluster.head.status).toBe('succeeded')
  const median = (key: 'visits' | 'bytes') => seen.map(each => each[key]).sort((a, b) => a - b)[seen.length >> 1]!
  return { visits: median('visits'), bytes: median('bytes'), rows: cluster.journal.length }
}

const names = (n: number) => Array.from({ length: n }, (_, i) => `s${i}`)
const wide = (n: number) =>
  aDag([...names(n).map(name => aStep(name)), aStep('join', { depends: names(n) })], { maxActiveSteps: 10 })

describe('the cost of a transition', () => {
  it('is the same in a chain of 1,000 as in one of 40', () => {
    const [small, large] = [40, 1000].map(n => costs(new Cluster(chain(names(n)), { checked: false })))
    expect(large!.visits).toBeLessThanOrEqual(small!.visits + 2)
    expect(large!.bytes).toBeLessThanOrEqual(small!.bytes * 1.1)
  })

  it('is the same in a graph 1,000 wide as in one of 40', () => {
    const [small, large] = [40, 1000].map(n => costs(new Cluster(wide(n), { checked: false })))
    expect(large!.visits).toBeLessThanOrEqual(small!.visits + 2)
    expect(large!.bytes).toBeLessThanOrEqual(small!.bytes * 1.1)
  })

  it('is one journal row a step, and one a segment', () => {
    const { rows } = costs(new Cluster(chain(names(200)), { checked: false }))
    expect(rows).toBeLessThanOrEqual(200 + Math.ceil(200 / MAX_SEGMENT) + 1)
  })

  it('of a one-step run whose agent reports all at once is two rows', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    cluster.agent.work()
    cluster.run()
    expect(cluster.journal).toHaveLength(2)
    expect(cluster.head.status).toBe('succeeded')
  })
})

describe('journal rows', () => {
  it('do not hold the text of a log twice', () => {
    const text = 'x'.repeat(10_000)
    const finished = {
      type: 'finished' as const,
      plan: 'p1',
      fence: 1,
      at: 0,
      step: 'a',
      attempt: 1,
      outcome: 'succeeded' as const,
      exitCode: 0,
    }
    const event = { ...finished, stdout: { bytes: 10_000, lines: 1, text } }
    expect(
      encodeEntry(0, { type: 'report', runnerId: 'r', seq: 1, events: [event] }, { head: {} }).length,
    ).toBeLessThan(1000)
  })

  it('apply to nothing only with the whole head', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    const { changes } = JSON.parse(cluster.journal[0]!)
    expect(applyChanges(undefined, changes).head).toEqual(cluster.head)
  })
})
