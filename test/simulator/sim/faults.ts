// What goes wrong, and when. Promise: every fault is drawn from the seed, counted, and none happens once the world is healed.
import type { Random } from './random.ts'

export type FaultKind =
  | 'object crash'
  | 'agent crash'
  | 'eviction'
  | 'control plane restart'
  | 'connection cut'
  | 'partition'
  | 'one-way partition'
  | 'host reboot'
  | 'clock jump'
  | 'control plane clock jump'
  | 'call failed'
  | 'answer lost'
  | 'call delayed'
  | 'alarm late'
  | 'alarm lost'
  | 'alarm twice'
  | 'blob failure'
  | 'sweep lost'

/** Where a crash can happen: each storage, send and await point of objects and agents passes here. */
export interface CrashOrder {
  /** Kind of object or `agent`; null: any. */
  kind: string | null
  /** Points of that kind until it happens. */
  left: number
}

export class Faults {
  readonly counts = new Map<FaultKind, number>()
  readonly #random: Random
  readonly #orders: CrashOrder[] = []
  /** Crash points passed so far. */
  points = 0
  /** Systematic mode: the point at which the one crash happens. */
  crashAt = -1
  /** Names of the points, kept when asked for. */
  readonly pointNames: string[] | null
  healed = false
  /** While above 0, so much of the calls between objects goes wrong. */
  callTrouble = 0
  alarmTrouble = 0
  blobTrouble = 0
  sweepTrouble = 0

  constructor(random: Random, keepNames = false) {
    this.#random = random
    this.pointNames = keepNames ? [] : null
  }

  count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
  }

  get total(): number {
    let sum = 0
    for (const count of this.counts.values()) sum += count
    return sum
  }

  order(order: CrashOrder): void {
    this.#orders.push(order)
  }

  heal(): void {
    this.healed = true
    this.#orders.length = 0
    this.callTrouble = this.alarmTrouble = this.blobTrouble = this.sweepTrouble = 0
  }

  /** A crash point is passed; true: it happens here. */
  point(kind: string, label: string): boolean {
    if (this.healed) return false
    const index = this.points++
    this.pointNames?.push(`${kind}.${label}`)
    let crash = index === this.crashAt
    for (let i = 0; i < this.#orders.length && !crash; i++) {
      const order = this.#orders[i]!
      if (order.kind !== null && order.kind !== kind) continue
      if (--order.left > 0) continue
      this.#orders.splice(i, 1)
      crash = true
    }
    if (crash) this.count(kind === 'agent' ? 'agent crash' : 'object crash')
    return crash
  }

  /** What becomes of a call between objects. */
  callFate(): 'ok' | 'call failed' | 'answer lost' | 'call delayed' {
    if (this.callTrouble === 0 || !this.#random.chance(this.callTrouble)) return 'ok'
    return this.#drawn(this.#random.pick(['call failed', 'answer lost', 'call delayed'] as const))
  }

  alarmFate(): 'ok' | 'alarm late' | 'alarm lost' | 'alarm twice' {
    if (this.alarmTrouble === 0 || !this.#random.chance(this.alarmTrouble)) return 'ok'
    return this.#drawn(this.#random.pick(['alarm late', 'alarm lost', 'alarm twice'] as const))
  }

  blobFate(): 'ok' | 'blob failure' {
    return this.blobTrouble > 0 && this.#random.chance(this.blobTrouble) ? this.#drawn('blob failure') : 'ok'
  }

  sweepFate(): 'ok' | 'sweep lost' {
    return this.sweepTrouble > 0 && this.#random.chance(this.sweepTrouble) ? this.#drawn('sweep lost') : 'ok'
  }

  #drawn<K extends FaultKind>(kind: K): K {
    this.count(kind)
    return kind
  }
}

/** A fault that the simulator made: it may travel through the product's code, which must cope. */
export class SimFault extends Error {
  /** The object that was called, or the caller itself, is gone. */
  readonly crashed: boolean

  constructor(message: string, crashed = false) {
    super(message)
    this.crashed = crashed
  }
}
