import { describe, expect, it } from 'vitest'
import type { ObjectHost } from '../../../host/port.ts'
import type { Kinds } from '../../contracts.ts'
import { readDefinition } from '../definition.ts'
import type { DagStore } from '../store.ts'
import { DagScheduler } from './scheduler.ts'

const DUE = Date.UTC(2026, 10, 21, 12, 0)
const EARLY_MS = 7_000
const NO_BASE = { version: 0, base: '', workspaceBase: '' }
const dagOf = (schedule: string) =>
  readDefinition(`schedule: ${schedule}\nsteps: [{command: "true"}]`, 'noon', NO_BASE, {}).dag

/** A scheduler whose clock is set by hand, armed an hour before it is due. */
function scheduler(name: string, earlyWakeMs: number, schedule = '"0 12 * * *"', bootedAt = 0) {
  const dag = dagOf(schedule)
  const atWork: string[] = []
  const clock = { now: DUE - 3_600_000 }
  const marks = new Map<string, string | null>()
  const done: string[] = []
  const started: string[] = []
  const store = {
    mark: (key: string) => marks.get(key) ?? null,
    setMark: (key: string, value: string | null) => marks.set(key, value),
  }
  const background = async (work: Promise<unknown>) => void (await work)
  const host = { name, settings: { earlyWakeMs, bootedAt }, now: () => clock.now, background }
  const object = new DagScheduler(host as unknown as ObjectHost<Kinds>, store as unknown as DagStore, {
    dag: () => dag,
    zone: () => 'UTC',
    runs: () => ({ running: false, queued: false, latest: null }),
    atWork: () => [...atWork],
    prepare: (_, start) => done.push(start === null ? 'prepare' : `prepare ${start.runId} ${start.at - DUE}`),
    start: ({ scheduleTime, runId }) => {
      done.push(`start ${scheduleTime - DUE}`)
      started.push(runId)
    },
    async stop(runId) {
      done.push(`stop ${runId}`)
      return true
    },
  })
  object.reset()
  return { object, done, started, clock, atWork }
}

describe('a Dag that wakes early', () => {
  it('gets ready, starts nothing before its time, and once at its time', () => {
    const { object, done, started, clock } = scheduler('a', EARLY_MS)
    clock.now = object.next()!
    expect(clock.now).toBeLessThan(DUE)
    object.look()
    expect(done).toEqual([expect.stringMatching(/^prepare 20261121_120000_\w+ 0$/)])
    clock.now = object.next()!
    expect(clock.now).toBe(DUE)
    object.look()
    expect(done.slice(1)).toEqual(['start 0'])
    expect(done[0]).toContain(started[0])
    expect(object.next()).toBeGreaterThan(DUE + 3_600_000)
  })

  it('names no run where its due time will start none', () => {
    const { object, done, clock } = scheduler('a', EARLY_MS, '{stop: "0 12 * * *"}')
    clock.now = object.next()!
    object.look()
    expect(done).toEqual(['prepare'])
  })

  it('does so at a moment of its own, well before the time and not so early that it has left the memory again', () => {
    const leads = Array.from({ length: 200 }, (_, i) => DUE - scheduler(`dag-${i}`, EARLY_MS).object.next()!)
    expect(Math.min(...leads)).toBeGreaterThanOrEqual(0.4 * EARLY_MS)
    expect(Math.max(...leads)).toBeLessThanOrEqual(EARLY_MS)
    expect(new Set(leads.map(lead => Math.floor(lead / 500))).size).toBeGreaterThan(6)
  })

  it('wakes at its time where nothing is allowed before it', () => {
    expect(scheduler('a', 0).object.next()).toBe(DUE)
  })
})

describe('a clock that is set back', () => {
  it('holds no schedule up: what is due from then on is served', () => {
    const { object, done, clock } = scheduler('a', 0)
    clock.now = DUE + 3 * 86_400_000
    object.look()
    clock.now = DUE - 60_000
    object.look()
    expect(object.next()).toBe(DUE)
    clock.now = DUE
    object.look()
    expect(done).toEqual([`start ${3 * 86_400_000}`, 'start 0'])
  })

  it('serves nothing twice where it only went a moment back', () => {
    const { object, done, clock } = scheduler('a', 0)
    clock.now = DUE + 20
    object.look()
    clock.now = DUE - 2_000
    object.look()
    clock.now = DUE + 20
    object.look()
    expect(done).toEqual(['start 0'])
  })
})

describe('a due time that is seen late', () => {
  const seen = (lateMs: number, bootedAt = 0, schedule = '"0 12 * * *"') => {
    const { object, done, clock } = scheduler('a', 0, schedule, bootedAt)
    clock.now = DUE + lateMs
    object.look()
    return { done, skips: object.skips.map(({ at, reason, count }) => [at - DUE, reason, count]) }
  }

  it('is served where the control plane was there and its clock was set ahead by less than a break', () => {
    for (const lateMs of [91_000, 150_000, 180_000]) expect(seen(lateMs)).toEqual({ done: ['start 0'], skips: [] })
  })

  it('is missed, and said to be, where that was longer ago', () => {
    expect(seen(5 * 60_000)).toEqual({ done: [], skips: [[0, 'missed', 1]] })
  })

  it('is missed where nothing was there at its time, but for a moment', () => {
    expect(seen(150_000, DUE + 100_000)).toEqual({ done: [], skips: [[0, 'missed', 1]] })
    expect(seen(80_000, DUE + 70_000)).toEqual({ done: ['start 0'], skips: [] })
    expect(seen(150_000, DUE - 1_000)).toEqual({ done: ['start 0'], skips: [] })
  })

  it('is served where the control plane was started by a clock that has been set back since', () => {
    expect(seen(150_000, DUE + 3_600_000)).toEqual({ done: ['start 0'], skips: [] })
  })

  it('is said to have been left out where the next has come as well', () => {
    const { done, skips } = seen(150_000, 0, '"0,1,2 12 * * *"')
    expect(done).toEqual(['start 120000'])
    expect(skips).toEqual([[60_000, 'overlap', 2]])
  })
})

describe('a restart', () => {
  it('is the start of its minute, so that one run begins', () => {
    const { object, done, clock } = scheduler('a', 0, '{start: "0 12 * * *", restart: "0 12 * * *"}')
    clock.now = DUE
    object.look()
    clock.now += 1_000
    object.look()
    expect(done).toEqual(['start 0'])
  })

  it('waits for the end of what it has stopped, and for nothing that came after', () => {
    const { object, done, clock, atWork } = scheduler('a', 0, '{restart: "0 12 * * *"}')
    atWork.push('one')
    clock.now = DUE
    object.look()
    atWork.push('two')
    clock.now += 1_000
    object.look()
    expect(done).toEqual(['stop one'])
    atWork.shift()
    clock.now += 1_000
    object.look()
    expect(done).toEqual(['stop one', 'start 0'])
  })
})
