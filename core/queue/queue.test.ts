import { describe, expect, it } from 'vitest'
import { Line } from './line.ts'
import { expectedStart, newMean, placeOf, placeText, type QueueState } from './place.ts'
import { arrivalRank, HIGH_PRIORITY_HEAD_START_MS, rankBetween } from './rank.ts'

const NOW = Date.UTC(2026, 10, 21, 12)

describe('ranks', () => {
  it('order by arrival within a priority, and let high priority pass for an hour and no longer', () => {
    const low = arrivalRank(NOW, 1, 'low')
    expect(low < arrivalRank(NOW, 2, 'low')).toBe(true)
    expect(arrivalRank(NOW + 1_000, 3, 'high') < low).toBe(true)
    expect(arrivalRank(NOW + HIGH_PRIORITY_HEAD_START_MS - 1, 4, 'high') < low).toBe(true)
    expect(arrivalRank(NOW + HIGH_PRIORITY_HEAD_START_MS + 1, 5, 'high') > low).toBe(true)
  })

  it('always have room between two others, also after thousands of moves into the same gap', () => {
    let [low, high] = [arrivalRank(NOW, 1, 'low'), arrivalRank(NOW, 2, 'low')]
    for (let i = 0; i < 2_000; i++) {
      const middle = rankBetween(low, high)
      expect(low < middle && middle < high, `${low} ${middle} ${high}`).toBe(true)
      if (i % 3 === 0) low = middle
      else high = middle
    }
    expect(high.length).toBeLessThan(1_000)
    let first = arrivalRank(NOW, 1, 'low')
    for (let i = 0; i < 1_000; i++) {
      const earlier = rankBetween(null, first)
      expect(earlier < first).toBe(true)
      first = earlier
    }
    for (let last = arrivalRank(NOW, 1, 'low'), i = 0; i < 1_000; i++) {
      const later = rankBetween(last, null)
      expect(later > last).toBe(true)
      last = later
    }
    expect(rankBetween(arrivalRank(NOW, 1, 'low'), null) < arrivalRank(NOW, 2, 'low')).toBe(true)
  })
})

describe('a line', () => {
  const lineOf = (n: number) =>
    new Line(Array.from({ length: n }, (_, i) => ({ runId: `r${i}`, rank: arrivalRank(NOW + i, i, 'low') })))
  const ids = (line: Line<{ runId: string; rank: string }>) => [...line].map(item => item.runId)

  it('moves one item anywhere by giving it another rank', () => {
    const line = lineOf(5)
    const move = (runId: string, where: Parameters<typeof line.rankFor>[1]) => {
      const rank = line.rankFor(runId, where)!
      line.remove(runId)
      line.add({ runId, rank })
    }
    move('r3', { to: 'first' })
    expect(ids(line)).toEqual(['r3', 'r0', 'r1', 'r2', 'r4'])
    move('r0', { to: 'last' })
    expect(ids(line)).toEqual(['r3', 'r1', 'r2', 'r4', 'r0'])
    move('r4', { before: 'r1' })
    expect(ids(line)).toEqual(['r3', 'r4', 'r1', 'r2', 'r0'])
    move('r4', { before: 'r1' })
    expect(ids(line)).toEqual(['r3', 'r4', 'r1', 'r2', 'r0'])
    move('r3', { to: 'first' })
    expect(line.positionOf('r3')).toBe(1)
    expect(line.rankFor('r1', { before: 'nobody' })).toBeNull()
    expect(line.rankFor('r1', { before: 'r1' })).toBeNull()
  })

  it('leaves the rank of one that is where it is to go, so that later arrivals still come after it', () => {
    for (const to of ['first', 'last'] as const) {
      const line = lineOf(1)
      const rank = line.rankFor('r0', { to })!
      expect(rank < arrivalRank(NOW + 1_000, 1, 'low')).toBe(true)
    }
  })

  it('keeps positions right over random comings, goings and moves', () => {
    const line = lineOf(0)
    const model: string[] = []
    let seed = 7
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % n
    }
    for (let i = 0; i < 3_000; i++) {
      const what = random(4)
      if (what < 2 || model.length === 0) {
        line.add({ runId: `x${i}`, rank: line.rankFor(`x${i}`, { to: 'last' })! })
        model.push(`x${i}`)
      } else if (what === 2) {
        const [gone] = model.splice(random(model.length), 1)
        line.remove(gone!)
      } else {
        const [moved] = model.splice(random(model.length), 1)
        const before = model[random(model.length + 1)]
        const rank = line.rankFor(moved!, before === undefined ? { to: 'last' } : { before })!
        line.remove(moved!)
        line.add({ runId: moved!, rank })
        model.splice(before === undefined ? model.length : model.indexOf(before), 0, moved!)
      }
    }
    expect(ids(line)).toEqual(model)
    for (const [i, runId] of model.entries()) expect(line.positionOf(runId)).toBe(i + 1)
  })
})

describe('a place', () => {
  const state: QueueState = {
    name: 'wide',
    maxConcurrency: 2,
    paused: false,
    admittedAt: [NOW - 4_000, NOW - 1_000],
    meanMs: 10_000,
  }

  it('guesses the start from how long runs take and how far the running ones are', () => {
    expect([1, 2, 3, 4, 5].map(position => expectedStart(state, position, NOW)! - NOW)).toEqual([
      6_000, 9_000, 16_000, 19_000, 26_000,
    ])
    expect(expectedStart({ ...state, admittedAt: [NOW - 60_000] }, 1, NOW)).toBe(NOW)
    expect(expectedStart({ ...state, meanMs: null }, 1, NOW)).toBeNull()
    expect(expectedStart({ ...state, paused: true }, 1, NOW)).toBeNull()
    expect(newMean(null, 500)).toBe(500)
    expect(newMean(1_000, 2_000)).toBe(1_200)
  })

  it('is said in words, with the reason why nothing moves', () => {
    expect(placeText(placeOf(state, 3, 12, NOW), NOW)).toBe(
      'position 3 of 12 in queue wide (2 of 2 running), starts in about 16 s',
    )
    expect(placeText(placeOf({ ...state, paused: true }, 1, 1, NOW), NOW)).toBe(
      'position 1 of 1 in queue wide: the queue is paused',
    )
  })
})
