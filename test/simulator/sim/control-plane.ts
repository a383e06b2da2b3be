// The control plane: all objects by kind and name, the calls between them, the minutely sweep, and its own restarts.

import type { Settings } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { SINGLETON } from '@edgedag/worker/objects/contracts'
import { type Outcome, type Reply, SimObject } from './actor.ts'
import { SimBlobs } from './blobs.ts'
import { clone } from './clone.ts'
import { type Faults, SimFault } from './faults.ts'
import type { Conn } from './link.ts'
import type { SimLoop } from './loop.ts'
import { Outside } from './outside.ts'
import type { Random } from './random.ts'
import type { ServerSocket } from './server-socket.ts'
import { giveBack } from './sql-pool.ts'

export interface Call {
  kind: keyof Kinds
  name: string
  method: string
  args: unknown[]
}

const SWEEP_MS = 60_000
const VAULT_KEY = btoa('a key of the simulated world, ok')

export class ControlPlane {
  readonly loop: SimLoop
  readonly random: Random
  readonly faults: Faults
  readonly blobs: SimBlobs
  readonly outside: Outside
  readonly settings: Settings
  readonly objects = new Map<string, SimObject>()
  /** Errors that no fault explains. */
  readonly failures: string[] = []
  trace: (line: () => string) => void = () => {}
  /** How far its clock is off. */
  skewMs = 0
  /** When it was set, and by how much. */
  readonly #jumps: { at: number; ms: number }[] = []
  commits = 0
  calls = 0

  constructor(loop: SimLoop, random: Random, faults: Faults, runPool: number) {
    this.loop = loop
    this.random = random
    this.faults = faults
    this.blobs = new SimBlobs(loop, faults, random)
    this.outside = new Outside(loop, random.fork('outside'))
    this.settings = {
      runPool,
      bootedAt: 0,
      earlyWakeMs: random.chance(0.5) ? 7_000 : 0,
      timezone: 'UTC',
      executionMode: 'local',
      signingKey: 'simulator',
      vaultKeys: VAULT_KEY,
      version: 'simulated',
    }
    loop.after(SWEEP_MS, () => this.#sweep())
  }

  /** Its clock is set; whoever waits for an alarm does not notice. */
  jump(ms: number): void {
    this.skewMs += ms
    this.#jumps.push({ at: this.loop.now, ms })
  }

  /** What it has noted cannot be compared with true times. */
  get hasJumped(): boolean {
    return this.#jumps.length > 0
  }

  /** How long something lasts for it that has lasted since `at`: it cannot tell its jumps ahead from time that has passed (ADR 62). */
  elapsedSince(at: number): number {
    return this.#jumps.reduce((ms, jump) => ms + (jump.at >= at ? Math.max(0, jump.ms) : 0), this.loop.now - at)
  }

  /** What its clock shows, epoch ms. */
  get now(): number {
    return this.loop.now + this.skewMs
  }

  object(kind: keyof Kinds, name: string): SimObject {
    const key = `${kind}/${name}`
    let object = this.objects.get(key)
    if (object === undefined) {
      object = new SimObject(this, kind, name)
      this.objects.set(key, object)
    }
    return object
  }

  /** A call from a client. */
  call(call: Call, reply: Reply): void {
    this.send({ ...call, args: clone(call.args) }, reply)
  }

  /**
   * A call with arguments that nobody else holds: it may fail before or after it was carried out, and calls may overtake each
   * other.
   */
  send(call: Call, reply: Reply): void {
    const { loop, random } = this
    this.calls++
    const fate = this.faults.callFate()
    const there = fate === 'call delayed' ? random.between(100, 10_000) : this.#latency()
    loop.after(there, () => {
      if (fate === 'call failed') return reply({ ok: false, error: new SimFault('the call did not arrive') })
      this.trace(() => `${call.kind}/${call.name}.${call.method}(${short(call.args)})`)
      this.object(call.kind, call.name).handle(
        object => object[call.method]!(...call.args),
        outcome => loop.after(this.#latency(), () => reply(this.#answerOf(call, fate, outcome))),
      )
    })
  }

  #answerOf(call: Call, fate: string, outcome: Outcome): Outcome {
    if (fate === 'answer lost') return { ok: false, error: new SimFault('the answer was lost') }
    this.trace(
      () =>
        `  ${call.kind}/${call.name}.${call.method} -> ${outcome.ok ? short(outcome.value) : String(outcome.error)}`,
    )
    return outcome.ok ? { ok: true, value: clone(outcome.value) } : outcome
  }

  #latency(): number {
    return this.random.chance(0.03) ? this.random.between(5, 300) : this.random.between(0.1, 3)
  }

  /** Opens a socket to a Runner; `opened` hears whether that went well. */
  upgrade(runnerId: string, conn: Conn, opened: (isOpen: boolean) => void): void {
    const request = {
      url: 'http://edgedag/connect',
      headers: new Headers({ upgrade: 'websocket' }),
    } as unknown as Request
    this.object('runner', runnerId).handle(
      async (object, instance) => {
        const response = (await object.fetch!(request)) as { status: number; simulated?: ServerSocket }
        if (response.simulated && !instance.dead) conn.attach(response.simulated)
        return response.status
      },
      outcome => opened(outcome.ok && outcome.value === 101),
    )
  }

  /** Everything that is in memory ends in one instant; the embedded host then looks after all runs. */
  restart(): void {
    this.trace(() => 'CONTROL PLANE RESTART')
    for (const object of this.objects.values()) object.crash(true)
    this.settings.bootedAt = Math.floor(this.now)
    this.loop.after(200, () => this.#sweepOnce())
  }

  unexpected(where: string, error: unknown): void {
    this.failures.push(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  }

  close(): void {
    for (const object of this.objects.values()) giveBack(object.kind, object.sql)
  }

  #sweep(): void {
    this.loop.after(SWEEP_MS, () => this.#sweep())
    if (this.faults.sweepFate() === 'ok') this.#sweepOnce()
  }

  #sweepOnce(): void {
    this.call({ kind: 'directory', name: SINGLETON, method: 'sweep', args: [] }, () => {})
  }
}

const short = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, 400)
