// Schedules while the control plane's clock jumps: Dags, Directory and Index are real, with alarms that come late or not at all, evictions and
// restarts; runs are played. A due time has one run at most; one that came while the control plane was there, and was jumped over by less than
// a break, has its run; whatever has none is told.
import type { RunSummary, SkipEntry } from '@edgedag/worker/objects/contracts'
import { SINGLETON } from '@edgedag/worker/objects/contracts'
import { expect, test, vi } from 'vitest'
import type { Reply } from './sim/actor.ts'
import { type Call, ControlPlane } from './sim/control-plane.ts'
import { Faults } from './sim/faults.ts'
import { SimLoop, WORLD_BEGIN } from './sim/loop.ts'
import { Random } from './sim/random.ts'

const SEC = 1_000
const MINUTE = 60 * SEC
const HOUR = 60 * MINUTE
const END = WORLD_BEGIN + 24 * HOUR
/** How often each is due, in minutes past the hour. */
const EVERY = [5, 7, 11, 20]
const JUMPS = [-100 * MINUTE, -90 * SEC, -5 * SEC, 5 * SEC, 100 * SEC, 150 * SEC, 175 * SEC, 30 * MINUTE, 70 * MINUTE]

const dueBetween = (every: number, from: number, to: number): number[] => {
  const times: number[] = []
  for (let at = Math.floor(from / MINUTE) * MINUTE + MINUTE; at <= to; at += MINUTE)
    if (((at % HOUR) / MINUTE) % every === 0) times.push(at)
  return times
}

class Plane extends ControlPlane {
  /** Runs that were made, by Dag and due time. */
  readonly made = new Map<string, Set<string>>()

  override send(call: Call, reply: Reply): void {
    if (call.kind !== 'run') return super.send(call, reply)
    this.loop.after(1, () => reply({ ok: true, value: this.#answer(call) }))
  }

  #answer({ method, args }: Call): unknown {
    if (method !== 'create') return method === 'poke' ? 'finished' : null
    const { spec } = args[0] as { spec: RunSummary }
    const key = `${spec.dagId}/${spec.scheduleTime}`
    this.made.set(key, (this.made.get(key) ?? new Set()).add(spec.runId))
    const at = Math.floor(this.now)
    const times = { queuedAt: null, startedAt: at, finishedAt: at, scheduleTime: spec.scheduleTime ?? null }
    const line = {
      ...spec,
      ...times,
      status: 'succeeded',
      rev: 2,
      labels: [],
      reason: null,
      runner: null,
      done: 1,
      total: 1,
    }
    this.call({ kind: 'dag', name: spec.dagId, method: 'runChanged', args: [line] }, () => {})
    return { ok: true, value: line }
  }

  skips(dagId: string): SkipEntry[] {
    const row = this.object('dag', dagId).sql.read<{ value: string }>("SELECT value FROM mark WHERE name = 'skips'")[0]
    return row === undefined ? [] : JSON.parse(row.value)
  }
}

/** What the clock has shown, stretch by stretch, and how each began. */
interface Stretch {
  from: number
  to: number
  /** It was jumped over, and not lived through. */
  isJump: boolean
}

test('no due time is run twice or lost without a word, however the clock jumps', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const random = new Random('clock jumps')
  const loop = new SimLoop()
  const plane = new Plane(loop, random.fork('plane'), new Faults(random.fork('faults')), 1)
  const stretches: Stretch[] = []
  const told = new Map<string, Set<number>>()
  const dagIds = new Map<number, string>()
  try {
    for (const every of EVERY) {
      const fileName = `every${every}`
      const text = `schedule: "*/${every} * * * *"\nhist_retention_days: -1\nsteps: [{command: echo}]`
      plane.call({ kind: 'directory', name: SINGLETON, method: 'dagId', args: [fileName, true] }, outcome => {
        if (!outcome.ok) throw outcome.error
        const dagId = String(outcome.value)
        dagIds.set(every, dagId)
        told.set(dagId, new Set())
        plane.call({ kind: 'dag', name: dagId, method: 'putSpec', args: [{ dagId, fileName, spec: text }] }, () => {})
      })
    }
    let from = plane.now
    const jump = (): void => {
      const ms = random.pick(JUMPS)
      stretches.push({ from, to: plane.now, isJump: false })
      if (ms > 0) stretches.push({ from: plane.now, to: plane.now + ms, isJump: true })
      plane.jump(ms)
      from = plane.now
      if (loop.now < END - HOUR) loop.after(random.between(8, 40) * MINUTE, jump)
    }
    const note = (): void => {
      for (const [every, dagId] of dagIds)
        for (const { at, count } of plane.skips(dagId))
          for (const due of dueBetween(every, at - 4 * HOUR, at).slice(-count)) told.get(dagId)!.add(due)
      if (loop.now < END) loop.after(30 * SEC, note)
    }
    const trouble = (): void => {
      if (random.chance(0.3)) for (const object of plane.objects.values()) object.evict()
      else plane.faults.order({ kind: random.pick(['dag', 'directory', 'index']), left: 1 + random.int(40) })
      if (loop.now < END - HOUR) loop.after(random.between(5, 60) * MINUTE, trouble)
    }
    loop.after(20 * MINUTE, jump)
    loop.after(20 * MINUTE, trouble)
    loop.after(SEC, note)
    await loop.run(() => false, END)
    stretches.push({ from, to: plane.now - 5 * MINUTE, isJump: false })

    const twice = [...plane.made].filter(([, runIds]) => runIds.size > 1)
    expect(twice).toEqual([])
    const figures = { made: 0, told: 0, jumped: 0 }
    for (const [every, dagId] of dagIds) {
      for (const stretch of stretches) {
        const isShort = stretch.to - stretch.from < 3 * MINUTE
        const times = dueBetween(every, Math.max(stretch.from, WORLD_BEGIN + MINUTE), stretch.to)
        for (const at of times) {
          const isMade = plane.made.has(`${dagId}/${at}`)
          const where = `every ${every}: ${new Date(at).toISOString()}, ${JSON.stringify(stretch)}`
          if (stretch.isJump && isShort && times.length === 1) {
            figures.jumped++
            expect([where, isMade]).toEqual([where, true])
          }
          figures[isMade ? 'made' : 'told']++
          if (!isMade) expect([where, told.get(dagId)!.has(at)]).toEqual([where, true])
        }
      }
    }
    expect(plane.failures).toEqual([])
    // Otherwise nothing was tried.
    expect(figures.made).toBeGreaterThan(300)
    expect(figures.told).toBeGreaterThan(20)
    expect(figures.jumped).toBeGreaterThan(3)
  } finally {
    plane.close()
    log.mockRestore()
  }
}, 120_000)
