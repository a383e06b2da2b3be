import { FromAgent } from '@edgedag/core/protocol/frames'
import { describe, expect, it } from 'vitest'
import { systematicWorld } from './schedule/systematic.ts'
import { planWorld } from './schedule/world-plan.ts'
import { clone } from './sim/clone.ts'
import { SimLoop } from './sim/loop.ts'
import { Random } from './sim/random.ts'
import { playWorld } from './world.ts'

describe('a world', () => {
  // Two worlds of a second or two of CPU: on a machine that does other work they take as long as they take.
  it('has one history for a seed', { timeout: 60_000 }, async () => {
    const play = async () => {
      const lines: string[] = []
      const { violations } = await playWorld(planWorld(11, 3, { runs: 6 }), { trace: line => lines.push(line) })
      return { lines, violations }
    }
    const first = await play()
    expect(first.violations).toEqual([])
    expect(first.lines.length).toBeGreaterThan(500)
    expect((await play()).lines).toEqual(first.lines)
  })

  it('speaks the protocol', async () => {
    const frames: string[] = []
    await playWorld(planWorld(12, 0), {
      trace: line => {
        const frame = / => (\{.*\})$/.exec(line)?.[1]
        if (frame !== undefined) frames.push(frame)
      },
    })
    expect(frames.length).toBeGreaterThan(50)
    expect(frames.filter(text => !FromAgent.safeParse(JSON.parse(text)).success)).toEqual([])
  })

  it('brings its runs to their end while nothing goes wrong, at a bounded cost of rows', async () => {
    const played = await playWorld(planWorld(13, 0, { faults: 0 }))
    expect(played.violations).toEqual([])
    // A Dag's, a Run's and an Index's rows of each run, and two per attempt of a step: its start, and its end with the next start.
    expect(played.rows).toBeLessThan(20 * played.runs + 3 * played.attempts)
  })

  it.each([7, 48, 89, 130])('survives a crash at points of its schedule, from %i on', async first => {
    const { points } = await playWorld(systematicWorld(-1))
    expect(points).toBeGreaterThan(300)
    for (let point = first; point < points; point += 164) {
      expect((await playWorld(systematicWorld(point), { crashAt: point })).violations).toEqual([])
    }
  })
})

describe('the virtual clock', () => {
  it('runs events by time, then by age, and promise reactions between them', async () => {
    const loop = new SimLoop()
    const order: string[] = []
    loop.after(5, () => order.push('late'))
    loop.after(1, () => void Promise.resolve().then(() => order.push('reaction')))
    loop.after(1, () => order.push('same time'))
    loop.cancel(loop.after(2, () => order.push('cancelled')))
    expect(await loop.run(() => false, Number.POSITIVE_INFINITY)).toBe('idle')
    expect(order).toEqual(['reaction', 'same time', 'late'])
  })

  it('ends at its limit or when it is done', async () => {
    const loop = new SimLoop()
    const begin = loop.now
    loop.after(100, () => {})
    expect(await loop.run(() => false, begin + 50)).toBe('limit')
    expect(await loop.run(() => true, begin + 500)).toBe('done')
  })
})

it('copies what is sent, so that nobody shares an object', () => {
  const sent = { list: [{ a: 1 }], bytes: new Uint8Array([1, 2]), none: undefined }
  const copy = clone(sent)
  expect(copy).toEqual(sent)
  expect(copy.list[0]).not.toBe(sent.list[0])
  expect(() => clone({ call: () => 1 })).toThrow()
})

it('draws the same numbers from the same seed, and others from a fork', () => {
  const draw = (random: Random) => Array.from({ length: 5 }, () => random.int(1000))
  expect(draw(new Random('x'))).toEqual(draw(new Random('x')))
  expect(draw(new Random('x').fork('a'))).not.toEqual(draw(new Random('x').fork('b')))
})
