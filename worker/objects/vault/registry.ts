// The registry of secrets that DAGs name by `secrets[].ref` (surface 6). Promise: values go in and never come out here; each change
// and its audit entry are one commit.
import { err, ok } from '@edgedag/core/result'
import { isWorkspaceName } from '@edgedag/core/spec/workspace'
import { MAX_VALUE_CHARS, secretRefProblem } from '@edgedag/core/vault/rules'
import type { Outcome, Refusal } from '../contracts/vault.ts'
import type { Actor, SecretRecord, VaultApi } from '../contracts.ts'
import type { VaultAudit } from './audit.ts'
import { REGISTRY, type VaultSecrets } from './secrets.ts'

/** Where a value may be kept that the Vault does not keep itself; its runner fetches it there. */
const EXTERNAL = new Set(['vault', 'kubernetes', 'env', 'file'])
const MANAGED = new Set(['', 'managed', 'dagu-managed'])
const MAX_TEXT = 4_096

const refuse = (code: string, message: string): { ok: false; error: Refusal } => err({ code, message })
const unknown = refuse('not_found', 'secret not found')

type Create = Parameters<VaultApi['createSecret']>[0]

export class VaultRegistry {
  readonly #secrets: VaultSecrets
  readonly #audit: VaultAudit

  constructor(secrets: VaultSecrets, audit: VaultAudit) {
    this.#secrets = secrets
    this.#audit = audit
  }

  /** A secret of the registry; those of profiles belong to their profile and are not found here. */
  find(id: string): SecretRecord | null {
    return this.#secrets.owner(id) === REGISTRY ? this.#secrets.byId(id) : null
  }

  create(request: Create, actor: Actor): Outcome<SecretRecord> {
    const { workspace, ref, description = '', providerType = '', providerRef = '', options = {}, value } = request
    const managed = MANAGED.has(providerType)
    const problem =
      secretRefProblem(ref) ??
      (workspace === '' || isWorkspaceName(workspace)
        ? undefined
        : `${JSON.stringify(workspace)} is not a workspace name`) ??
      textProblem('description', description) ??
      (managed ? valueProblem(value) : externalProblem(providerType, providerRef, value))
    if (problem !== undefined) return refuse('bad_request', problem)
    if (this.#secrets.byRef(workspace, ref) !== null)
      return refuse(
        'already_exists',
        `secret ${ref} already exists${workspace === '' ? '' : ` in workspace ${workspace}`}`,
      )
    if (managed && !this.#secrets.writable.ok) return this.#secrets.writable
    const provider = managed ? 'managed' : providerType
    const fresh = { owner: REGISTRY, workspace, ref, description, provider, providerRef, options }
    const id = this.#secrets.insert(fresh, actor.name)
    if (managed) this.#secrets.addVersion(id, value ?? '', actor.name)
    this.#log('create', this.find(id)!, actor, { provider })
    return ok(this.find(id)!)
  }

  update(id: string, change: Parameters<VaultApi['updateSecret']>[1], actor: Actor): Outcome<SecretRecord> {
    const found = this.find(id)
    if (found === null) return unknown
    const next = { ...found, ...change }
    const external = found.providerType !== 'managed'
    if (!external && (change.providerRef !== undefined || change.options !== undefined))
      return refuse('bad_request', 'the value of this secret is kept here: it has no providerRef')
    const problem =
      textProblem('description', next.description) ??
      (external ? externalProblem(next.providerType, next.providerRef, undefined) : undefined)
    if (problem !== undefined) return refuse('bad_request', problem)
    this.#secrets.update(id, next, actor.name)
    this.#log('update', found, actor, { fields: Object.keys(change) })
    return ok(this.find(id)!)
  }

  setStatus(id: string, status: 'active' | 'disabled', actor: Actor): Outcome<SecretRecord> {
    const found = this.find(id)
    if (found === null) return unknown
    if (found.status === status) return ok(found)
    this.#secrets.update(id, { ...found, status }, actor.name)
    this.#log(status === 'active' ? 'enable' : 'disable', found, actor)
    return ok(this.find(id)!)
  }

  addVersion(id: string, value: string, actor: Actor): Outcome<SecretRecord> {
    const found = this.find(id)
    if (found === null) return unknown
    if (found.providerType !== 'managed')
      return refuse('bad_request', `the value of ${found.ref} is kept by ${found.providerType}: change it there`)
    const problem = valueProblem(value)
    if (problem !== undefined) return refuse('bad_request', problem)
    if (!this.#secrets.writable.ok) return this.#secrets.writable
    this.#secrets.addVersion(id, value, actor.name)
    const now = this.find(id)!
    this.#log('rotate', now, actor, { version: now.currentVersion })
    return ok(now)
  }

  remove(id: string, actor: Actor): Outcome<null> {
    const found = this.find(id)
    if (found === null) return unknown
    this.#secrets.remove(id)
    this.#log('delete', found, actor)
    return ok(null)
  }

  #log(
    action: string,
    { id, ref, workspace }: SecretRecord,
    actor: Actor,
    details: Record<string, unknown> = {},
  ): void {
    this.#audit.add('secret', action, ref, actor.name, { id, workspace, ...details })
  }
}

const textProblem = (field: string, text: string): string | undefined =>
  text.length > MAX_TEXT ? `${field} has at most ${MAX_TEXT} characters` : undefined

const valueProblem = (value: string | undefined): string | undefined => {
  if (value === undefined || value === '') return 'a secret needs a value'
  if (value.length > MAX_VALUE_CHARS) return `a value has at most ${MAX_VALUE_CHARS} characters`
  return value.includes('\0') ? 'a value cannot hold a NUL character' : undefined
}

const externalProblem = (provider: string, ref: string, value: string | undefined): string | undefined => {
  if (!EXTERNAL.has(provider))
    return `unknown providerType ${JSON.stringify(provider)}: managed, ${[...EXTERNAL].join(', ')}`
  if (ref === '') return `a secret that ${provider} keeps needs a providerRef: its key there`
  if (value !== undefined) return `the value is kept by ${provider}: it cannot be given here`
  return textProblem('providerRef', ref)
}
