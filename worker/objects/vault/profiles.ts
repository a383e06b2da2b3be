// Runtime profiles and the default layers (seed Profiles; surface 5). Promise: a protected profile is open to admins only, a value
// of a secret is never given back, and each change and its audit entry are one commit.
import { err, ok } from '@edgedag/core/result'
import { entryKeyProblem, MAX_VALUE_CHARS, profileNameProblem } from '@edgedag/core/vault/rules'
import type { ObjectHost } from '../../host/port.ts'
import type { Outcome, ProfileEntry, Refusal } from '../contracts/vault.ts'
import type { Actor, Kinds, ProfileRecord } from '../contracts.ts'
import type { VaultAudit } from './audit.ts'
import type { VaultSecrets } from './secrets.ts'

const MAX_PROFILES = 1_000
const MAX_ENTRIES = 1_000
const MAX_DESCRIPTION = 4_096

type Row = {
  name: string
  id: string
  description: string
  status: 'active' | 'disabled'
  protected: number
  default_profile: string
  created_at: number
  created_by: string
  updated_at: number
  updated_by: string
}

type EntryRow = {
  key: string
  kind: 'variable' | 'secret'
  value: string
  secret_id: string
  created_at: number
  updated_at: number
  updated_by: string
}

const refuse = (code: string, message: string): { ok: false; error: Refusal } => err({ code, message })

/** A layer of defaults: it is there as soon as it is named, and has no status. */
export const isDefaultsLayer = (name: string): boolean =>
  name === '_global' || /^_workspaces\/[A-Za-z0-9_-]{1,64}$/.test(name)

export const notFound = (name: string) => refuse('not_found', `runtime profile ${name} not found`)

export class VaultProfiles {
  readonly #host: ObjectHost<Kinds>
  readonly #secrets: VaultSecrets
  readonly #audit: VaultAudit

  constructor(host: ObjectHost<Kinds>, secrets: VaultSecrets, audit: VaultAudit) {
    this.#host = host
    this.#secrets = secrets
    this.#audit = audit
  }

  list(actor: Actor): ProfileRecord[] {
    const rows = this.#host.sql.exec<Row>("SELECT * FROM profile WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name")
    return rows.filter(row => actor.admin || row.protected === 0).map(row => this.#record(row))
  }

  /** As it is, whoever asks; a default layer that nobody has written yet is empty. Null: there is none. */
  find(name: string): ProfileRecord | null {
    const row = this.#row(name)
    if (row !== null) return this.#record(row)
    return isDefaultsLayer(name) ? emptyLayer(name) : null
  }

  get(name: string, actor: Actor): Outcome<ProfileRecord> {
    const found = this.find(name)
    if (found === null) return refuse('not_found', 'Runtime profile not found')
    if (found.protected && !actor.admin)
      return refuse('forbidden', `Runtime profile ${name} is protected: only admins may see, change or use it`)
    return ok(found)
  }

  create(request: { name: string; description?: string; protected?: boolean }, actor: Actor): Outcome<ProfileRecord> {
    const { name, description = '' } = request
    const problem = profileNameProblem(name) ?? descriptionProblem(description)
    if (problem !== undefined) return refuse('bad_request', problem)
    if (request.protected && !actor.admin) return refuse('forbidden', 'only admins may make protected profiles')
    if (this.#row(name) !== null) return refuse('already_exists', 'Runtime profile already exists')
    if (this.#count('SELECT count(*) AS n FROM profile') >= MAX_PROFILES)
      return refuse('bad_request', `there are ${MAX_PROFILES} profiles already`)
    this.#insert({ name, description, protected: request.protected === true }, actor.name)
    this.#audit.add('profile', 'create', name, actor.name, { protected: request.protected === true })
    return ok(this.find(name)!)
  }

  update(
    name: string,
    change: { description?: string; status?: string; protected?: boolean; defaultProfile?: string },
    actor: Actor,
  ): Outcome<ProfileRecord> {
    const found = this.get(name, actor)
    if (!found.ok) return found
    const next = { ...found.value, ...change }
    if (next.status !== 'active' && next.status !== 'disabled')
      return refuse('bad_request', 'invalid profile status: it is active or disabled')
    const problem = descriptionProblem(next.description) ?? this.#changeProblem(name, change)
    if (problem !== undefined) return refuse('bad_request', problem)
    if (next.protected && !actor.admin) return refuse('forbidden', 'only admins may make a profile protected')
    this.#ensure(name, actor.name)
    this.#host.sql.exec(
      'UPDATE profile SET description = ?, status = ?, protected = ?, default_profile = ?, updated_at = ?, updated_by = ? WHERE name = ?',
      next.description,
      next.status,
      next.protected ? 1 : 0,
      next.defaultProfile,
      this.#host.now(),
      actor.name,
      name,
    )
    this.#audit.add('profile', 'update', name, actor.name, change)
    return ok(this.find(name)!)
  }

  remove(name: string, actor: Actor): Outcome<null> {
    const found = this.get(name, actor)
    if (!found.ok) return found
    this.#secrets.removeOf(found.value.id)
    this.#host.sql.exec('DELETE FROM entry WHERE profile = ?', name)
    this.#host.sql.exec('DELETE FROM profile WHERE name = ?', name)
    this.#audit.add('profile', 'delete', name, actor.name)
    return ok(null)
  }

  setEntry(
    name: string,
    { key, kind, value }: { key: string; kind: 'variable' | 'secret'; value: string },
    actor: Actor,
  ): Outcome<ProfileRecord> {
    const found = this.get(name, actor)
    if (!found.ok) return found
    const problem = entryKeyProblem(key) ?? valueProblem(kind, value)
    if (problem !== undefined) return refuse('bad_request', problem)
    const known = found.value.entries.find(entry => entry.key === key)
    if (known !== undefined && known.kind !== kind)
      return refuse('bad_request', `profile key already exists: ${key} (it is a ${known.kind}; delete it first)`)
    if (known === undefined && found.value.entries.length >= MAX_ENTRIES)
      return refuse('bad_request', `the profile has ${MAX_ENTRIES} entries already`)
    if (kind === 'secret' && !this.#secrets.writable.ok) return this.#secrets.writable
    this.#ensure(name, actor.name)
    const now = this.#host.now()
    const secretId = kind === 'secret' ? this.#writeSecret(name, key, value, actor.name) : ''
    this.#host.sql.exec(
      `INSERT INTO entry (profile, key, kind, value, secret_id, created_at, updated_at, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (profile, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by`,
      name,
      key,
      kind,
      kind === 'variable' ? value : '',
      secretId,
      now,
      now,
      actor.name,
    )
    this.#touch(name, actor.name)
    this.#audit.add('profile', known === undefined ? 'entry_create' : 'entry_update', name, actor.name, { key, kind })
    return ok(this.find(name)!)
  }

  removeEntry(name: string, key: string, actor: Actor): Outcome<null> {
    const found = this.get(name, actor)
    if (!found.ok) return found
    const entry = found.value.entries.find(each => each.key === key)
    if (entry === undefined) return refuse('not_found', `profile ${name} has no entry ${key}`)
    if (entry.secretId !== undefined) this.#secrets.remove(entry.secretId)
    this.#host.sql.exec('DELETE FROM entry WHERE profile = ? AND key = ?', name, key)
    this.#touch(name, actor.name)
    this.#audit.add('profile', 'entry_delete', name, actor.name, { key, kind: entry.kind })
    return ok(null)
  }

  usable(name: string, actor: Actor | null): Outcome<null> {
    const problem = profileNameProblem(name)
    if (problem !== undefined) return refuse('bad_request', problem)
    const found = this.find(name)
    if (found === null) return notFound(name)
    if (found.protected && actor !== null && !actor.admin)
      return refuse('forbidden', `runtime profile ${name} is protected: only admins may use it`)
    return found.status === 'active' ? ok(null) : refuse('bad_request', `runtime profile ${name} is disabled`)
  }

  #changeProblem(name: string, change: { status?: string; protected?: boolean; defaultProfile?: string }) {
    const isLayer = isDefaultsLayer(name)
    if (isLayer && (change.status !== undefined || change.protected !== undefined))
      return 'default values have no status and cannot be protected'
    if (change.defaultProfile === undefined || change.defaultProfile === '') return undefined
    if (!isLayer) return 'defaultProfile belongs to the global and the workspaces’ defaults'
    const target = this.find(change.defaultProfile)
    if (target === null || isDefaultsLayer(change.defaultProfile))
      return `runtime profile ${change.defaultProfile} not found`
    return target.protected ? 'a protected profile cannot be the default: whoever starts a run would use it' : undefined
  }

  #writeSecret(profile: string, key: string, value: string, by: string): string {
    const { id: owner } = this.#row(profile)!
    const known = this.#host.sql.exec<{ secret_id: string }>(
      'SELECT secret_id FROM entry WHERE profile = ? AND key = ?',
      profile,
      key,
    )[0]
    const fresh = { owner, workspace: '', ref: key, description: '', provider: 'managed', providerRef: '', options: {} }
    const id = known?.secret_id || this.#secrets.insert(fresh, by)
    this.#secrets.addVersion(id, value, by)
    return id
  }

  #ensure(name: string, by: string): void {
    if (this.#row(name) === null) this.#insert({ name, description: '', protected: false }, by)
  }

  #insert(profile: { name: string; description: string; protected: boolean }, by: string): void {
    const now = this.#host.now()
    this.#host.sql.exec(
      `INSERT INTO profile (name, id, description, status, protected, default_profile, created_at, created_by, updated_at, updated_by)
        VALUES (?, ?, ?, 'active', ?, '', ?, ?, ?, ?)`,
      profile.name,
      this.#host.randomHex(24),
      profile.description,
      profile.protected ? 1 : 0,
      now,
      by,
      now,
      by,
    )
  }

  #touch(name: string, by: string): void {
    this.#host.sql.exec('UPDATE profile SET updated_at = ?, updated_by = ? WHERE name = ?', this.#host.now(), by, name)
  }

  #row(name: string): Row | null {
    return this.#host.sql.exec<Row>('SELECT * FROM profile WHERE name = ?', name)[0] ?? null
  }

  #record(row: Row): ProfileRecord {
    const entries = this.#host.sql.exec<EntryRow>('SELECT * FROM entry WHERE profile = ? ORDER BY key', row.name)
    return {
      id: row.id,
      name: row.name,
      description: row.description,
      status: row.status,
      protected: row.protected === 1,
      defaultProfile: row.default_profile,
      entries: entries.map(toEntry),
      createdAt: row.created_at,
      createdBy: row.created_by,
      updatedAt: row.updated_at,
      updatedBy: row.updated_by,
    }
  }

  #count(query: string): number {
    return this.#host.sql.exec<{ n: number }>(query)[0]?.n ?? 0
  }
}

const toEntry = (row: EntryRow): ProfileEntry => ({
  key: row.key,
  kind: row.kind,
  ...(row.kind === 'variable' ? { value: row.value } : { secretId: row.secret_id }),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  updatedBy: row.updated_by,
})

const emptyLayer = (name: string): ProfileRecord => ({
  id: '',
  name,
  description: '',
  status: 'active',
  protected: false,
  defaultProfile: '',
  entries: [],
  createdAt: 0,
  createdBy: '',
  updatedAt: 0,
  updatedBy: '',
})

const descriptionProblem = (text: string): string | undefined =>
  text.length > MAX_DESCRIPTION ? `a description has at most ${MAX_DESCRIPTION} characters` : undefined

const valueProblem = (kind: string, value: string): string | undefined => {
  if (value.length > MAX_VALUE_CHARS) return `a value has at most ${MAX_VALUE_CHARS} characters`
  if (value.includes('\0')) return 'a value cannot hold a NUL character'
  return kind === 'secret' && value === '' ? 'a secret needs a value' : undefined
}
