// What one attempt of a run is given. Promise: it is decided once, when the attempt first asks, and kept as versions; a rotation,
// a switched-off profile or secret reaches the next attempt, never this one.
import { err, ok } from '@edgedag/core/result'
import type { AttemptSecrets, GivenEntry, GivenRef } from '@edgedag/core/vault/resolved'
import { type GivenOutputs, outputBinding, readOpenOutputs } from '@edgedag/core/vault/sealed-outputs'
import { type OpenParams, readOpenParams } from '@edgedag/core/vault/sealed-params'
import type { ObjectHost } from '../../host/port.ts'
import type { Keyring } from '../../vault/keyring.ts'
import type { AttemptRequest, Outcome } from '../contracts/vault.ts'
import type { Kinds, ProfileRecord } from '../contracts.ts'
import type { VaultProfiles } from './profiles.ts'
import type { VaultSecrets } from './secrets.ts'

/** Attempts are remembered so long: a run may wait for months for a person. */
const KEEP_MS = 400 * 24 * 3_600_000
/** The last use of a secret is written at most so often. */
const USED_EVERY_MS = 3_600_000

type FixedEntry = { key: string; value: string } | { key: string; secretId: string; version: number }
type FixedRef =
  | { secretId: string; version: number }
  | { provider: string; key: string; options: Record<string, string> }

interface Fixed {
  defaults: FixedEntry[]
  profile?: { name: string; resolvedAt: number; entries: FixedEntry[] }
  refs: Record<string, FixedRef>
}

export class VaultAttempts {
  readonly #host: ObjectHost<Kinds>
  readonly #keyring: Keyring
  readonly #secrets: VaultSecrets
  readonly #profiles: VaultProfiles

  constructor(host: ObjectHost<Kinds>, keyring: Keyring, secrets: VaultSecrets, profiles: VaultProfiles) {
    this.#host = host
    this.#keyring = keyring
    this.#secrets = secrets
    this.#profiles = profiles
  }

  give(request: AttemptRequest): Outcome<AttemptSecrets> {
    const { runId, attempt } = request
    const known = this.#host.sql.exec<{ data: string }>(
      'SELECT data FROM attempt WHERE run_id = ? AND attempt = ?',
      runId,
      attempt,
    )[0]
    if (known !== undefined) return this.#values(JSON.parse(known.data) as Fixed, request)
    const fixed = this.#decide(request)
    if (!fixed.ok) return fixed
    const given = this.#values(fixed.value, request)
    if (given.ok) this.#keep(request, fixed.value)
    return given
  }

  /** Forgets attempts of long ago. */
  trim(): void {
    this.#host.sql.exec('DELETE FROM attempt WHERE at < ?', this.#host.now() - KEEP_MS)
  }

  #decide({ profile, workspace, refs }: AttemptRequest): Outcome<Fixed> {
    const fixed: Fixed = { defaults: this.#defaults(workspace), refs: {} }
    if (profile !== undefined) {
      const usable = this.#profiles.usable(profile, null)
      if (!usable.ok) return usable
      const entries = fixedEntries(this.#profiles.find(profile)!, id => this.#version(id))
      fixed.profile = { name: profile, resolvedAt: this.#host.now(), entries }
    }
    for (const ref of refs) {
      // The workspace's own secret hides the global one, also while it is disabled.
      const found = (workspace === null ? null : this.#secrets.byRef(workspace, ref)) ?? this.#secrets.byRef('', ref)
      if (found === null) return err({ code: 'not_found', message: `secret ${ref} is not in the registry` })
      if (found.status !== 'active') return err({ code: 'bad_request', message: `secret ${ref} is disabled` })
      fixed.refs[ref] =
        found.providerType === 'managed'
          ? { secretId: found.id, version: found.currentVersion }
          : { provider: found.providerType, key: found.providerRef, options: found.options }
    }
    return ok(fixed)
  }

  #defaults(workspace: string | null): FixedEntry[] {
    const layers = ['_global', ...(workspace === null ? [] : [`_workspaces/${workspace}`])]
    return layers.flatMap(name => fixedEntries(this.#profiles.find(name)!, id => this.#version(id)))
  }

  #version(secretId: string): number {
    return this.#secrets.byId(secretId)?.currentVersion ?? 0
  }

  #values(fixed: Fixed, { runId, params, outputs }: AttemptRequest): Outcome<AttemptSecrets> {
    try {
      const entries = (where: string, list: FixedEntry[]) => list.map(entry => this.#entry(where, entry))
      const { profile } = fixed
      return ok({
        defaults: entries('defaults', fixed.defaults),
        ...(profile === undefined
          ? {}
          : { profile: { ...profile, entries: entries(`profile ${profile.name}`, profile.entries) } }),
        refs: Object.fromEntries(Object.entries(fixed.refs).map(([ref, at]) => [ref, this.#ref(ref, at)])),
        ...(params === undefined ? {} : this.#params(params)),
        ...(outputs === undefined ? {} : { outputs: outputs.map(each => this.#outputs(each)) }),
        sealKeys: this.#keyring.derive(`run/${runId}`),
      })
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      return err({ code: 'bad_request', message: error.message })
    }
  }

  /** Sealed under a host's own key they are that host's to open. */
  #params({ sealed, parentRunId, binding }: NonNullable<AttemptRequest['params']>): { params?: OpenParams } {
    const text = this.#keyring.openDerived(`run/${parentRunId}`, sealed, binding)
    const params = text.ok ? readOpenParams(text.value) : undefined
    return params === undefined ? {} : { params }
  }

  #outputs({ runId, step, names, text }: NonNullable<AttemptRequest['outputs']>[number]): GivenOutputs {
    const json = this.#keyring.openDerived(`run/${runId}`, text, outputBinding(runId, step))
    const open = json.ok ? readOpenOutputs(json.value) : undefined
    return { runId, step, names, ...(open === undefined ? { sealed: text } : { open }) }
  }

  #entry(where: string, entry: FixedEntry): GivenEntry {
    if ('value' in entry) return { ...entry, secret: false }
    const { key, secretId, version } = entry
    return { key, value: this.#read(`${where}: secret ${key}`, secretId, version), secret: true }
  }

  #ref(ref: string, fixed: FixedRef): GivenRef {
    return 'secretId' in fixed ? { value: this.#read(`secret ${ref}`, fixed.secretId, fixed.version) } : fixed
  }

  #read(what: string, secretId: string, version: number): string {
    const value = this.#secrets.value(secretId, version)
    if (!value.ok) throw new Unreadable(`${what} cannot be read: ${value.error}`)
    return value.value
  }

  /** Nothing is kept of a run that was given nothing. */
  #keep({ runId, attempt }: AttemptRequest, fixed: Fixed): void {
    if (fixed.profile === undefined && fixed.defaults.length === 0 && Object.keys(fixed.refs).length === 0) return
    const now = this.#host.now()
    this.#host.sql.exec(
      `INSERT INTO attempt (run_id, attempt, data, at) VALUES (?, ?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET
        attempt = excluded.attempt, data = excluded.data, at = excluded.at WHERE excluded.attempt > attempt.attempt`,
      runId,
      attempt,
      JSON.stringify(fixed),
      now,
    )
    for (const at of Object.values(fixed.refs)) {
      if (!('secretId' in at)) continue
      const lastUsed = this.#secrets.byId(at.secretId)?.lastUsed
      if (now - (lastUsed?.at ?? 0) > USED_EVERY_MS) this.#secrets.markUsed(at.secretId, runId)
    }
  }
}

/** A value that was fixed and cannot be had. */
class Unreadable extends Error {}

const fixedEntries = ({ entries }: ProfileRecord, version: (secretId: string) => number): FixedEntry[] =>
  entries.map(({ key, value, secretId }) =>
    secretId === undefined ? { key, value: value ?? '' } : { key, secretId, version: version(secretId) },
  )
