// Secrets and their versions as the Vault keeps them. Promise: a value is written encrypted, bound to its secret and version, and
// leaves only for an attempt of a run.
import { err, ok, type Result } from '@edgedag/core/result'
import type { ObjectHost } from '../../host/port.ts'
import { type Keyring, keyIdOf } from '../../vault/keyring.ts'
import type { Outcome, SecretVersion } from '../contracts/vault.ts'
import type { Kinds, SecretRecord } from '../contracts.ts'

/** Secrets of the registry; those of a profile belong to the profile's id. */
export const REGISTRY = 'registry'
/** Values that are encrypted anew in one go. */
const REKEY_BATCH = 50

export interface NewSecret {
  owner: string
  workspace: string
  ref: string
  description: string
  provider: string
  providerRef: string
  options: Record<string, string>
}

type Row = {
  id: string
  owner: string
  workspace: string
  ref: string
  description: string
  provider: string
  provider_ref: string
  options: string
  version: number
  status: 'active' | 'disabled'
  created_at: number
  created_by: string
  updated_at: number
  updated_by: string
  used_at: number | null
  used_by: string | null
}

type VersionRow = { secret_id: string; version: number; data: string }

const binding = (secretId: string, version: number): string => `secret/${secretId}/${version}`

export class VaultSecrets {
  readonly #host: ObjectHost<Kinds>
  readonly #keyring: Keyring

  constructor(host: ObjectHost<Kinds>, keyring: Keyring) {
    this.#host = host
    this.#keyring = keyring
  }

  byId(id: string): SecretRecord | null {
    const row = this.#host.sql.exec<Row>('SELECT * FROM secret WHERE id = ?', id)[0]
    return row === undefined ? null : toRecord(row)
  }

  /** Whose secret it is: the registry's, or a profile's (its id); null: there is none. */
  owner(id: string): string | null {
    return this.#host.sql.exec<{ owner: string }>('SELECT owner FROM secret WHERE id = ?', id)[0]?.owner ?? null
  }

  byRef(workspace: string, ref: string): SecretRecord | null {
    const row = this.#host.sql.exec<Row>(
      'SELECT * FROM secret WHERE owner = ? AND workspace = ? AND ref = ?',
      REGISTRY,
      workspace,
      ref,
    )[0]
    return row === undefined ? null : toRecord(row)
  }

  /** Of the registry, by scope and reference. */
  page(workspace: string | undefined, limit: number, offset: number): { secrets: SecretRecord[]; total: number } {
    const where = `owner = ? AND (? = 0 OR workspace = ?)`
    const values = [REGISTRY, workspace === undefined ? 0 : 1, workspace ?? '']
    const total = this.#host.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM secret WHERE ${where}`, ...values)[0]?.n
    const rows = this.#host.sql.exec<Row>(
      `SELECT * FROM secret WHERE ${where} ORDER BY workspace, ref LIMIT ? OFFSET ?`,
      ...values,
      limit,
      offset,
    )
    return { secrets: rows.map(toRecord), total: total ?? 0 }
  }

  versions(id: string): SecretVersion[] {
    return this.#host.sql
      .exec<{ version: number; created_at: number; created_by: string }>(
        'SELECT version, created_at, created_by FROM secret_version WHERE secret_id = ? ORDER BY version DESC LIMIT 100',
        id,
      )
      .map(row => ({ version: row.version, createdAt: row.created_at, createdBy: row.created_by }))
  }

  /** A secret without a version yet; its value follows in the same commit, unless it is kept elsewhere. */
  insert(secret: NewSecret, by: string): string {
    const id = this.#host.randomHex(24)
    const now = this.#host.now()
    this.#host.sql.exec(
      `INSERT INTO secret (id, owner, workspace, ref, description, provider, provider_ref, options, version, status,
        created_at, created_by, updated_at, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'active', ?, ?, ?, ?)`,
      id,
      secret.owner,
      secret.workspace,
      secret.ref,
      secret.description,
      secret.provider,
      secret.providerRef,
      JSON.stringify(secret.options),
      now,
      by,
      now,
      by,
    )
    return id
  }

  /** Can values be written at all? */
  get writable(): Outcome<null> {
    const probe = this.#keyring.seal('', '', '0'.repeat(24))
    return probe.ok ? ok(null) : err({ code: 'unavailable', message: probe.error })
  }

  /** The next version of a secret. Ask `writable` before. */
  addVersion(id: string, value: string, by: string): void {
    const last = this.#host.sql.exec<{ v: number | null }>(
      'SELECT max(version) AS v FROM secret_version WHERE secret_id = ?',
      id,
    )[0]
    const version = (last?.v ?? 0) + 1
    const sealed = this.#keyring.seal(value, binding(id, version), this.#host.randomHex(24))
    if (!sealed.ok) throw new Error(sealed.error)
    const now = this.#host.now()
    this.#host.sql.exec(
      'INSERT INTO secret_version (secret_id, version, key_id, data, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?)',
      id,
      version,
      keyIdOf(sealed.value),
      sealed.value,
      now,
      by,
    )
    this.#host.sql.exec(
      'UPDATE secret SET version = ?, updated_at = ?, updated_by = ? WHERE id = ?',
      version,
      now,
      by,
      id,
    )
  }

  update(
    id: string,
    change: { description: string; providerRef: string; options: Record<string, string>; status: string },
    by: string,
  ): void {
    this.#host.sql.exec(
      'UPDATE secret SET description = ?, provider_ref = ?, options = ?, status = ?, updated_at = ?, updated_by = ? WHERE id = ?',
      change.description,
      change.providerRef,
      JSON.stringify(change.options),
      change.status,
      this.#host.now(),
      by,
      id,
    )
  }

  /** Id of a secret by its owner and reference, outside of any workspace. */
  idOf(owner: string, ref: string): string | null {
    const row = this.#host.sql.exec<{ id: string }>(
      "SELECT id FROM secret WHERE owner = ? AND workspace = '' AND ref = ?",
      owner,
      ref,
    )[0]
    return row?.id ?? null
  }

  /** Older versions than this go. */
  forgetBefore(id: string, version: number): void {
    this.#host.sql.exec('DELETE FROM secret_version WHERE secret_id = ? AND version < ?', id, version)
  }

  remove(id: string): void {
    this.#host.sql.exec('DELETE FROM secret_version WHERE secret_id = ?', id)
    this.#host.sql.exec('DELETE FROM secret WHERE id = ?', id)
  }

  removeOf(owner: string): void {
    this.#host.sql.exec('DELETE FROM secret_version WHERE secret_id IN (SELECT id FROM secret WHERE owner = ?)', owner)
    this.#host.sql.exec('DELETE FROM secret WHERE owner = ?', owner)
  }

  /** The value of a version; the error says why it cannot be had. */
  value(id: string, version: number): Result<string, string> {
    const row = this.#host.sql.exec<{ data: string }>(
      'SELECT data FROM secret_version WHERE secret_id = ? AND version = ?',
      id,
      version,
    )[0]
    if (row === undefined) return err(version === 0 ? 'it has no value yet' : `its version ${version} is gone`)
    return this.#keyring.open(row.data, binding(id, version))
  }

  markUsed(id: string, runId: string): void {
    this.#host.sql.exec('UPDATE secret SET used_at = ?, used_by = ? WHERE id = ?', this.#host.now(), runId, id)
  }

  /** Encrypts some values anew that are under an older key; true: there are more. Those that do not open stay as they are. */
  rekey(): boolean {
    const current = this.#keyring.currentId
    if (current === null) return false
    const known = JSON.stringify(this.#keyring.ids.filter(id => id !== current))
    const rows = this.#host.sql.exec<VersionRow>(
      'SELECT secret_id, version, data FROM secret_version WHERE key_id IN (SELECT value FROM json_each(?)) LIMIT ?',
      known,
      REKEY_BATCH,
    )
    for (const { secret_id: id, version, data } of rows) {
      const plain = this.#keyring.open(data, binding(id, version))
      const sealed = plain.ok ? this.#keyring.seal(plain.value, binding(id, version), this.#host.randomHex(24)) : plain
      this.#host.sql.exec(
        'UPDATE secret_version SET key_id = ?, data = ? WHERE secret_id = ? AND version = ?',
        sealed.ok ? current : DAMAGED,
        sealed.ok ? sealed.value : data,
        id,
        version,
      )
    }
    return rows.length === REKEY_BATCH
  }

  /** Number of values by key id. */
  valuesByKey(): Map<string, number> {
    const rows = this.#host.sql.exec<{ key_id: string; n: number }>(
      'SELECT key_id, count(*) AS n FROM secret_version GROUP BY key_id',
    )
    return new Map(rows.map(row => [row.key_id, row.n]))
  }
}

/** In place of a key's id: the value did not open under the key that it names. */
const DAMAGED = 'damaged'

const toRecord = (row: Row): SecretRecord => ({
  id: row.id,
  workspace: row.workspace,
  ref: row.ref,
  description: row.description,
  providerType: row.provider,
  providerRef: row.provider_ref,
  options: JSON.parse(row.options) as Record<string, string>,
  currentVersion: row.version,
  status: row.status,
  createdAt: row.created_at,
  createdBy: row.created_by,
  updatedAt: row.updated_at,
  updatedBy: row.updated_by,
  lastUsed: row.used_at === null ? null : { at: row.used_at, runId: row.used_by ?? '' },
})
