// A year of schedules in twelve zones: the Dag objects on the simulated host, with crashes at any point, alarms that are lost, late or
// double, calls that fail, evictions and restarts. Every due time has to have one run. Due times are worked out here once more, from
// wall clocks alone.
import { wallClock } from '@edgedag/core/schedule/zones'
import type { RunSummary } from '@edgedag/worker/objects/contracts'
import { expect, test, vi } from 'vitest'
import type { Reply } from './sim/actor.ts'
import { type Call, ControlPlane } from './sim/control-plane.ts'
import { Faults, SimFault } from './sim/faults.ts'
import { SimLoop, WORLD_BEGIN } from './sim/loop.ts'
import { Random } from './sim/random.ts'

const ZONES = [
  'UTC',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Europe/Berlin',
  'Europe/London',
  'Africa/Cairo',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
]
/** Hours and minutes at which each fires: where clocks jump; nightly also where they jump elsewhere, or do not. */
const TIMES: readonly (readonly [number, number])[] =
  process.env.EDGEDAG_NIGHTLY === undefined
    ? [[2, 15]]
    : [
        [0, 30],
        [2, 15],
        [3, 0],
      ]
const DAY = 86_400_000
const HOUR = 3_600_000
const END = WORLD_BEGIN + 365 * DAY

/** When a wall clock shows this first; where it never does, the moment at which it jumps over it. */
function momentOf(wall: number, zone: string): number {
  const offsets = [wall - DAY, wall + DAY].map(at => wallClock(at, zone) - at)
  const shown = offsets.map(offset => wall - offset).filter(at => wallClock(at, zone) === wall)
  if (shown.length > 0) return Math.min(...shown)
  let at = wall - 15 * HOUR
  while (wallClock(at, zone) < wall) at += 15 * 60_000
  return at
}

function expectedTimes(zone: string): number[] {
  const times: number[] = []
  for (let day = WORLD_BEGIN - 2 * DAY; day < END + 2 * DAY; day += DAY)
    for (const [hour, minute] of TIMES) times.push(momentOf(day + hour * HOUR + minute * 60_000, zone))
  return [...new Set(times)].filter(at => at > WORLD_BEGIN + HOUR && at < END - DAY).sort((a, b) => a - b)
}

const spec = (zone: string): string => `
schedule: [${TIMES.map(([hour, minute]) => `"CRON_TZ=${zone} ${minute} ${hour} * * *"`).join(', ')}]
catchup_window: 12h
overlap_policy: all
hist_retention_days: -1
steps:
  - command: echo
`

/** The Dags are real; what they call is played: runs that take five seconds, an Index that takes all. */
class Plane extends ControlPlane {
  readonly runs = new Map<string, { line: RunSummary; isHeard: boolean }>()
  readonly due = new Map<string, number[]>()
  /** Due times of the runs that were created, by Dag. */
  readonly started = new Map<string, number[]>()
  #sweeps = 0

  override send(call: Call, reply: Reply): void {
    if (call.kind === 'dag') return super.send(call, reply)
    const fate = this.faults.callFate()
    const there = fate === 'call delayed' ? 5_000 : 1
    if (call.method === 'sweep') return this.#sweepOverdue()
    this.loop.after(there, () => {
      if (fate === 'call failed') return reply({ ok: false, error: new SimFault('the call did not arrive') })
      const value = this.#answer(call)
      if (fate === 'answer lost') return reply({ ok: false, error: new SimFault('the answer was lost') })
      this.loop.after(1, () => reply({ ok: true, value }))
    })
  }

  #answer({ kind, method, args }: Call): unknown {
    if (kind === 'index') return method === 'feed' ? args[2] : 0
    if (kind === 'directory') return null
    if (kind !== 'run') return null
    if (method === 'create') return this.#create(args[0] as { spec: RunSummary & { runId: string } })
    const run = this.runs.get(String(args[0]))
    if (method === 'summary') return run?.line ?? null
    return run === undefined ? 'unknown' : run.line.status === 'running' ? 'active' : 'finished'
  }

  #create({ spec: { runId, dagId, scheduleTime, createdAt } }: { spec: RunSummary & { runId: string } }): unknown {
    const known = this.runs.get(runId)
    if (known !== undefined) return { ok: true, value: known.line }
    this.started.set(dagId, [...(this.started.get(dagId) ?? []), scheduleTime ?? 0])
    const line = { runId, dagId, scheduleTime, createdAt, status: 'running', startedAt: this.loop.now, rev: 1 }
    const run = { line: { ...line, labels: [] } as unknown as RunSummary, isHeard: false }
    this.runs.set(runId, run)
    this.loop.after(5_000, () => {
      run.line = { ...run.line, status: 'succeeded', finishedAt: this.loop.now, rev: 2 }
      this.#tell(run)
    })
    return { ok: true, value: run.line }
  }

  #tell(run: { line: RunSummary; isHeard: boolean }): void {
    this.call({ kind: 'dag', name: run.line.dagId, method: 'runChanged', args: [run.line] }, outcome => {
      run.isHeard = outcome.ok
    })
  }

  /** As the Index has it: Dags with a due time that has passed, or with a run that nothing was heard of. */
  #sweepOverdue(): void {
    // Now and then the minutely trigger comes late.
    if (++this.#sweeps % 4 > 0) return
    const before = this.loop.now - 60_000
    const silent = [...this.runs.values()].filter(run => !run.isHeard && run.line.createdAt < before)
    const served = new Set([...this.runs.values()].map(({ line }) => `${line.dagId}/${line.scheduleTime}`))
    for (const [name, times] of this.due) {
      while (times[0] !== undefined && served.has(`${name}/${times[0]}`)) times.shift()
      const isDue = times[0] !== undefined && times[0] < before
      if (isDue || silent.some(({ line }) => line.dagId === name))
        super.call({ kind: 'dag', name, method: 'sweep', args: [] }, () => {})
    }
    for (const run of silent) if (run.line.status !== 'running') this.#tell(run)
    // What was heard need not be looked at again.
    for (const [runId, run] of this.runs) if (run.isHeard && run.line.createdAt < before - DAY) this.runs.delete(runId)
  }
}

/** Every few hours something goes wrong. */
function trouble(plane: Plane, random: Random): void {
  const { faults, loop } = plane
  faults.alarmTrouble = 0.05
  faults.callTrouble = 0.02
  const next = (): void => {
    if (loop.now > END - 2 * DAY) return faults.heal()
    const kind = random.int(10)
    if (kind === 0) plane.restart()
    else if (kind < 4) for (const object of plane.objects.values()) object.evict()
    else faults.order({ kind: 'dag', left: 1 + random.int(60) })
    loop.after(random.between(0.2, 12) * HOUR, next)
  }
  next()
}

test('every due time of a year has one run, in twelve zones, whatever breaks', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const random = new Random('due times')
  const loop = new SimLoop()
  const plane = new Plane(loop, random.fork('plane'), new Faults(random.fork('faults')), 1)
  try {
    for (const zone of ZONES) {
      plane.due.set(zone, expectedTimes(zone))
      plane.call(
        { kind: 'dag', name: zone, method: 'putSpec', args: [{ dagId: zone, fileName: 'd', spec: spec(zone) }] },
        outcome => expect(outcome).toMatchObject({ ok: true, value: { ok: true } }),
      )
    }
    loop.after(HOUR / 2, () => trouble(plane, random.fork('trouble')))
    await loop.run(() => false, END)
    for (const zone of ZONES) {
      const started = (plane.started.get(zone) ?? []).filter(at => at > WORLD_BEGIN + HOUR && at < END - DAY)
      expect([zone, started.sort((a, b) => a - b)]).toEqual([zone, expectedTimes(zone)])
    }
    expect(plane.failures).toEqual([])
    const { counts } = plane.faults
    for (const kind of [
      'object crash',
      'alarm lost',
      'alarm late',
      'alarm twice',
      'call failed',
      'answer lost',
    ] as const)
      expect([kind, (counts.get(kind) ?? 0) > 20]).toEqual([kind, true])
    console.log(`${ZONES.length} zones, ${[...counts].map(([kind, count]) => `${count} × ${kind}`).join(', ')}`)
  } finally {
    plane.close()
    log.mockRestore()
  }
}, 300_000)
