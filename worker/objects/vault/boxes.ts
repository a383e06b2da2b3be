// Secrets of the control plane itself (of webhooks, of its mail account): sealed like all of the Vault, known by a name, never listed.
// Promise: the version that somebody still names stays until the one after it was replaced, too.
import { err, ok } from '@edgedag/core/result'
import type { Outcome } from '../contracts/vault.ts'
import type { VaultSecrets } from './secrets.ts'

/** Owner of these secrets: they are neither the registry's nor a profile's. */
const OWNER = 'control-plane'

export class VaultBoxes {
  readonly #secrets: VaultSecrets

  constructor(secrets: VaultSecrets) {
    this.#secrets = secrets
  }

  /** Keeps a text; its version is what opens it. */
  put(name: string, text: string): Outcome<number> {
    const { writable } = this.#secrets
    if (!writable.ok) return writable
    const id =
      this.#secrets.idOf(OWNER, name) ??
      this.#secrets.insert(
        { owner: OWNER, workspace: '', ref: name, description: '', provider: 'managed', providerRef: '', options: {} },
        OWNER,
      )
    this.#secrets.addVersion(id, text, OWNER)
    const { currentVersion } = this.#secrets.byId(id)!
    this.#secrets.forgetBefore(id, currentVersion - 1)
    return ok(currentVersion)
  }

  open(name: string, version: number): Outcome<string> {
    const id = this.#secrets.idOf(OWNER, name)
    const value = id === null ? err('it is not there') : this.#secrets.value(id, version)
    return value.ok ? value : err({ code: 'unavailable', message: value.error })
  }

  remove(name: string): void {
    const id = this.#secrets.idOf(OWNER, name)
    if (id !== null) this.#secrets.remove(id)
  }
}
