// One object of a kind: what is durable of it, and its present instance in memory. Models the platform: an event at a time up to
// its first await, one commit per synchronous stretch, messages held back until that commit, and an end of the instance at any point.

import type { ManagedObject } from '@edgedag/worker/host/port'
import type { Kinds } from '@edgedag/worker/objects/contracts'
import { OBJECT_CLASSES } from '@edgedag/worker/objects/registry'
import type { ControlPlane } from './control-plane.ts'
import { SimFault } from './faults.ts'
import { createHost } from './host.ts'
import type { Timer } from './loop.ts'
import type { ServerSocket } from './server-socket.ts'
import type { SimSql } from './sql.ts'
import { takeSql } from './sql-pool.ts'

export type Outcome = { ok: true; value: unknown } | { ok: false; error: unknown }
export type Reply = (outcome: Outcome) => void
export type AnyObject = ManagedObject & Record<string, (...args: unknown[]) => unknown>
type Work = (object: AnyObject, instance: Instance) => unknown

/** A failed alarm handler is armed again after this long (worker/host/workerd.ts); a crashed one by the platform. */
const RETRY_ALARM_MS = 5_000
const PLATFORM_RETRY_MS = 2_000
/** Objects that have to make their tables first. */
const FRESH = 0.1

export class SimObject {
  readonly plane: ControlPlane
  readonly kind: keyof Kinds
  readonly name: string
  readonly sql: SimSql
  readonly sockets = new Map<string, ServerSocket>()
  instance: Instance | null = null
  alarmAt: number | null = null
  #timer: Timer | null = null

  constructor(plane: ControlPlane, kind: keyof Kinds, name: string) {
    this.plane = plane
    this.kind = kind
    this.name = name
    this.sql = takeSql(kind, plane.random.chance(FRESH))
  }

  get label(): string {
    return `${this.kind}/${this.name}`
  }

  /** Delivers one event; `reply` hears how it ended, or that the instance is gone. */
  handle(work: Work, reply: Reply): void {
    const instance = this.instance ?? this.#begin()
    if (instance === null) return reply({ ok: false, error: new SimFault(`${this.label} was reset`, true) })
    instance.handle(work, reply)
  }

  /** Memory is dropped while nothing goes on; sockets sleep on. */
  evict(): boolean {
    if (this.instance === null || !this.instance.isIdle) return false
    this.instance.dead = true
    this.instance = null
    return true
  }

  crash(losesSockets: boolean): void {
    this.instance?.crash()
    if (!losesSockets) return
    for (const socket of this.sockets.values()) socket.conn?.cut()
    this.sockets.clear()
  }

  #begin(): Instance | null {
    const instance = new Instance(this)
    this.instance = instance
    instance.begin()
    return this.instance
  }

  /** A committed alarm time. */
  arm(at: number): void {
    const { loop, faults } = this.plane
    this.alarmAt = at
    const wait = Math.max(0, at - this.plane.now)
    this.plane.trace(() => `  ${this.label} wakes in ${Math.round(wait)} ms`)
    loop.cancel(this.#timer)
    const fate = faults.alarmFate()
    // Lost for a while: the platform finds it again after the sweep should have noticed.
    const late =
      fate === 'alarm lost'
        ? 150_000
        : fate === 'alarm late'
          ? this.plane.random.pick([1_000, 20_000, 60_000])
          : this.plane.random.between(0, 3)
    this.#timer = loop.after(wait + late, () => this.#ring(at))
    if (fate === 'alarm twice') loop.after(wait + late + 5, () => this.#fire(at))
  }

  /** Whoever waits, waits for so long; a clock that was set back meanwhile makes it wait on, as in workerd. */
  #ring(at: number): void {
    const left = at - this.plane.now
    if (left > 0) this.#timer = this.plane.loop.after(left, () => this.#ring(at))
    else this.#fire(at)
  }

  #fire(at: number): void {
    if (this.alarmAt === at) this.alarmAt = null
    this.plane.trace(() => `alarm ${this.label}`)
    this.handle(
      object => object.alarm(),
      outcome => {
        if (outcome.ok) return
        const crashed = outcome.error instanceof SimFault && outcome.error.crashed
        if (this.alarmAt === null) this.arm(this.plane.now + (crashed ? PLATFORM_RETRY_MS : RETRY_ALARM_MS))
      },
    )
  }
}

/** An object in memory. Everything here is lost with it. */
export class Instance {
  readonly owner: SimObject
  dead = false
  #object: AnyObject | null = null
  #ready = false
  /** Background work and calls that it waits for. */
  busy = 0
  #dirty = false
  #alarm: number | null = null
  #gated: (() => void)[] = []
  #waiting: { work: Work; reply: Reply }[] = []
  readonly #open = new Set<Reply>()

  constructor(owner: SimObject) {
    this.owner = owner
  }

  get isIdle(): boolean {
    return this.#ready && this.busy === 0 && this.#open.size === 0 && !this.#dirty && this.#waiting.length === 0
  }

  get alarm(): number | null {
    return this.#alarm ?? this.owner.alarmAt
  }

  begin(): void {
    const { plane, kind } = this.owner
    try {
      this.#object = OBJECT_CLASSES[kind].create(createHost(this)) as unknown as AnyObject
      const init = this.#object.init?.()
      if (init === undefined) this.#becomeReady()
      else {
        init.then(
          () => this.#becomeReady(),
          error => this.#failed('init', error),
        )
      }
    } catch (error) {
      if (!this.dead) {
        plane.unexpected(`constructor of ${this.owner.label}`, error)
        this.crash()
      }
    }
  }

  handle(work: Work, reply: Reply): void {
    if (!this.#ready) this.#waiting.push({ work, reply })
    else this.#run(work, reply)
  }

  /** A point at which the instance may end; throws where it does, so that no further statement of it counts. */
  point(label: string): void {
    if (this.dead) throw new SimFault('this instance is gone', true)
    if (!this.passes(label)) throw new SimFault('this instance is gone', true)
  }

  /** The same outside of the object's own code: false when it ended here. */
  passes(label: string): boolean {
    if (this.dead) return false
    const { plane, kind } = this.owner
    if (!plane.faults.point(kind, label)) return true
    plane.trace(() => `CRASH ${this.owner.label} at ${label}`)
    this.owner.crash(plane.random.chance(0.5))
    return false
  }

  beforeWrite(): void {
    this.point('write')
    this.#touch()
  }

  setAlarm(at: number): void {
    this.point('alarm')
    this.#alarm = at
    this.#touch()
  }

  /** Lets something out once all that was written before is durable. */
  output(send: () => void): void {
    if (this.#dirty) this.#gated.push(send)
    else send()
  }

  /** Something that the object awaited is there. */
  resume(work: () => void): void {
    if (this.passes('resume')) work()
  }

  crash(): void {
    if (this.dead) return
    const { plane } = this.owner
    this.dead = true
    this.owner.sql.rollback()
    this.#gated = []
    if (this.owner.instance === this) this.owner.instance = null
    const error = new SimFault(`${this.owner.label} was reset`, true)
    const open = [...this.#open, ...this.#waiting.map(waiting => waiting.reply)]
    this.#open.clear()
    this.#waiting = []
    for (const reply of open) plane.loop.after(plane.random.between(0, 5), () => reply({ ok: false, error }))
  }

  #run(work: Work, reply: Reply): void {
    if (this.dead) return reply({ ok: false, error: new SimFault(`${this.owner.label} was reset`, true) })
    this.#open.add(reply)
    if (!this.passes('deliver')) return
    let result: unknown
    try {
      result = work(this.#object!, this)
    } catch (error) {
      return this.#answer(reply, { ok: false, error })
    }
    Promise.resolve(result).then(
      value => this.#answer(reply, { ok: true, value }),
      error => this.#answer(reply, { ok: false, error }),
    )
  }

  #answer(reply: Reply, outcome: Outcome): void {
    if (this.dead) return
    if (!outcome.ok && !(outcome.error instanceof SimFault))
      this.owner.plane.unexpected(this.owner.label, outcome.error)
    this.output(() => {
      if (!this.passes('answer')) return
      this.#open.delete(reply)
      reply(outcome)
    })
  }

  #touch(): void {
    if (this.#dirty) return
    this.#dirty = true
    queueMicrotask(() => this.#commit())
  }

  #commit(): void {
    if (!this.passes('before commit')) return
    this.owner.sql.commit()
    this.owner.plane.commits++
    this.#dirty = false
    const alarm = this.#alarm
    this.#alarm = null
    if (alarm !== null) this.owner.arm(alarm)
    const gated = this.#gated
    this.#gated = []
    for (const send of gated) {
      if (!this.passes('after commit')) return
      send()
    }
  }

  #becomeReady(): void {
    if (this.dead) return
    this.#ready = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const { work, reply } of waiting) this.#run(work, reply)
  }

  #failed(what: string, error: unknown): void {
    if (this.dead) return
    this.owner.plane.unexpected(`${what} of ${this.owner.label}`, error)
    this.crash()
  }
}
