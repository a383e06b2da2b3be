// People who look after the installation: they take hosts out of service and back, and change the profile. Promise: each asks until the
// answer is a yes, and what was asked and answered when is known to the checks.
import { SINGLETON } from '@edgedag/worker/objects/contracts'
import type { Drains } from './check/drains.ts'
import type { ProfileTruth } from './check/profiles.ts'
import { PROFILE, type ProfileChange, SECRET_PREFIX } from './schedule/profile-changes.ts'
import { Asking } from './sim/ask.ts'
import type { ControlPlane } from './sim/control-plane.ts'

const ADMIN = { name: 'admin', admin: true }

export class Operators {
  readonly #plane: ControlPlane
  readonly #profiles: ProfileTruth
  readonly #drains: Drains
  readonly #asking: Asking
  #open = 0
  #value = 0

  constructor(plane: ControlPlane, profiles: ProfileTruth, drains: Drains) {
    this.#plane = plane
    this.#profiles = profiles
    this.#drains = drains
    this.#asking = new Asking(plane)
  }

  /** Nothing is asked for any more. */
  get isDone(): boolean {
    return this.#open === 0 && this.#asking.open === 0
  }

  /** The profile as it is at first. */
  install(then: () => void): void {
    this.#vault('createProfile', [{ name: PROFILE, protected: true }, ADMIN], () => this.#rotate(then))
  }

  begin(changes: readonly ProfileChange[]): void {
    if (changes.length > 0) this.#changeNext(changes, this.#plane.loop.now)
  }

  /** Out of service for a while, whatever else goes wrong meanwhile. */
  drain(runnerId: string, ms: number): void {
    const { loop } = this.#plane
    const ask = (on: boolean, then: () => void): void =>
      this.#asking.ask({ kind: 'directory', name: SINGLETON, method: 'drainRunner', args: [runnerId, on] }, then)
    const drained = this.#drains.begin(runnerId)
    if (drained === null) return
    ask(true, () => {
      drained.since = loop.now
      loop.after(ms, () => {
        drained.until = loop.now
        ask(false, () => this.#drains.end(runnerId))
      })
    })
  }

  /** One after the other, so that the order in which they count is known. */
  #changeNext([change, ...rest]: readonly ProfileChange[], begin: number): void {
    if (change === undefined) return
    const { loop } = this.#plane
    this.#open++
    loop.at(begin + change.at, () => {
      const then = (): void => {
        this.#open--
        this.#changeNext(rest, begin)
      }
      if (change.kind === 'rotate') return this.#rotate(then)
      const record = this.#profiles.asked({ kind: 'status', status: change.status })
      this.#vault('updateProfile', [PROFILE, { status: change.status }, ADMIN], () => {
        record.confirmed = loop.now
        then()
      })
    })
  }

  #rotate(then: () => void): void {
    const n = this.#value++
    const variable = { key: 'MODE', kind: 'variable', value: String(n) }
    const secret = { key: 'TOKEN', kind: 'secret', value: `${SECRET_PREFIX}${n}` }
    this.#set(variable, n, () => this.#set(secret, n, then))
  }

  #set(entry: { key: string; kind: string; value: string }, n: number, then: () => void): void {
    const record = this.#profiles.asked({ kind: 'value', key: entry.key, n })
    this.#vault('setEntry', [PROFILE, entry, ADMIN], () => {
      record.confirmed = this.#plane.loop.now
      then()
    })
  }

  #vault(method: string, args: unknown[], then: () => void): void {
    this.#asking.ask({ kind: 'vault', name: SINGLETON, method, args }, then)
  }
}
