// Plays the schedule of one world: control plane, hosts, clients, faults; then heals everything and waits for the end.
// Promise: the plan alone decides what happens.

import type { Dag } from '@edgedag/core/spec/dag'
import { loadDags } from '@edgedag/core/spec/load'
import { SINGLETON } from '@edgedag/worker/objects/contracts'
import { runObjectName } from '@edgedag/worker/objects/names'
import { Machine, type SecretsAnswer, type World } from './agent/machine.ts'
import { ActTruth } from './check/acts.ts'
import { Drains } from './check/drains.ts'
import { checkEnd } from './check/end.ts'
import { ProfileTruth } from './check/profiles.ts'
import { createQueueCheck } from './check/queues.ts'
import { Truth } from './check/truth.ts'
import { Clients } from './clients.ts'
import { Keepers } from './keepers.ts'
import { Operators } from './operators.ts'
import { People } from './people.ts'
import { PROFILE } from './schedule/profile-changes.ts'
import type { FaultPlan, WorldPlan } from './schedule/world-plan.ts'
import { ControlPlane } from './sim/control-plane.ts'
import { Faults, SimFault } from './sim/faults.ts'
import { Link } from './sim/link.ts'
import { SimLoop, WORLD_BEGIN } from './sim/loop.ts'
import { Random } from './sim/random.ts'
import { useVirtualTimers } from './sim/virtual-timers.ts'

export interface PlayOptions {
  trace?: (line: string) => void
  /** Systematic mode: the crash point. */
  crashAt?: number
  keepPointNames?: boolean
}

export interface Violation {
  /** null: it concerns no single run. */
  runId: string | null
  text: string
}

export interface Played {
  violations: Violation[]
  faults: ReadonlyMap<string, number>
  /** With those that runs may call. */
  runs: number
  points: number
  pointNames: readonly string[]
  events: number
  virtualMs: number
  rows: number
  commits: number
  calls: number
  attempts: number
  lostAttempts: number
}

/** All runs have to end within this once nothing goes wrong any more. */
const LIVENESS_MS = 30 * 60_000
/** A request of a host that nobody answers. */
const REQUEST_MS = 15_000

export async function playWorld(plan: WorldPlan, options: PlayOptions = {}): Promise<Played> {
  const stage = new Stage(plan, options)
  const restore = [muteConsole(stage), useVirtualTimers(stage.loop)]
  try {
    return await stage.play()
  } finally {
    for (const each of restore) each()
  }
}

class Stage {
  readonly plan: WorldPlan
  readonly loop = new SimLoop()
  readonly faults: Faults
  readonly plane: ControlPlane
  readonly truth: Truth
  readonly machines: Machine[]
  readonly clients: Clients
  readonly profiles = new ProfileTruth(this.loop)
  readonly drains = new Drains()
  readonly acts: ActTruth
  readonly #operators: Operators
  readonly #keepers: Keepers
  readonly #people: People
  /** What the Fleet says at the end. */
  fleet: { runnerId: string; used: number }[] = []
  readonly #links: Link[] = []
  readonly #dags: Dag[]
  readonly #random: Random
  #healAt = 0

  constructor(plan: WorldPlan, options: PlayOptions) {
    this.plan = plan
    this.#random = new Random(`${plan.playSeed ?? plan.seed}/play`)
    this.faults = new Faults(this.#random.fork('faults'), options.keepPointNames === true)
    this.faults.crashAt = options.crashAt ?? -1
    this.plane = new ControlPlane(this.loop, this.#random.fork('plane'), this.faults, plan.runPool)
    const { trace } = options
    if (trace)
      this.plane.trace = line => trace(`${((this.loop.now - WORLD_BEGIN) / 1000).toFixed(3).padStart(9)} ${line()}`)
    this.#dags = plan.dags.map(loadText)
    this.truth = new Truth(this.loop, new Map(plan.dags.map((dag, i) => [dag.fileName, this.#dags[i]!])))
    for (const { runId, dag, hasProfile, ...script } of plan.runs)
      this.truth.run({ runId, dag: this.#dags[dag]!, ...script, spec: hasProfile ? { profile: PROFILE } : {} })
    const world: World = {
      loop: this.loop as World['loop'],
      trace: line => this.plane.trace(line),
      unexpected: (where, error) => this.plane.unexpected(where, error),
      crashesAt: label => this.faults.point('agent', label),
      truth: this.truth,
      random: this.#random.fork('hosts'),
      uploadFails: () => this.faults.blobFate() !== 'ok',
      script: runId => this.truth.runs.get(runId)!.script,
      secrets: (runnerId, of, reply) => this.#secrets(runnerId, of, reply),
      network: random => {
        const link = new Link(this.plane, random)
        this.#links.push(link)
        return link
      },
    }
    this.machines = plan.hosts.map((host, i) => new Machine(world, `h${i + 1}`, host))
    this.machines.forEach((machine, i) => {
      this.truth.silence.set(machine.runnerId, () => this.plane.elapsedSince(lastContact(this.#links[i]!)))
    })
    this.acts = new ActTruth(this.plane, this.truth, plan)
    const checkQueues = createQueueCheck(plan, this.truth)
    this.truth.onSpawn = (run, step) => {
      checkQueues(run, step)
      this.acts.spawned(run)
    }
    this.clients = new Clients(this.plane, this.truth, plan)
    this.#operators = new Operators(this.plane, this.profiles, this.drains)
    this.#keepers = new Keepers(this.plane, plan, this.acts, this.clients.dagIds)
    this.#people = new People(this.plane, this.truth, plan.runPool, () => this.clients.isOver)
  }

  async play(): Promise<Played> {
    const { loop } = this
    await this.#install()
    const begin = loop.now
    this.clients.begin()
    this.#people.begin()
    this.#operators.begin(this.plan.changes)
    this.#keepers.begin()
    this.#healAt = begin
    for (const fault of this.plan.faults) this.#plan(begin, fault)
    loop.at(Math.max(this.#healAt, begin + 75_000), () => this.#heal())
    const isHealed = () => this.faults.healed
    await loop.run(isHealed, Number.POSITIVE_INFINITY)
    const end = await this.#until(
      () => this.clients.isOver && this.#operators.isDone && this.#keepers.isDone,
      loop.now + LIVENESS_MS,
    )
    const violations: Violation[] = []
    if (!end) for (const text of this.clients.unfinished()) violations.push(text)
    // Packs, feeds, and the minutely sweep that mends what an ended instance left behind.
    await this.#until(() => false, loop.now + 200_000)
    await this.#askFleet()
    violations.push(...this.truth.violations, ...checkEnd(this, end))
    violations.push(...this.plane.failures.map(text => ({ runId: null, text })))
    const played = this.#figures(violations)
    this.plane.close()
    return played
  }

  /** What exists before the first run: enrolled hosts, queues, DAG files. No fault happens here. */
  async #install(): Promise<void> {
    let open = 0
    const call = (
      kind: 'directory' | 'dag',
      name: string,
      method: string,
      args: unknown[],
      then: (value: unknown) => void = () => {},
    ): void => {
      open++
      this.plane.call({ kind, name, method, args }, outcome => {
        if (!outcome.ok) throw outcome.error
        open--
        then(outcome.value)
      })
    }
    const { crashAt } = this.faults
    this.faults.crashAt = -1
    this.plan.dags.forEach((dag, i) => {
      call('directory', SINGLETON, 'dagId', [dag.fileName, true], dagId => {
        this.clients.dagIds[i] = String(dagId)
        call('dag', String(dagId), 'putSpec', [{ dagId, fileName: dag.fileName, spec: dag.spec }])
      })
    })
    if (this.plan.runs.some(run => run.hasProfile)) {
      open++
      this.#operators.install(() => open--)
    }
    for (const queue of this.plan.queues) call('directory', SINGLETON, 'setQueue', [queue.name, queue.max])
    for (const machine of this.machines) {
      this.plane.object('directory', SINGLETON)
      this.#enrol(machine.runnerId)
      machine.startAgent()
    }
    await this.loop.run(() => open === 0, Number.POSITIVE_INFINITY)
    await this.#until(() => false, this.loop.now + 500)
    this.faults.crashAt = crashAt
    this.faults.points = 0
    if (this.faults.pointNames) this.faults.pointNames.length = 0
  }

  /** What the Fleet still counts as used once every Runner has said what its agent carries: a lost release ends with that. */
  async #askFleet(): Promise<void> {
    for (const { runnerId } of this.machines)
      this.plane.call({ kind: 'runner', name: runnerId, method: 'announce', args: [] }, () => {})
    await this.#until(() => false, this.loop.now + 2_000)
    let isDone = false
    this.plane.call({ kind: 'fleet', name: SINGLETON, method: 'runners', args: [] }, outcome => {
      isDone = true
      if (outcome.ok) this.fleet = outcome.value as Stage['fleet']
    })
    await this.loop.run(() => isDone, Number.POSITIVE_INFINITY)
  }

  /** Runner ids are given by the installation; here they are the hosts' names, so that traces can be read. */
  #enrol(runnerId: string): void {
    const object = this.plane.object('directory', SINGLETON)
    object.handle(
      () => {
        object.sql.exec(
          'INSERT INTO runner (runner_id, name, labels, created_at) VALUES (?, ?, ?, ?)',
          [runnerId, runnerId, '{}', 0],
          () => {},
        )
        object.sql.commit()
      },
      () => {},
    )
  }

  /** An HTTP request of a host: it may be lost on its way there or back. */
  #secrets(runnerId: string, of: { runId: string; attempt: number }, reply: (answer: SecretsAnswer) => void): void {
    const link = this.#links[this.machines.findIndex(machine => machine.runnerId === runnerId)]!
    const fail = (): void => void this.loop.after(REQUEST_MS, () => reply(null))
    if (!link.isUp) return fail()
    const name = runObjectName(of.runId, this.plan.runPool)
    this.plane.call({ kind: 'run', name, method: 'attemptSecrets', args: [runnerId, of] }, outcome => {
      if (!link.isUp) return fail()
      const answer = outcome.ok ? (outcome.value as SecretsAnswer) : null
      this.profiles.given(of, answer)
      reply(answer)
    })
  }

  async #until(done: () => boolean, limit: number): Promise<boolean> {
    let isDone = false
    const look = (): void => {
      isDone = done()
      if (!isDone && this.loop.now < limit) this.loop.after(2_000, look)
    }
    look()
    await this.loop.run(() => isDone, limit)
    return isDone
  }

  #plan(begin: number, fault: FaultPlan): void {
    const at = begin + fault.at
    const lasts = 'ms' in fault ? fault.ms : 0
    this.#healAt = Math.max(this.#healAt, at + lasts)
    this.loop.at(at, () => this.#cause(fault))
  }

  #cause(fault: FaultPlan): void {
    const { faults, loop } = this
    this.plane.trace(() => `FAULT ${JSON.stringify(fault)}`)
    const later = (ms: number, work: () => void): void => void loop.after(ms, () => !faults.healed && work())
    switch (fault.kind) {
      case 'crash':
        return faults.order({ kind: fault.target, left: fault.points })
      case 'evict': {
        let evicted = 0
        for (const object of this.plane.objects.values()) if (object.evict()) evicted++
        return evicted > 0 ? faults.count('eviction') : undefined
      }
      case 'restart':
        faults.count('control plane restart')
        return this.plane.restart()
      case 'cut':
        faults.count('connection cut')
        return this.#links[fault.host]?.cut()
      case 'partition': {
        const link = this.#links[fault.host]
        faults.count(fault.directions.length === 2 ? 'partition' : 'one-way partition')
        link?.block(fault.directions)
        return later(fault.ms, () => link?.heal())
      }
      case 'agent':
        faults.count('agent crash')
        return this.machines[fault.host]?.crashAgent(fault.ms)
      case 'clock':
        faults.count('clock jump')
        this.machines[fault.host]!.skewMs += fault.ms
        return
      case 'time':
        faults.count('control plane clock jump')
        this.plane.jump(fault.jump)
        if (fault.hosts) for (const machine of this.machines) machine.skewMs += fault.jump
        return
      case 'drain':
        return this.#operators.drain(this.machines[fault.host]!.runnerId, fault.ms)
      case 'reboot':
        faults.count('host reboot')
        return this.machines[fault.host]?.reboot(fault.ms)
      default: {
        const key = (
          { calls: 'callTrouble', alarms: 'alarmTrouble', blobs: 'blobTrouble', sweeps: 'sweepTrouble' } as const
        )[fault.kind]
        faults[key] = fault.rate
        return later(fault.ms, () => {
          faults[key] = 0
        })
      }
    }
  }

  #heal(): void {
    this.plane.trace(() => 'HEALED')
    this.faults.heal()
    for (const link of this.#links) link.heal()
  }

  #figures(violations: Violation[]): Played {
    let rows = 0
    for (const object of this.plane.objects.values()) rows += object.sql.rows
    const executions = [...this.truth.runs.values()].flatMap(run => run.executions)
    return {
      violations,
      faults: this.faults.counts,
      runs: this.truth.runs.size,
      points: this.faults.points,
      pointNames: this.faults.pointNames ?? [],
      events: this.loop.count,
      virtualMs: this.loop.now - WORLD_BEGIN,
      rows,
      commits: this.plane.commits,
      calls: this.plane.calls,
      attempts: executions.length,
      lostAttempts: executions.filter(execution => execution.how === 'power cut').length,
    }
  }
}

export type { Stage }

function lastContact(link: Link): number {
  for (const conn of link.conns) conn.settlePings()
  return link.lastContact
}

/** Of the fixed world of the systematic mode: nobody changes a loaded DAG. */
const known = new Map<string, Dag>()
const MAX_KNOWN = 10

function loadText({ spec, fileName }: { spec: string; fileName: string }): Dag {
  const before = known.get(spec)
  if (before !== undefined) return before
  const loaded = loadDags(spec, { fileName })
  if (!loaded.ok) throw new Error(`the generated DAG does not load: ${JSON.stringify(loaded.error)} ${spec}`)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(spec, loaded.value.dag)
  return loaded.value.dag
}

/** What objects log goes into the trace. */
function muteConsole(stage: Stage): () => void {
  const { error } = console
  // A promise that nobody holds: the end of an instance may leave some, anything else is a mistake of the product.
  const unhandled = (reason: unknown): void => {
    if (!(reason instanceof SimFault && reason.crashed)) stage.plane.unexpected('a promise that nobody holds', reason)
  }
  process.on('unhandledRejection', unhandled)
  console.error = (...args: unknown[]) => {
    stage.plane.trace(() => `LOG ${args.map(String).join(' ')}`)
    if (String(args[0]).includes('does not parse')) stage.plane.unexpected('log', new Error(String(args[0])))
  }
  return () => {
    console.error = error
    process.off('unhandledRejection', unhandled)
  }
}
