// A run, its journal, a clock and ideal agents in one process, for scenario tests: events in, commands carried out at once.
import type { RunFrame } from '../../protocol/frames.ts'
import type { Dag } from '../../spec/dag.ts'
import { applyChanges } from '../apply.ts'
import { decodeCheckpoint, encodeCheckpoint, encodeEntry } from '../checkpoint.ts'
import type { RunCommand } from '../commands.ts'
import type { RunEvent } from '../events.ts'
import { checkInvariants } from '../invariants.ts'
import { dueTimer } from '../pending.ts'
import { initialRoom } from '../placement/room.ts'
import type { RunSpec } from '../run-spec.ts'
import type { RunState } from '../state.ts'
import type { ImportedStep } from '../step-record.ts'
import { transition } from '../transition.ts'
import { aSpec } from './dags.ts'
import { type Calls, IdealAgent, type Preparation, type Script } from './ideal-agent.ts'
import { type ChildScript, IdealChildren, testDigest } from './ideal-children.ts'

export interface ClusterOptions {
  script?: Script
  preparation?: Preparation
  /** Step processes that a host offers. */
  capacity?: number
  spec?: Partial<RunSpec>
  /** What steps call. */
  calls?: Calls
  /** How children end. */
  child?: ChildScript
  /** Check all invariants after each transition (O(run) each). */
  checked?: boolean
}

export class Cluster {
  state: RunState | undefined
  now = 1_000_000
  readonly journal: string[] = []
  readonly commands: RunCommand[] = []
  readonly agents = new Map<string, IdealAgent>()
  readonly children: IdealChildren
  online = 'host1'
  free: number
  waiting = false
  private ids = 0

  readonly dag: Dag
  private readonly options: ClusterOptions

  constructor(dag: Dag, options: ClusterOptions = {}) {
    this.dag = dag
    this.options = options
    this.free = options.capacity ?? 100
    this.children = new IdealChildren(options.child)
  }

  get agent(): IdealAgent {
    return this.agentOf(this.online)
  }

  get head() {
    return this.state!.head
  }

  /** Status by node, for those that something happened to. */
  get statuses(): Record<string, string> {
    return Object.fromEntries([...this.state!.steps.values()].map(record => [record.name, record.status]))
  }

  accept(imports?: ImportedStep[]): this {
    const want = initialRoom(this.dag)
    const room = Math.min(this.free, want)
    const spec = aSpec({ createdAt: this.now, ...this.options.spec })
    this.free -= room
    this.event({
      type: 'accepted',
      spec,
      ...(imports && { imports }),
      ...(room > 0
        ? { assignment: { runnerId: this.online, hostname: this.online, room } }
        : want > 0
          ? { reason: 'no room' }
          : {}),
    })
    if (room === 0 && want > 0) this.waiting = true
    return this
  }

  /** Runs until it is over, waits for an approval, or nothing more happens by itself. */
  run(limit = 20_000): this {
    for (let i = 0; i < limit; i += 1) if (!this.tick()) return this
    throw new Error('the run does not come to rest')
  }

  /** One thing: a report, a step's end, or the clock going on to the next timer. */
  tick(): boolean {
    const report = this.agent.report()
    if (report) {
      this.event({ type: 'report', runnerId: this.online, seq: report.seq, events: report.events })
      return true
    }
    if (this.agent.work()) return true
    const child = this.children.work()
    if (child) {
      this.event(child)
      return true
    }
    const due = [...(this.state?.timers.values() ?? [])].map(timer => timer.due)
    if (due.length === 0 || this.agent.busy) return false
    this.now = Math.max(this.now, Math.min(...due))
    this.fireTimers()
    return true
  }

  fireTimers(): void {
    for (let timer = dueTimer(this.state!, this.now); timer; timer = dueTimer(this.state!, this.now)) {
      this.event({ type: 'timer', timer: timer.key })
    }
  }

  /** Reports until the agent has nothing more to say; steps do not end meanwhile. */
  settle(): this {
    for (let report = this.agent.report(); report; report = this.agent.report()) {
      this.event({ type: 'report', runnerId: this.online, seq: report.seq, events: report.events })
    }
    return this
  }

  event(event: RunEvent): RunCommand[] {
    const { changes, commands } = transition(this.state, this.dag, event, this.context())
    if (changes) {
      const before =
        this.options.checked === false || !this.state ? undefined : decodeCheckpoint(encodeCheckpoint(this.state))
      this.journal.push(encodeEntry(this.now, event, changes))
      this.state = applyChanges(this.state, JSON.parse(JSON.stringify(changes)))
      if (this.options.checked !== false) this.check(event, before)
    }
    this.commands.push(...commands)
    for (const command of commands) this.carryOut(command)
    return commands
  }

  context() {
    const newId = (length: number) => (++this.ids).toString(16).padStart(length, '0')
    return { now: this.now, newId, sha256: testDigest, uploadKey: 'k' }
  }

  private check(event: RunEvent, before: RunState | undefined): void {
    const broken = checkInvariants(this.state!, this.dag, before)
    if (broken.length > 0) throw new Error(`after ${event.type}: ${broken.join('; ')}`)
  }

  private carryOut(command: RunCommand): void {
    if (command.type === 'send') this.deliver(command.runnerId, command.frame)
    else if (command.type === 'release_room') {
      if (command.runnerId === this.online) this.free += command.count
      if (this.waiting) this.grant()
    } else if (command.type === 'acquire_room') this.acquire(command)
    else for (const event of this.children.take(command)) this.event(event)
  }

  private deliver(runnerId: string, frame: RunFrame): void {
    if (runnerId === this.online) this.agentOf(runnerId).take(JSON.parse(JSON.stringify(frame)))
  }

  private acquire({ count, runnerId = this.online, place }: Extract<RunCommand, { type: 'acquire_room' }>): void {
    const room = runnerId === this.online ? Math.min(count, this.free) : 0
    this.free -= room
    const assignment = { runnerId: this.online, hostname: this.online, room, ...(place === undefined ? {} : { place }) }
    if (room > 0) this.event({ type: 'assigned', assignment })
    else {
      this.waiting = true
      this.event({ type: 'unassigned', reason: 'no room' })
    }
  }

  /** Room has become free: what Fleet does for a waiting run. */
  grant(room = Math.min(this.free, 1)): void {
    if (room === 0) return
    this.waiting = false
    this.free -= room
    const { place } = this.head
    const assignment = { runnerId: this.online, hostname: this.online, room, ...(place ? { place } : {}) }
    this.event({ type: 'assigned', assignment })
  }

  agentOf(name: string): IdealAgent {
    const known = this.agents.get(name)
    if (known) return known
    const agent = new IdealAgent(
      aSpec(this.options.spec).runId,
      () => this.now,
      this.options.script ?? (() => ({})),
      this.options.preparation,
      this.options.calls,
    )
    this.agents.set(name, agent)
    return agent
  }
}

/** Accepts and runs a DAG to its end. */
export const runDag = (dag: Dag, options: ClusterOptions = {}): Cluster => new Cluster(dag, options).accept().run()
