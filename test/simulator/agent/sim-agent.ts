// A runner agent's life from start to death: takes up what the journal holds, keeps one connection, hands frames to its runs.
// Promise: it behaves as runner-agent/agent.ts and runs/run-manager.ts promise, on the host's virtual clock.

import { FrameOrder } from '@edgedag/core/protocol/frame-order'
import { FromAgent, PROTOCOL, type RunFrame, type ToAgent } from '@edgedag/core/protocol/frames'
import type { JournalRecord } from '@edgedag/runner-agent/journal/records'
import { afterReboot, applyRecord, newHostRun, snapshotRecord } from '@edgedag/runner-agent/runs/host-run'
import type { HostRun } from '@edgedag/runner-agent/runs/host-run-state'
import { clone } from '../sim/clone.ts'
import { SimFault } from '../sim/faults.ts'
import type { AgentConn, Machine, SecretsAnswer } from './machine.ts'
import { SimRun } from './sim-run.ts'

const SILENCE_MS = 15_000
const PONG_MS = 10_000

export class SimAgent {
  readonly machine: Machine
  readonly runs = new Map<string, SimRun>()
  dead = false
  running = 0
  readonly #order = new FrameOrder()
  #conn: AgentConn | null = null
  #isWelcome = false
  #wasSilent = true
  /** When the control plane was last heard, over all connections. */
  #heardAt = Number.NEGATIVE_INFINITY
  #isOpen = false
  #freshWaiters: (() => void)[] = []

  constructor(machine: Machine) {
    this.machine = machine
  }

  start(): void {
    this.#alive(() => {
      const isRebooted = this.machine.journalBoot !== this.machine.boot
      for (const run of this.#fold().values()) {
        if (isRebooted) afterReboot(run, this.now())
        this.runs.set(run.runId, new SimRun(this, run))
      }
      this.machine.journal = [...this.runs.values()].map(run => clone(snapshotRecord(run.run)))
      this.machine.synced = this.machine.journal.length
      this.machine.journalBoot = this.machine.boot
      for (const run of [...this.runs.values()]) run.restore()
      this.#dial()
    })
  }

  die(): void {
    this.dead = true
    this.#conn?.closeFromAgent()
  }

  /** A point at which the agent may be killed; throws where it is. */
  point(label: string): void {
    if (this.dead) throw new SimFault('this agent is gone', true)
    if (!this.machine.world.crashesAt(label)) return
    this.machine.crashAgent(this.machine.random.pick([50, 1_000, 20_000]))
    throw new SimFault('this agent is gone', true)
  }

  append(record: JournalRecord): void {
    this.point(`append ${record.k}`)
    this.machine.append(clone(record))
  }

  /** Resolves when everything appended is durable; never for an agent that is gone. */
  commit(): Promise<void> {
    this.point('commit')
    return new Promise(resolve => this.machine.flush(() => this.#alive(resolve)))
  }

  wait(ms: number): Promise<void> {
    return new Promise(resolve => this.later(ms, resolve))
  }

  later(ms: number, work: () => void): unknown {
    return this.machine.world.loop.after(ms, () => this.#alive(work))
  }

  cancel(timer: unknown): void {
    this.machine.world.loop.cancel(timer)
  }

  now(): number {
    return Math.floor(this.machine.world.loop.now) + this.machine.skewMs
  }

  get isFresh(): boolean {
    const silent =
      this.#isOpen && this.#conn !== null ? this.#conn.silentFor() : this.machine.world.loop.now - this.#heardAt
    // After a silence only the welcome says which plans are in doubt.
    return !this.#wasSilent && silent < SILENCE_MS
  }

  /** Undefined: something new may start. */
  whenFresh(): Promise<void> | undefined {
    if (this.isFresh) return undefined
    return new Promise(resolve => {
      this.#freshWaiters.push(resolve)
      // A pong, which is no event here, ends a silence too.
      const look = (): void => (this.isFresh ? resolve() : void this.later(PONG_MS, look))
      this.later(PONG_MS, look)
    })
  }

  /** What an attempt is given: asked again while there is no answer, as runner-agent/secrets/attempt-secrets.ts does. */
  secrets(of: { runId: string; attempt: number }): Promise<SecretsAnswer> {
    return new Promise(resolve => {
      const { world, runnerId } = this.machine
      world.secrets(runnerId, of, answer => this.#alive(() => resolve(answer)))
    })
  }

  send(text: string): boolean {
    if (!this.#isWelcome || this.#conn === null) return false
    this.point('send')
    this.machine.world.trace(() => `${this.machine.runnerId} => ${text.slice(0, 600)}`)
    this.#conn.sendToServer(text)
    return true
  }

  gone(run: SimRun): void {
    this.runs.delete(run.run.runId)
  }

  #fold(): Map<string, HostRun> {
    const runs = new Map<string, HostRun>()
    for (const record of this.machine.journal) {
      if (record.k === 'gone') {
        runs.delete(record.run)
        continue
      }
      const run = runs.get(record.run) ?? newHostRun(record.run)
      runs.set(record.run, run)
      applyRecord(run, clone(record))
    }
    return runs
  }

  #dial(): void {
    const { network, runnerId } = this.machine
    if (!network.isUp) return void this.later(SILENCE_MS, () => this.#redial())
    const events = {
      message: (from: AgentConn, text: string) => this.#alive(() => this.#message(from, text)),
      closed: (from: AgentConn) => this.#alive(() => this.#lost(from)),
    }
    this.#conn = network.dial(runnerId, events, conn => this.#alive(() => conn === this.#conn && this.#opened(conn)))
  }

  #redial(): void {
    this.#conn = null
    this.later(this.machine.reconnectDelay(), () => this.#dial())
  }

  #opened(conn: AgentConn): void {
    this.point('hello')
    this.#isOpen = true
    this.#wasSilent ||= this.machine.world.loop.now - this.#heardAt >= SILENCE_MS
    conn.heardAt = this.machine.world.loop.now
    const { runnerId, capacity, boot } = this.machine
    const hello = {
      type: 'hello',
      protocol: PROTOCOL,
      version: 'simulated',
      bootId: `${runnerId}-${boot}`,
      host: { hostname: `host-${runnerId}`, os: 'linux', arch: 'x64' },
      labels: { zone: this.machine.zone },
      capacity,
      now: this.now(),
      runs: [...this.runs.values()].map(run => ({ runId: run.run.runId, plans: run.plans() })),
    }
    this.machine.world.trace(() => `${runnerId} => ${JSON.stringify(hello)}`)
    conn.sendToServer(JSON.stringify(hello))
    this.later(this.machine.random.between(SILENCE_MS, SILENCE_MS + 5_000), () => {
      if (conn !== this.#conn || this.#isWelcome) return
      conn.closeFromAgent()
      this.#lost(conn)
    })
  }

  #message(conn: AgentConn, text: string): void {
    if (conn !== this.#conn) return
    this.point('message')
    this.machine.world.trace(() => `${this.machine.runnerId} <= ${text.slice(0, 300)}`)
    const frame = JSON.parse(text) as ToAgent
    if (frame.type === 'welcome') {
      this.machine.failures = 0
      this.#isWelcome = true
      if (this.#wasSilent) for (const run of this.runs.values()) run.isInDoubt = true
      this.#wasSilent = false
      for (const run of [...this.runs.values()]) run.resend()
      const waiters = this.#freshWaiters
      this.#freshWaiters = []
      for (const waiter of waiters) waiter()
    } else if (frame.type === 'refused') {
      // `replaced`: in the world there is one agent only, whose old connection this is.
      conn.closeFromAgent()
      this.#lost(conn)
    } else if (frame.type === 'forget') this.#forget(frame.runIds)
    else if (frame.type === 'run' && this.#isWelcome) this.#take(frame)
  }

  #forget(runIds: string[]): void {
    for (const runId of runIds) {
      this.runs.get(runId)?.forget()
      this.machine.contexts.delete(runId)
    }
    this.send(JSON.stringify({ type: 'forgotten', runIds }))
  }

  #take(arrived: RunFrame): void {
    const frame = this.#order.pass(arrived)
    if (frame === null) return
    let run = this.runs.get(frame.runId)
    if (run === undefined) {
      if (frame.plans === undefined && frame.stop === undefined && frame.context === undefined) return
      run = new SimRun(this, newHostRun(frame.runId))
      this.runs.set(frame.runId, run)
    }
    run.take(frame)
  }

  #lost(conn: AgentConn): void {
    if (conn !== this.#conn) return
    if (this.#isOpen) this.#heardAt = Math.max(this.#heardAt, this.machine.world.loop.now - conn.silentFor())
    this.#isOpen = false
    this.#isWelcome = false
    this.#redial()
  }

  /** Runs a piece of the agent's code unless it is gone; its own end is no error. */
  #alive(work: () => void): void {
    if (this.dead) return
    try {
      work()
    } catch (error) {
      if (!(error instanceof SimFault)) this.machine.world.unexpected(`agent ${this.machine.runnerId}`, error)
    }
  }
}

/** Checks a frame of this model against the protocol; for tests of the simulator itself. */
export const isFrame = (text: string): boolean => FromAgent.safeParse(JSON.parse(text)).success
