// The Vault's class on a database that tests can look into: keys that change, values that were tampered with, attempts that stay as
// they were decided.

import type { ObjectHost } from '@edgedag/worker/host/port'
import type { AttemptRequest, Kinds } from '@edgedag/worker/objects/contracts'
import { VaultObject } from '@edgedag/worker/objects/vault/vault'
import { describe, expect, it } from 'vitest'
import { SimSql } from './sim/sql.ts'

const KEY_A = Buffer.alloc(32, 1).toString('base64')
const KEY_B = Buffer.alloc(32, 2).toString('base64')
const MANAGER = { name: 'kim', admin: false }
const ADMIN = { name: 'root', admin: true }

/** A Vault on a database that outlives it, as one that was evicted and came back with other keys. */
function worldOf() {
  const sql = new SimSql()
  const world = { now: 1_000_000, alarm: null as number | null, random: 0, told: [] as unknown[] }
  const open = async (vaultKeys: string): Promise<VaultObject> => {
    const host = {
      name: 'main',
      sql: { exec: (query: string, ...values: never[]) => sql.exec(query, values, () => {}) },
      alarm: {
        get: async () => world.alarm,
        set: (at: number) => {
          world.alarm = at
        },
      },
      now: () => ++world.now,
      randomHex: (length: number) => (++world.random).toString(16).padStart(length, '0'),
      object: () => ({ setProfileDefaults: async (...told: unknown[]) => void world.told.push(told) }),
      settings: { vaultKeys },
    } as unknown as ObjectHost<Kinds>
    const vault = new VaultObject(host)
    await vault.init()
    return vault
  }
  const rows = (query: string) => sql.exec(query, [], () => {}) as Record<string, string>[]
  const everything = () =>
    JSON.stringify(
      ['profile', 'entry', 'secret', 'secret_version', 'attempt', 'audit'].map(t => rows(`SELECT * FROM ${t}`)),
    )
  return { open, rows, everything, world, run: (query: string) => sql.exec(query, [], () => {}) }
}

const attempt = (fields: Partial<AttemptRequest> = {}): AttemptRequest => ({
  runId: 'r1',
  attempt: 1,
  workspace: null,
  refs: [],
  ...fields,
})

async function withProfile(keys = KEY_A) {
  const world = worldOf()
  const vault = await world.open(keys)
  vault.createProfile({ name: 'prod' }, MANAGER)
  await vault.setEntry('prod', { key: 'MODE', kind: 'variable', value: 'live' }, MANAGER)
  await vault.setEntry('prod', { key: 'TOKEN', kind: 'secret', value: 'hush-one' }, MANAGER)
  const made = vault.createSecret({ workspace: '', ref: 'prod/db', value: 'hush-db' }, MANAGER)
  if (!made.ok) throw new Error(made.error.message)
  return { ...world, vault, secretId: made.value.id }
}

/** Entries as `KEY=value`, or the refusal. */
const given = (vault: VaultObject, request: AttemptRequest): string => {
  const answer = vault.attempt(request)
  if (!answer.ok) return `${answer.error.code}: ${answer.error.message}`
  const { defaults, profile, refs } = answer.value
  const entries = [...defaults, ...(profile?.entries ?? [])].map(({ key, value }) => `${key}=${value}`)
  const values = Object.entries(refs).map(
    ([ref, at]) => `${ref}=${'value' in at ? at.value : `${at.provider}:${at.key}`}`,
  )
  return [...entries, ...values].join(' ')
}

describe('what an attempt is given', () => {
  it('stays as it was decided, whatever is rotated, changed, disabled or added meanwhile', async () => {
    const { vault, secretId } = await withProfile()
    const request = attempt({ profile: 'prod', refs: ['prod/db'] })
    const first = 'MODE=live TOKEN=hush-one prod/db=hush-db'
    expect(given(vault, request)).toBe(first)
    await vault.setEntry('prod', { key: 'TOKEN', kind: 'secret', value: 'hush-two' }, MANAGER)
    await vault.setEntry('prod', { key: 'MODE', kind: 'variable', value: 'other' }, MANAGER)
    await vault.setEntry('prod', { key: 'NEW', kind: 'variable', value: 'x' }, MANAGER)
    vault.addVersion(secretId, 'hush-db-two', MANAGER)
    vault.setSecretStatus(secretId, 'disabled', MANAGER)
    await vault.updateProfile('prod', { status: 'disabled' }, MANAGER)
    expect(given(vault, request)).toBe(first)
    expect(given(vault, { ...request, attempt: 2 })).toBe('bad_request: runtime profile prod is disabled')
    await vault.updateProfile('prod', { status: 'active' }, MANAGER)
    expect(given(vault, { ...request, attempt: 2 })).toBe('bad_request: secret prod/db is disabled')
    vault.setSecretStatus(secretId, 'active', MANAGER)
    expect(given(vault, { ...request, attempt: 2 })).toBe('MODE=other NEW=x TOKEN=hush-two prod/db=hush-db-two')
  })

  it('is a refusal where a profile or secret is not there, or its value is gone', async () => {
    const { vault, secretId } = await withProfile()
    expect(given(vault, attempt({ profile: 'nope' }))).toBe('not_found: runtime profile nope not found')
    expect(given(vault, attempt({ refs: ['nope'] }))).toBe('not_found: secret nope is not in the registry')
    const request = attempt({ refs: ['prod/db'] })
    expect(given(vault, request)).toBe('prod/db=hush-db')
    vault.removeSecret(secretId, MANAGER)
    expect(given(vault, request)).toBe('bad_request: secret prod/db cannot be read: its version 1 is gone')
  })

  it('takes the workspace’s own secret before the global one, and no global one in place of a disabled own', async () => {
    const { vault } = await withProfile()
    const own = vault.createSecret({ workspace: 'ops', ref: 'prod/db', value: 'hush-ops' }, MANAGER)
    const request = attempt({ refs: ['prod/db'], workspace: 'ops' })
    expect(given(vault, request)).toBe('prod/db=hush-ops')
    if (own.ok) vault.setSecretStatus(own.value.id, 'disabled', MANAGER)
    expect(given(vault, { ...request, attempt: 2 })).toBe('bad_request: secret prod/db is disabled')
    expect(given(vault, attempt({ runId: 'r2', refs: ['prod/db'], workspace: 'else' }))).toBe('prod/db=hush-db')
  })

  it('has the global defaults, over them the workspace’s, over them the profile', async () => {
    const { vault, world } = await withProfile()
    for (const name of ['_global', '_workspaces/ops'])
      await vault.setEntry(name, { key: 'MODE', kind: 'variable', value: name }, ADMIN)
    expect(world.told).toEqual([
      [null, { values: true, profile: '' }],
      ['ops', { values: true, profile: '' }],
    ])
    expect(given(vault, attempt())).toBe('MODE=_global')
    expect(given(vault, attempt({ runId: 'r2', workspace: 'ops' }))).toBe('MODE=_global MODE=_workspaces/ops')
  })

  it('names the place of a secret that is kept elsewhere', async () => {
    const { vault } = await withProfile()
    vault.createSecret(
      { workspace: '', ref: 'out/side', providerType: 'vault', providerRef: 'secret/app/password' },
      MANAGER,
    )
    expect(given(vault, attempt({ refs: ['out/side'] }))).toBe('out/side=vault:secret/app/password')
  })
})

describe('values in the database', () => {
  it('are readable nowhere, not in what attempts and the audit keep either', async () => {
    const { vault, everything } = await withProfile()
    vault.attempt(attempt({ profile: 'prod', refs: ['prod/db'] }))
    expect(everything()).not.toMatch(/hush/)
    expect(vault.audit({ limit: 100 }).map(entry => entry.action)).toEqual([
      ...['secret_create', 'profile_entry_create', 'profile_entry_create', 'profile_create'],
    ])
  })

  it('open under neither another key nor another secret’s row, and say so', async () => {
    const { open, run, vault } = await withProfile()
    const other = await open(KEY_B)
    expect(given(other, attempt({ profile: 'prod' }))).toMatch(
      /profile prod: secret TOKEN cannot be read: .*does not have/,
    )
    expect(other.keys()).toMatchObject({ keys: [{ current: true, values: 0 }], unreadable: 2 })
    run('UPDATE secret_version SET data = (SELECT min(data) FROM secret_version)')
    const both = [given(vault, attempt({ refs: ['prod/db'] })), given(vault, attempt({ runId: 'r2', profile: 'prod' }))]
    expect(both.filter(text => /was changed, or belongs elsewhere/.test(text))).toHaveLength(1)
    expect(both.join()).not.toContain('undefined')
  })

  it('are encrypted anew after a change of keys, and the old key can go then', async () => {
    const { open, rows, world, vault } = await withProfile()
    for (let i = 0; i < 120; i++)
      vault.addVersion(vault.secrets({ limit: 1, offset: 0 }).secrets[0]!.id, `v${i}`, MANAGER)
    const changed = await open(`${KEY_B}\n${KEY_A}`)
    expect(given(changed, attempt({ profile: 'prod' }))).toBe('MODE=live TOKEN=hush-one')
    for (let i = 0; i < 10 && world.alarm !== null && world.alarm <= world.now; i++) await changed.alarm()
    expect(rows('SELECT DISTINCT key_id FROM secret_version')).toHaveLength(1)
    expect(changed.keys()).toMatchObject({ keys: [{ values: 122 }, { values: 0 }], unreadable: 0 })
    const alone = await open(KEY_B)
    expect(given(alone, attempt({ runId: 'r2', profile: 'prod', refs: ['prod/db'] }))).toBe(
      'MODE=live TOKEN=hush-one prod/db=v119',
    )
  })

  it('that were damaged before a change of keys do not stop it', async () => {
    const { open, run, world } = await withProfile()
    run(
      "UPDATE secret_version SET data = substr(data, 1, 20) WHERE secret_id IN (SELECT id FROM secret WHERE ref = 'TOKEN')",
    )
    const changed = await open(`${KEY_B},${KEY_A}`)
    for (let i = 0; i < 10 && world.alarm !== null && world.alarm <= world.now; i++) await changed.alarm()
    expect(changed.keys()).toMatchObject({ keys: [{ values: 1 }, { values: 0 }], unreadable: 1 })
    expect(given(changed, attempt({ refs: ['prod/db'] }))).toBe('prod/db=hush-db')
    expect(given(changed, attempt({ runId: 'r2', profile: 'prod' }))).toMatch(/TOKEN cannot be read: .*damaged/)
  })

  it('cannot be written without a key; variables can, and runs get them', async () => {
    const world = worldOf()
    const vault = await world.open('')
    vault.createProfile({ name: 'dev' }, MANAGER)
    expect((await vault.setEntry('dev', { key: 'A', kind: 'variable', value: '1' }, MANAGER)).ok).toBe(true)
    expect(await vault.setEntry('dev', { key: 'S', kind: 'secret', value: 'x' }, MANAGER)).toMatchObject({
      ok: false,
      error: { code: 'unavailable', message: expect.stringContaining('VAULT_KEYS') },
    })
    expect(given(vault, attempt({ profile: 'dev' }))).toBe('A=1')
  })
})

describe('protected profiles', () => {
  it('are made, seen, changed, deleted and used by admins only', async () => {
    const { vault } = await withProfile()
    expect(vault.createProfile({ name: 'crown', protected: true }, MANAGER).ok).toBe(false)
    expect(vault.createProfile({ name: 'crown', protected: true }, ADMIN).ok).toBe(true)
    expect(vault.profiles(MANAGER).map(({ name }) => name)).toEqual(['prod'])
    expect(vault.profiles(ADMIN).map(({ name }) => name)).toEqual(['crown', 'prod'])
    const refused = [
      vault.profile('crown', MANAGER),
      await vault.updateProfile('crown', { description: 'x' }, MANAGER),
      await vault.updateProfile('prod', { protected: true }, MANAGER),
      await vault.setEntry('crown', { key: 'A', kind: 'variable', value: '1' }, MANAGER),
      await vault.removeEntry('crown', 'A', MANAGER),
      vault.removeProfile('crown', MANAGER),
      vault.usable('crown', MANAGER),
    ]
    expect(refused.map(answer => (answer.ok ? 'ok' : answer.error.code))).toEqual(refused.map(() => 'forbidden'))
    expect(vault.usable('crown', ADMIN).ok).toBe(true)
    expect(vault.usable('crown', null).ok).toBe(true)
  })

  it('lose their secrets with them', async () => {
    const { vault, rows } = await withProfile()
    vault.removeProfile('prod', MANAGER)
    expect(rows('SELECT ref FROM secret').map(({ ref }) => ref)).toEqual(['prod/db'])
    expect(rows('SELECT * FROM secret_version')).toHaveLength(1)
    expect(vault.createProfile({ name: 'prod' }, MANAGER)).toMatchObject({ ok: true, value: { entries: [] } })
  })
})
