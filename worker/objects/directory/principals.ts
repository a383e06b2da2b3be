// Who a token belongs to: API keys, sessions, runners. Promise: only hashes of tokens are kept, and what is taken from a key is taken
// from its sessions in the same commit.
import { err, ok, type Result } from '@edgedag/core/result'
import type { ObjectHost } from '../../host/port.ts'
import type { ApiKeyRecord, DirectoryApi, Kinds } from '../contracts.ts'

/** The last use of a key is written at most so often. */
const USED_EVERY_MS = 3_600_000

type KeyRow = {
  id: string
  name: string
  description: string
  role: string
  prefix: string
  created_by: string
  created_at: number
  updated_at: number
  used_at: number | null
}

type Refused = { code: string; message: string }

export class DirectoryPrincipals {
  readonly #host: ObjectHost<Kinds>

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  find(tokenHash: string): ReturnType<DirectoryApi['principal']> {
    const row = this.#host.sql.exec<{
      kind: string
      id: string
      name: string
      role: string
      expires_at: number | null
    }>('SELECT kind, id, name, role, expires_at FROM principal WHERE token_hash = ?', tokenHash)[0]
    if (row === undefined || (row.expires_at !== null && row.expires_at <= this.#host.now())) return null
    if (row.kind === 'key') this.#markUsed(row.id)
    const { id, name, role } = row
    return { kind: row.kind as 'key' | 'session' | 'runner', id, name, role }
  }

  ensureBootstrap(tokenHash: string): void {
    const known = this.#host.sql.exec<{ token_hash: string }>(
      "SELECT token_hash FROM principal WHERE id = 'bootstrap' AND kind = 'key'",
    )[0]
    if (known?.token_hash === tokenHash) return
    // Another key: the sessions that the former one opened end with it.
    this.#host.sql.exec("DELETE FROM principal WHERE id = 'bootstrap'")
    this.add(tokenHash, 'key', 'bootstrap', { name: 'admin', role: 'admin' }, null)
  }

  openSession(keyId: string, tokenHash: string, expiresAt: number): void {
    this.#host.sql.exec("DELETE FROM principal WHERE kind = 'session' AND expires_at <= ?", this.#host.now())
    const key = this.#host.sql.exec<{ name: string; role: string }>(
      "SELECT name, role FROM principal WHERE id = ? AND kind = 'key'",
      keyId,
    )[0]
    if (key !== undefined) this.add(tokenHash, 'session', keyId, key, expiresAt)
  }

  endSession(tokenHash: string): void {
    this.#host.sql.exec("DELETE FROM principal WHERE token_hash = ? AND kind = 'session'", tokenHash)
  }

  add(
    tokenHash: string,
    kind: string,
    id: string,
    { name, role }: { name: string; role: string },
    expiresAt: number | null,
  ): void {
    this.#host.sql.exec(
      'INSERT INTO principal (token_hash, kind, id, name, role, expires_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      tokenHash,
      kind,
      id,
      name,
      role,
      expiresAt,
    )
  }

  keys(): ApiKeyRecord[] {
    return this.#host.sql.exec<KeyRow>('SELECT * FROM api_key ORDER BY name').map(toRecord)
  }

  createKey(request: Parameters<DirectoryApi['createApiKey']>[0]): Result<ApiKeyRecord, Refused> {
    const { name, description, role, keyPrefix, by, tokenHash } = request
    if (this.#named(name) !== null) return taken(name)
    const id = this.#host.randomHex(24)
    const now = this.#host.now()
    this.#host.sql.exec(
      `INSERT INTO api_key (id, name, description, role, prefix, created_by, created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      name,
      description,
      role,
      keyPrefix,
      by,
      now,
      now,
    )
    this.add(tokenHash, 'key', id, { name, role }, null)
    return ok(this.#key(id)!)
  }

  updateKey(id: string, change: { name?: string; description?: string; role?: string }): Result<ApiKeyRecord, Refused> {
    const known = this.#key(id)
    if (known === null) return err({ code: 'not_found', message: 'API key not found' })
    const { name, description, role } = { ...known, ...change }
    if ((this.#named(name) ?? id) !== id) return taken(name)
    this.#host.sql.exec(
      'UPDATE api_key SET name = ?, description = ?, role = ?, updated_at = ? WHERE id = ?',
      name,
      description,
      role,
      this.#host.now(),
      id,
    )
    this.#host.sql.exec('UPDATE principal SET name = ?, role = ? WHERE id = ?', name, role, id)
    return ok(this.#key(id)!)
  }

  removeKey(id: string): boolean {
    if (this.#key(id) === null) return false
    this.#host.sql.exec('DELETE FROM principal WHERE id = ?', id)
    this.#host.sql.exec('DELETE FROM api_key WHERE id = ?', id)
    return true
  }

  #key(id: string): ApiKeyRecord | null {
    const row = this.#host.sql.exec<KeyRow>('SELECT * FROM api_key WHERE id = ?', id)[0]
    return row === undefined ? null : toRecord(row)
  }

  #named(name: string): string | null {
    return this.#host.sql.exec<{ id: string }>('SELECT id FROM api_key WHERE name = ?', name)[0]?.id ?? null
  }

  #markUsed(id: string): void {
    const now = this.#host.now()
    const row = this.#host.sql.exec<{ used_at: number | null }>('SELECT used_at FROM api_key WHERE id = ?', id)[0]
    if (row === undefined || now - (row.used_at ?? 0) < USED_EVERY_MS) return
    this.#host.sql.exec('UPDATE api_key SET used_at = ? WHERE id = ?', now, id)
  }
}

const taken = (name: string) => err({ code: 'already_exists', message: `an API key named ${name} already exists` })

const toRecord = (row: KeyRow): ApiKeyRecord => ({
  id: row.id,
  name: row.name,
  description: row.description,
  role: row.role,
  keyPrefix: row.prefix,
  createdBy: row.created_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  lastUsedAt: row.used_at,
})
