import { describe, expect, it } from 'vitest'
import { AlarmClock } from './alarm-clock.ts'
import type { ObjectHost } from './port.ts'

function clockAt(pending: number | null) {
  const sets: number[] = []
  const time = { now: 1_000_000 }
  const host = { now: () => time.now, alarm: { get: async () => pending, set: (at: number) => sets.push(at) } }
  return { clock: new AlarmClock(host as unknown as ObjectHost<unknown>), sets, time }
}

describe('AlarmClock', () => {
  it('sets an alarm only when none is earlier', async () => {
    const { clock, sets } = clockAt(null)
    await clock.load()
    for (const at of [1_005_000, 1_006_000, 1_005_000, 1_002_000]) clock.wakeBy(at)
    expect(sets).toEqual([1_005_000, 1_002_000])
  })

  it('knows the alarm that was pending before it came to life', async () => {
    const { clock, sets } = clockAt(1_003_000)
    await clock.load()
    clock.wakeBy(1_004_000)
    expect(sets).toEqual([])
  })

  it('arms again after the alarm has fired', async () => {
    const { clock, sets } = clockAt(1_003_000)
    await clock.load()
    clock.fired()
    clock.wakeBy(1_004_000)
    expect(sets).toEqual([1_004_000])
  })

  it('makes one alarm of all that is asked for while it is held, and none of nothing', async () => {
    const { clock, sets } = clockAt(1_003_000)
    await clock.load()
    clock.fired()
    clock.hold()
    for (const at of [1_009_000, 1_005_000, 1_006_000]) clock.wakeBy(at)
    expect(sets).toEqual([])
    clock.release()
    clock.release()
    expect(sets).toEqual([1_005_000])
    clock.hold()
    clock.release()
    clock.wakeBy(1_004_000)
    expect(sets).toEqual([1_005_000, 1_004_000])
  })

  it('does not wait for an alarm that should have fired long ago', async () => {
    const { clock, sets, time } = clockAt(1_003_000)
    await clock.load()
    time.now += 120_000
    clock.wakeBy(1_125_000)
    expect(sets).toEqual([1_125_000])
  })
})
