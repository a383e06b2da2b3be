// A simulated host: its disk, its processes, its agent. Promise: what the disk had taken durably and the processes outlive the agent;
// a reboot ends the processes and what was not flushed.

import type { RunContext } from '@edgedag/core/protocol/plans'
import type { Result } from '@edgedag/core/result'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { backoffMs } from '@edgedag/runner-agent/connection/backoff'
import type { JournalRecord } from '@edgedag/runner-agent/journal/records'
import type { Truth } from '../check/truth.ts'
import type { StepScript } from '../schedule/script.ts'
import type { Random } from '../sim/random.ts'
import { SimAgent } from './sim-agent.ts'

export interface Exit {
  exitCode: number
  lost?: boolean
}

/** A process and the folder that tells of it. */
export interface Proc {
  key: string
  runId: string
  step: string
  attempt: number
  machine: string
  /** Label of its host. */
  zone: string
  boot: number
  startedAt: number
  state: 'running' | 'exited' | 'dead'
  exit?: Exit
  /** Ignores a polite signal. */
  stubborn: boolean
  /** It was told to end. */
  isStopping: boolean
  timer: unknown
  waiters: (() => void)[]
}

export interface StoredContext {
  context: RunContext
  given: AttemptSecrets | null
  synced: boolean
}

/** A clock and its timers: virtual in the simulator, real in workerd. */
export interface Clockwork<Timer = unknown> {
  readonly now: number
  after(delay: number, work: () => void): Timer
  cancel(timer: Timer | null | undefined): void
}

/** The agent's end of one WebSocket. */
export interface AgentConn {
  /** When anything was last heard on it. */
  heardAt: number
  sendToServer(text: string): void
  closeFromAgent(): void
  silentFor(): number
}

export interface ConnEvents {
  message(conn: AgentConn, text: string): void
  closed(conn: AgentConn): void
}

/** A host's way to the control plane. */
export interface Network {
  /** A connection could be made now, as far as the host can see. */
  readonly isUp: boolean
  /** Begins a connection; `opened` hears when it stands, `events.closed` when it does not come about or ends. */
  dial(runnerId: string, events: ConnEvents, opened: (conn: AgentConn) => void): AgentConn
  /** The host is gone without a word. */
  vanish(): void
}

export interface World {
  loop: Clockwork
  truth: Truth
  random: Random
  trace(line: () => string): void
  /** An error that no fault explains. */
  unexpected(where: string, error: unknown): void
  /** A point at which the agent may be killed; true: it is. */
  crashesAt(label: string): boolean
  /** What a step of a run does. */
  script(runId: string): StepScript
  network(random: Random): Network
  /** An upload of a log's segment goes wrong now. */
  uploadFails(): boolean
  /** Asks the control plane for what an attempt of a run is given. */
  secrets(runnerId: string, of: { runId: string; attempt: number }, reply: (answer: SecretsAnswer) => void): void
}

/** Null: there was no answer. */
export type SecretsAnswer = Result<AttemptSecrets, { code: string; message: string }> | null

const FLUSH_MS = 5_000

export class Machine {
  readonly world: World
  readonly runnerId: string
  readonly capacity: number
  /** Its clock goes before that of the control plane by this. */
  skewMs: number
  readonly zone: string
  readonly network: Network
  readonly random: Random
  boot = 1
  journal: JournalRecord[] = []
  /** Boot in which the last agent began. */
  journalBoot = 1
  /** Records that a power cut leaves. */
  synced = 0
  readonly contexts = new Map<string, StoredContext>()
  readonly procs = new Map<string, Proc>()
  agent: SimAgent | null = null
  isOn = true
  failures = 0

  constructor(world: World, runnerId: string, options: { capacity: number; skewMs: number; zone: string }) {
    this.world = world
    this.runnerId = runnerId
    this.capacity = options.capacity
    this.skewMs = options.skewMs
    this.zone = options.zone
    this.random = world.random.fork(runnerId)
    this.network = world.network(this.random.fork('link'))
  }

  startAgent(): void {
    if (!this.isOn || this.agent !== null) return
    this.agent = new SimAgent(this)
    this.agent.start()
  }

  /** kill -9 of the agent; another is started by the service manager. */
  crashAgent(backAfterMs: number): void {
    const { agent } = this
    if (agent === null) return
    this.world.trace(() => `AGENT CRASH ${this.runnerId}`)
    this.agent = null
    agent.die()
    this.world.loop.after(backAfterMs, () => this.startAgent())
  }

  /** Power cut: processes die, what was not flushed is gone. */
  reboot(backAfterMs: number): void {
    if (!this.isOn) return
    const { loop, truth } = this.world
    this.world.trace(() => `REBOOT ${this.runnerId}`)
    this.agent?.die()
    this.agent = null
    this.isOn = false
    this.network.vanish()
    for (const proc of this.procs.values()) this.#powerCut(proc, truth)
    // Neither is the record of a process that had just been started.
    for (const [key, proc] of this.procs)
      if (proc.boot === this.boot && loop.now - proc.startedAt < FLUSH_MS && this.random.chance(0.5))
        this.procs.delete(key)
    const kept = this.synced + this.random.int(this.journal.length - this.synced + 1)
    this.journal.length = kept
    for (const [runId, stored] of this.contexts)
      if (!stored.synced && this.random.chance(0.5)) this.contexts.delete(runId)
    this.boot++
    loop.after(backAfterMs, () => {
      this.isOn = true
      this.synced = this.journal.length
      this.startAgent()
    })
  }

  #powerCut(proc: Proc, truth: Truth): void {
    if (proc.state === 'running') {
      this.world.loop.cancel(proc.timer)
      proc.state = 'dead'
      truth.ended(proc, 'power cut')
    } else if (proc.boot === this.boot && proc.exit && this.random.chance(0.3)) {
      // The exit code had not reached the disk.
      proc.state = 'dead'
      delete proc.exit
    }
  }

  spawn(runId: string, step: string, attempt: number): Proc {
    const { loop, truth, script } = this.world
    const key = `${runId}/${step}/${attempt}`
    const act = script(runId)(step, attempt)
    const proc: Proc = {
      key,
      runId,
      step,
      attempt,
      machine: this.runnerId,
      zone: this.zone,
      boot: this.boot,
      startedAt: loop.now,
      state: 'running',
      stubborn: act.stubborn,
      isStopping: false,
      timer: null,
      waiters: [],
    }
    this.procs.set(key, proc)
    truth.spawned(proc)
    if (act.ms !== null) proc.timer = loop.after(act.ms, () => this.#exit(proc, { exitCode: act.exitCode }))
    return proc
  }

  /** A signal to the process group, then SIGKILL. */
  stop(proc: Proc): void {
    if (proc.state !== 'running') return
    proc.isStopping = true
    this.world.loop.after(proc.stubborn ? 5_000 : this.random.between(1, 30), () => this.#exit(proc, { exitCode: -1 }))
  }

  #exit(proc: Proc, exit: Exit): void {
    if (proc.state !== 'running') return
    this.world.loop.cancel(proc.timer)
    proc.state = 'exited'
    proc.exit = exit
    this.world.truth.ended(proc, `exit ${exit.exitCode}`)
    const waiters = proc.waiters
    proc.waiters = []
    for (const waiter of waiters) waiter()
  }

  append(record: JournalRecord): void {
    this.journal.push(record)
  }

  /** Flushes what is written now; a while after writing the system does so by itself. */
  flush(done: () => void): void {
    const length = this.journal.length
    const { boot } = this
    this.world.loop.after(this.random.between(0.2, 2), () => {
      if (boot !== this.boot) return
      this.synced = Math.max(this.synced, Math.min(length, this.journal.length))
      done()
    })
  }

  store(context: RunContext, given: AttemptSecrets | null): void {
    const stored: StoredContext = { context, given, synced: false }
    this.contexts.set(context.runId, stored)
    this.world.loop.after(FLUSH_MS, () => {
      stored.synced = true
    })
  }

  reconnectDelay(): number {
    this.failures++
    return backoffMs(this.failures, this.random.next())
  }
}
