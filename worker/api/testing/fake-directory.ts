// An in-memory Directory with the contract's behaviour.

import type { DocAnswer, DocRequest } from '@edgedag/core/docs/document'
import { ALL_DOCS, type DocsGrant } from '@edgedag/core/docs/grant'
import { err, ok } from '@edgedag/core/result'
import type { ApiKeyRecord, BaseConfig, DirectoryApi, RunnerRecord } from '../../objects/contracts.ts'

type Principal = NonNullable<ReturnType<DirectoryApi['principal']>>
type Stored = Principal & { until: number | null }

export class FakeDirectory implements Omit<DirectoryApi, 'sweep'> {
  readonly principals = new Map<string, Stored>()
  readonly files = new Map<string, string>()
  readonly inline = new Map<string, string>()
  readonly enrolments = new Map<
    string,
    Parameters<DirectoryApi['createEnrolment']>[2] & { expiresAt: number; used: boolean }
  >()
  readonly runnerRecords: RunnerRecord[] = []
  readonly queueLimits = new Map<string, number>()
  readonly fileQueues = new Map<string, string>()
  lookups = 0
  private readonly now: () => number
  private next = 1

  constructor(now: () => number) {
    this.now = now
  }

  dagId(fileName: string, create: boolean): string | null {
    const known = this.files.get(fileName)
    if (known !== undefined || !create) return known ?? null
    const id = `dag-${this.next++}`
    this.files.set(fileName, id)
    return id
  }

  inlineDagId(name: string): string {
    const id = this.inline.get(name) ?? `inline-${this.next++}`
    this.inline.set(name, id)
    return id
  }

  renameDag(from: string, to: string): 'ok' | 'exists' | 'unknown' {
    const id = this.files.get(from)
    if (id === undefined) return 'unknown'
    if (this.files.has(to)) return 'exists'
    this.files.delete(from)
    this.files.set(to, id)
    return 'ok'
  }

  removeDag(fileName: string): void {
    this.files.delete(fileName)
  }

  dagIds() {
    return [...this.files].map(([fileName, dagId]) => ({ fileName, dagId }))
  }

  sweepPage() {
    return { dagIds: [...this.files.values()], next: null }
  }

  principal(tokenHash: string): Principal | null {
    this.lookups++
    const stored = this.principals.get(tokenHash)
    if (stored === undefined || (stored.until !== null && stored.until <= this.now())) return null
    const { until, ...principal } = stored
    return principal
  }

  ensureBootstrapKey(tokenHash: string): void {
    this.principals.set(tokenHash, { kind: 'key', id: 'bootstrap', name: 'admin', role: 'admin', until: null })
  }

  createSession(keyId: string, tokenHash: string, expiresAt: number): void {
    const key = [...this.principals.values()].find(({ kind, id }) => kind === 'key' && id === keyId)
    if (key !== undefined) this.principals.set(tokenHash, { ...key, kind: 'session', until: expiresAt })
  }

  endSession(tokenHash: string): void {
    this.principals.delete(tokenHash)
  }

  createEnrolment(tokenHash: string, expiresAt: number, given: Parameters<DirectoryApi['createEnrolment']>[2]): void {
    this.enrolments.set(tokenHash, { expiresAt, ...given, used: false })
  }

  enrol(tokenHash: string, credentialHash: string, name: string): ReturnType<DirectoryApi['enrol']> {
    const enrolment = this.enrolments.get(tokenHash)
    if (enrolment === undefined || enrolment.used || enrolment.expiresAt <= this.now()) {
      return err({ code: 'invalid_enrolment', message: 'unknown, used or expired' })
    }
    enrolment.used = true
    const runnerId = `r-new-${this.next++}`
    const { labels, docs } = enrolment
    const grant = docs === undefined ? {} : { docs }
    const record = { runnerId, name, labels, createdAt: this.now(), revokedAt: null, drainingSince: null, ...grant }
    this.runnerRecords.push(record)
    this.principals.set(credentialHash, { kind: 'runner', id: runnerId, name, role: 'runner', until: null })
    return ok(record)
  }

  awakeSince(): number {
    return 0
  }

  runnerDocs(runnerId: string): DocsGrant | null {
    const record = this.runnerRecords.find(runner => runner.runnerId === runnerId && runner.revokedAt === null)
    return record === undefined ? null : (record.docs ?? ALL_DOCS)
  }

  setRunnerDocs(runnerId: string, docs: DocsGrant): boolean {
    const record = this.runnerRecords.find(runner => runner.runnerId === runnerId)
    if (record !== undefined) record.docs = docs
    return record !== undefined
  }

  runners(): RunnerRecord[] {
    return this.runnerRecords
  }

  revokeRunner(runnerId: string): boolean {
    const record = this.runnerRecords.find(runner => runner.runnerId === runnerId)
    if (record === undefined) return false
    record.revokedAt = this.now()
    return true
  }

  drainRunner(runnerId: string, on: boolean): boolean {
    const record = this.runnerRecords.find(runner => runner.runnerId === runnerId && runner.revokedAt === null)
    if (record !== undefined) record.drainingSince = on ? this.now() : null
    return record !== undefined
  }

  readonly bases = new Map<string, string>()

  baseConfig(workspace: string | null, known?: number): BaseConfig | null {
    const version = this.bases.size
    if (version === known) return null
    const workspaceBase = workspace === null ? '' : (this.bases.get(workspace) ?? '')
    return { version, base: this.bases.get('') ?? '', workspaceBase }
  }

  readonly keyRecords: ApiKeyRecord[] = []

  apiKeys(): ApiKeyRecord[] {
    return this.keyRecords
  }

  createApiKey(request: Parameters<DirectoryApi['createApiKey']>[0]): ReturnType<DirectoryApi['createApiKey']> {
    const { tokenHash, by, ...fields } = request
    if (this.keyRecords.some(key => key.name === fields.name))
      return err({ code: 'already_exists', message: `an API key named ${fields.name} already exists` })
    const at = this.now()
    const id = (this.next++).toString(16)
    const key = { ...fields, id, createdBy: by, createdAt: at, updatedAt: at, lastUsedAt: null }
    this.keyRecords.push(key)
    this.principals.set(tokenHash, { kind: 'key', id, name: key.name, role: key.role, until: null })
    return ok(key)
  }

  updateApiKey(id: string, change: Partial<ApiKeyRecord>): ReturnType<DirectoryApi['updateApiKey']> {
    const key = this.keyRecords.find(each => each.id === id)
    if (key === undefined) return err({ code: 'not_found', message: 'API key not found' })
    Object.assign(key, change)
    for (const principal of this.principals.values()) if (principal.id === id) Object.assign(principal, change)
    return ok(key)
  }

  removeApiKey(id: string): boolean {
    const at = this.keyRecords.findIndex(key => key.id === id)
    if (at >= 0) this.keyRecords.splice(at, 1)
    for (const [hash, principal] of this.principals) if (principal.id === id) this.principals.delete(hash)
    return at >= 0
  }

  setProfileDefaults(): void {}

  setBaseConfig(workspace: string | null, text: string): void {
    this.bases.set(workspace ?? '', text)
  }

  readonly webhooks = new Set<string>()

  webhookDags() {
    return this.dagIds().filter(({ dagId }) => this.webhooks.has(dagId))
  }

  noteWebhook(dagId: string): void {
    this.webhooks.add(dagId)
  }

  #timezone: string | null = null

  timezone() {
    return { timezone: this.#timezone ?? 'UTC', isDefault: this.#timezone === null }
  }

  setTimezone(timezone: string | null): void {
    this.#timezone = timezone
  }

  docs(request: DocRequest): DocAnswer<DocRequest['op']> {
    return this.docStore?.handle(request) ?? ok([])
  }

  /** Absent: there are no documents. */
  docStore?: { handle(request: DocRequest): DocAnswer<DocRequest['op']> }

  queues() {
    return [...this.queueLimits].map(([name, maxConcurrency]) => ({
      name,
      maxConcurrency,
      file: this.fileQueues.get(name) ?? null,
    }))
  }

  setQueue(name: string, maxConcurrency: number | null): ReturnType<DirectoryApi['setQueue']> {
    const file = this.fileQueues.get(name)
    if (file !== undefined) return err({ code: 'conflict', message: `queue ${name} is set in ${file}` })
    if (maxConcurrency === null) this.queueLimits.delete(name)
    else this.queueLimits.set(name, maxConcurrency)
    return ok(null)
  }

  setFileQueues(file: string, queues: { name: string; maxConcurrency: number }[]): void {
    for (const name of this.fileQueues.keys()) this.queueLimits.delete(name)
    this.fileQueues.clear()
    for (const { name, maxConcurrency } of queues) {
      this.fileQueues.set(name, file)
      this.queueLimits.set(name, maxConcurrency)
    }
  }
}
