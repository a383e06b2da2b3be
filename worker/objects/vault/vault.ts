// The Vault: runtime profiles and the registry of secrets, encrypted (DESIGN.md section 8). Promise: a value that was written leaves
// only for an attempt of a run; after a change of keys everything is encrypted anew, a few values at a time, and stays readable.
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { VAULT_TABLES } from '../../store/tables.ts'
import { type Keyring, readKeyring } from '../../vault/keyring.ts'
import { type Actor, type AttemptRequest, type Kinds, SINGLETON, type VaultApi } from '../contracts.ts'
import { VaultAttempts } from './attempt.ts'
import { VaultAudit } from './audit.ts'
import { VaultBoxes } from './boxes.ts'
import { isDefaultsLayer, VaultProfiles } from './profiles.ts'
import { VaultRegistry } from './registry.ts'
import { VaultSecrets } from './secrets.ts'

/** What has grown old is looked for so often while there is anything new. */
const TRIM_MS = 24 * 3_600_000

type Args<M extends keyof VaultApi> = Parameters<VaultApi[M]>

export class VaultObject implements Serves<VaultApi>, ManagedObject {
  readonly #alarm: AlarmClock<Kinds>
  readonly #host: ObjectHost<Kinds>
  readonly #keyring: Keyring
  readonly #audit: VaultAudit
  readonly #secrets: VaultSecrets
  readonly #profiles: VaultProfiles
  readonly #registry: VaultRegistry
  readonly #attempts: VaultAttempts
  readonly #boxes: VaultBoxes

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    migrate(host.sql, VAULT_TABLES)
    this.#keyring = keyringOf(host.settings.vaultKeys)
    this.#audit = new VaultAudit(host)
    this.#secrets = new VaultSecrets(host, this.#keyring)
    this.#profiles = new VaultProfiles(host, this.#secrets, this.#audit)
    this.#registry = new VaultRegistry(this.#secrets, this.#audit)
    this.#boxes = new VaultBoxes(this.#secrets)
    this.#attempts = new VaultAttempts(host, this.#keyring, this.#secrets, this.#profiles)
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    const old = [...this.#secrets.valuesByKey().keys()].some(
      id => id !== this.#keyring.currentId && this.#keyring.ids.includes(id),
    )
    if (old) this.#alarm.wakeBy(this.#host.now())
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    if (this.#secrets.rekey()) return this.#alarm.wakeBy(this.#host.now())
    this.#attempts.trim()
    this.#audit.trim()
  }

  profiles(actor: Actor) {
    return this.#profiles.list(actor)
  }

  profile(name: string, actor: Actor) {
    return this.#profiles.get(name, actor)
  }

  createProfile(...[request, actor]: Args<'createProfile'>) {
    return this.#profiles.create(request, actor)
  }

  updateProfile(...[name, change, actor]: Args<'updateProfile'>) {
    return this.#told(name, this.#profiles.update(name, change, actor))
  }

  removeProfile(name: string, actor: Actor) {
    return this.#profiles.remove(name, actor)
  }

  setEntry(...[name, entry, actor]: Args<'setEntry'>) {
    return this.#told(name, this.#profiles.setEntry(name, entry, actor))
  }

  removeEntry(name: string, key: string, actor: Actor) {
    return this.#told(name, this.#profiles.removeEntry(name, key, actor))
  }

  usable(name: string, actor: Actor | null) {
    return this.#profiles.usable(name, actor)
  }

  secrets({ workspace, limit, offset }: Args<'secrets'>[0]) {
    return this.#secrets.page(workspace, limit, offset)
  }

  secret(id: string) {
    const found = this.#registry.find(id)
    return found === null ? null : { ...found, versions: this.#secrets.versions(id) }
  }

  createSecret(...[request, actor]: Args<'createSecret'>) {
    return this.#registry.create(request, actor)
  }

  updateSecret(...[id, change, actor]: Args<'updateSecret'>) {
    return this.#registry.update(id, change, actor)
  }

  setSecretStatus(...[id, status, actor]: Args<'setSecretStatus'>) {
    return this.#registry.setStatus(id, status, actor)
  }

  addVersion(id: string, value: string, actor: Actor) {
    return this.#registry.addVersion(id, value, actor)
  }

  removeSecret(id: string, actor: Actor) {
    return this.#registry.remove(id, actor)
  }

  attempt(request: AttemptRequest) {
    this.#alarm.wakeBy(this.#host.now() + TRIM_MS)
    return this.#attempts.give(request)
  }

  /** Dags have to know whether there are default values. One that fails to hear makes the caller try again: nothing is lost. */
  async #told<T>(name: string, outcome: T): Promise<T> {
    if (isDefaultsLayer(name)) {
      const { entries, defaultProfile } = this.#profiles.find(name)!
      const workspace = name === '_global' ? null : name.slice('_workspaces/'.length)
      const defaults = { values: entries.length > 0, profile: defaultProfile }
      await this.#host.object('directory', SINGLETON).setProfileDefaults(workspace, defaults)
    }
    return outcome
  }

  putBox(name: string, text: string) {
    return this.#boxes.put(name, text)
  }

  openBox(name: string, version: number) {
    return this.#boxes.open(name, version)
  }

  removeBox(name: string): void {
    this.#boxes.remove(name)
  }

  audit(query: Args<'audit'>[0]) {
    return this.#audit.page(query)
  }

  keys(): ReturnType<VaultApi['keys']> {
    const values = this.#secrets.valuesByKey()
    const known = new Set(this.#keyring.ids)
    const unreadable = [...values].reduce((sum, [id, n]) => sum + (known.has(id) ? 0 : n), 0)
    const { currentId } = this.#keyring
    return {
      keys: this.#keyring.ids.map(id => ({ id, current: id === currentId, values: values.get(id) ?? 0 })),
      unreadable,
    }
  }
}

/** A setting that is no key must not take the profiles' variables with it: it counts as none, and is said in the log. */
function keyringOf(text: string): Keyring {
  try {
    return readKeyring(text)
  } catch (error) {
    console.error('the Vault has no usable key', error instanceof Error ? error.message : error)
    return readKeyring('')
  }
}
