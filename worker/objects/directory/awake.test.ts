import { describe, expect, it } from 'vitest'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds } from '../contracts.ts'
import { Awake, NOTED_MS } from './awake.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const MINUTE = 60_000

/** The Directory's marks, a clock that is set by hand, and the instances that look at them. */
function directory(bootedAt = 0) {
  const marks = new Map<string, number>()
  const clock = { now: NOON }
  const exec = (query: string, value?: number) => {
    const name = /'(awake|sweep)'/.exec(query)![1]!
    if (query.startsWith('INSERT')) marks.set(name, value!)
    return marks.has(name) ? [{ value: marks.get(name)! }] : []
  }
  const host = { sql: { exec }, settings: { bootedAt }, now: () => clock.now } as unknown as ObjectHost<Kinds>
  return { marks, clock, begin: () => new Awake(host) }
}

describe('the control plane', () => {
  it('was there all the time where it looked every minute', () => {
    const { clock, begin } = directory()
    const awake = begin()
    for (let i = 0; i < 30; i++) {
      awake.look()
      clock.now += MINUTE
    }
    expect(awake.since).toBe(0)
  })

  it.each([
    ['slept', 10 * MINUTE],
    ['was set back', -2 * MINUTE],
  ])('has a break where its clock %s', (_, ms) => {
    const { clock, begin } = directory()
    const awake = begin()
    awake.look()
    clock.now += ms
    awake.look()
    expect(awake.since).toBe(NOON + ms)
  })

  it('knows of a break also where the instance that looked is gone', () => {
    const { marks, clock, begin } = directory()
    marks.set('sweep', NOON)
    clock.now = NOON + NOTED_MS + 2 * MINUTE
    const early = begin()
    early.look()
    expect(early.since).toBe(0)
    clock.now = NOON + NOTED_MS + 4 * MINUTE
    const late = begin()
    late.look()
    expect(late.since).toBe(clock.now)
  })

  it('began by no clock that has been set back since', () => {
    const { begin } = directory(NOON + 1)
    expect(begin().since).toBe(0)
    expect(directory(NOON - 1).begin().since).toBe(NOON - 1)
  })
})
