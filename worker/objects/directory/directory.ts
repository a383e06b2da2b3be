// The installation's catalogue: which DAG file has which opaque id, who may do what, which runners are enrolled, which queues are configured.
// Promise: an id once given stays; a one-time token works once.

import type { DocAnswer, DocRequest } from '@edgedag/core/docs/document'
import { ALL_DOCS, type DocsGrant } from '@edgedag/core/docs/grant'
import { err, ok, type Result } from '@edgedag/core/result'
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { DIRECTORY_TABLES } from '../../store/tables.ts'
import {
  type BaseConfig,
  type DirectoryApi,
  type Kinds,
  type ProfileDefaults,
  type RunnerRecord,
  SINGLETON,
} from '../contracts.ts'
import { Awake, NOTED_MS } from './awake.ts'
import { DirectoryDocs } from './docs.ts'
import { DirectoryPrincipals } from './principals.ts'
import { DirectoryQueues } from './queues.ts'

/** Key of the time zone among the base configurations: no workspace has such a name. */
const ZONE = '@timezone'
const SWEEP_BATCH = 40
const SWEEP_PAUSE_MS = 100

export class DirectoryObject implements Serves<DirectoryApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #principals: DirectoryPrincipals
  readonly #awake: Awake
  /** Where a sweep in progress goes on; undefined: none. */
  #sweepAfter: string | null | undefined

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    migrate(host.sql, DIRECTORY_TABLES)
    this.#principals = new DirectoryPrincipals(host)
    this.#awake = new Awake(host)
  }

  async init(): Promise<void> {
    await this.#alarm.load()
  }

  dagId(fileName: string, create: boolean): string | null {
    return this.#idBy('file_name', fileName, create)
  }

  inlineDagId(name: string): string {
    return this.#idBy('inline_name', name, true)!
  }

  renameDag(from: string, to: string): 'ok' | 'exists' | 'unknown' {
    if (this.dagId(from, false) === null) return 'unknown'
    if (from !== to && this.dagId(to, false) !== null) return 'exists'
    // A removed file of that name gives it up: its history stays with its id, which nobody can ask for by name any more.
    this.#host.sql.exec('UPDATE dag SET file_name = NULL WHERE file_name = ? AND removed = 1', to)
    this.#host.sql.exec('UPDATE dag SET file_name = ? WHERE file_name = ?', to, from)
    return 'ok'
  }

  removeDag(fileName: string): void {
    this.#host.sql.exec('UPDATE dag SET removed = 1 WHERE file_name = ?', fileName)
  }

  dagIds(): { fileName: string; dagId: string }[] {
    return this.#host.sql
      .exec<{ file_name: string; dag_id: string }>(
        'SELECT file_name, dag_id FROM dag WHERE file_name IS NOT NULL AND removed = 0 ORDER BY file_name',
      )
      .map(row => ({ fileName: row.file_name, dagId: row.dag_id }))
  }

  sweepPage(after: string | null, limit: number): { dagIds: string[]; next: string | null } {
    const rows = this.#host.sql.exec<{ dag_id: string }>(
      'SELECT dag_id FROM dag WHERE dag_id > ? ORDER BY dag_id LIMIT ?',
      after ?? '',
      limit,
    )
    const dagIds = rows.map(row => row.dag_id)
    return { dagIds, next: dagIds.length === limit ? (dagIds.at(-1) ?? null) : null }
  }

  /**
   * Asks the Dags that the Index finds overdue to look after their runs. Now and then (`NOTED_MS`), and after a start or sleep of the control plane, every
   * Dag is asked, since the Index may not have heard of a run: 40 at a time, going on by alarm until all were.
   */
  async sweep(): Promise<void> {
    this.#awake.look()
    if (this.#sweepAfter === undefined && !this.#isFullSweepDue()) return await this.#sweepOverdue()
    if (this.#sweepAfter === undefined) {
      this.#host.sql.exec("INSERT OR REPLACE INTO mark (name, value) VALUES ('sweep', ?)", this.#host.now())
      this.#sweepAfter = null
    }
    await this.#sweepOnce()
  }

  awakeSince(): number {
    this.#awake.look()
    return this.#awake.since
  }

  /** Also where the last one lies ahead: the clock was set back. */
  #isFullSweepDue(): boolean {
    const last = this.#host.sql.exec<{ value: number }>("SELECT value FROM mark WHERE name = 'sweep'")[0]?.value ?? 0
    return last < this.#awake.since || Math.abs(this.#host.now() - last) >= NOTED_MS
  }

  async #sweepOverdue(): Promise<void> {
    const dagIds = await this.#host.object('index', SINGLETON).overdue(SWEEP_BATCH)
    await this.#sweepDags(dagIds)
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    if (this.#sweepAfter !== undefined) await this.#sweepOnce()
  }

  async #sweepOnce(): Promise<void> {
    const page = this.sweepPage(this.#sweepAfter ?? null, SWEEP_BATCH)
    this.#sweepAfter = page.next ?? undefined
    if (page.next !== null) this.#alarm.wakeBy(this.#host.now() + SWEEP_PAUSE_MS)
    await this.#sweepDags(page.dagIds)
  }

  async #sweepDags(dagIds: string[]): Promise<void> {
    const version = this.#baseVersion()
    await Promise.allSettled(dagIds.map(dagId => this.#host.object('dag', dagId).sweep(version)))
  }

  principal(tokenHash: string): ReturnType<DirectoryApi['principal']> {
    return this.#principals.find(tokenHash)
  }

  ensureBootstrapKey(tokenHash: string): void {
    this.#principals.ensureBootstrap(tokenHash)
  }

  createSession(keyId: string, tokenHash: string, expiresAt: number): void {
    this.#principals.openSession(keyId, tokenHash, expiresAt)
  }

  endSession(tokenHash: string): void {
    this.#principals.endSession(tokenHash)
  }

  apiKeys() {
    return this.#principals.keys()
  }

  createApiKey(request: Parameters<DirectoryApi['createApiKey']>[0]) {
    return this.#principals.createKey(request)
  }

  updateApiKey(id: string, change: Parameters<DirectoryApi['updateApiKey']>[1]) {
    return this.#principals.updateKey(id, change)
  }

  removeApiKey(id: string): boolean {
    return this.#principals.removeKey(id)
  }

  createEnrolment(
    tokenHash: string,
    expiresAt: number,
    { labels, docs }: Parameters<DirectoryApi['createEnrolment']>[2],
    by: string,
  ): void {
    this.#host.sql.exec(
      'INSERT INTO enrolment (token_hash, expires_at, labels, docs, created_by) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      tokenHash,
      expiresAt,
      JSON.stringify(labels),
      docs === undefined ? null : JSON.stringify(docs),
      by,
    )
  }

  enrol(
    tokenHash: string,
    credentialHash: string,
    name: string,
  ): Result<RunnerRecord, { code: string; message: string }> {
    const row = this.#host.sql.exec<{
      expires_at: number
      labels: string
      docs: string | null
      credential_hash: string | null
      runner_id: string | null
    }>('SELECT expires_at, labels, docs, credential_hash, runner_id FROM enrolment WHERE token_hash = ?', tokenHash)[0]
    if (row?.runner_id && row.credential_hash === credentialHash) return ok(this.#runner(row.runner_id)!)
    if (row === undefined || row.runner_id !== null || row.expires_at <= this.#host.now()) {
      return err({ code: 'invalid_enrolment', message: 'the enrolment token is unknown, used or expired' })
    }
    const runnerId = `r-${this.#host.randomHex(12)}`
    this.#host.sql.exec(
      'INSERT INTO runner (runner_id, name, labels, docs, created_at) VALUES (?, ?, ?, ?, ?)',
      runnerId,
      name,
      row.labels,
      row.docs,
      this.#host.now(),
    )
    this.#host.sql.exec(
      'UPDATE enrolment SET credential_hash = ?, runner_id = ? WHERE token_hash = ?',
      credentialHash,
      runnerId,
      tokenHash,
    )
    this.#principals.add(credentialHash, 'runner', runnerId, { name, role: 'runner' }, null)
    return ok(this.#runner(runnerId)!)
  }

  runners(): RunnerRecord[] {
    return this.#host.sql.exec<RunnerRow>('SELECT * FROM runner ORDER BY created_at').map(toRunner)
  }

  async revokeRunner(runnerId: string): Promise<boolean> {
    const runner = this.#runner(runnerId)
    if (runner === null) return false
    if (runner.revokedAt === null) {
      this.#host.sql.exec('UPDATE runner SET revoked_at = ? WHERE runner_id = ?', this.#host.now(), runnerId)
      this.#host.sql.exec("DELETE FROM principal WHERE id = ? AND kind = 'runner'", runnerId)
    }
    await this.#host.object('runner', runnerId).revoke()
    return true
  }

  runnerDocs(runnerId: string): DocsGrant | null {
    const runner = this.#runner(runnerId)
    return runner === null || runner.revokedAt !== null ? null : (runner.docs ?? ALL_DOCS)
  }

  async setRunnerDocs(runnerId: string, docs: DocsGrant): Promise<boolean> {
    if (this.runnerDocs(runnerId) === null) return false
    this.#host.sql.exec('UPDATE runner SET docs = ? WHERE runner_id = ?', JSON.stringify(docs), runnerId)
    await this.#host.object('runner', runnerId).comeAgain()
    return true
  }

  async drainRunner(runnerId: string, on: boolean): Promise<boolean> {
    const runner = this.#runner(runnerId)
    if (runner === null || runner.revokedAt !== null) return false
    if (on !== (runner.drainingSince !== null)) {
      const since = on ? this.#host.now() : null
      this.#host.sql.exec('UPDATE runner SET draining_since = ? WHERE runner_id = ?', since, runnerId)
    }
    await this.#host.object('fleet', SINGLETON).drain(runnerId, on)
    return true
  }

  baseConfig(workspace: string | null, known?: number): BaseConfig | null {
    const version = this.#baseVersion()
    if (version === known) return null
    const timezone = this.#zone()
    const profiles = profileDefaults(
      this.#baseText(profilesKey(null)),
      workspace && this.#baseText(profilesKey(workspace)),
    )
    return {
      version,
      base: this.#baseText(''),
      workspaceBase: workspace === null ? '' : this.#baseText(workspace),
      ...(timezone === null ? {} : { timezone }),
      ...(profiles === null ? {} : { profiles }),
    }
  }

  timezone(): { timezone: string; isDefault: boolean } {
    const set = this.#zone()
    return { timezone: set ?? this.#host.settings.timezone, isDefault: set === null }
  }

  setTimezone(timezone: string | null): void {
    if (this.#zone() === timezone) return
    this.#setBase(ZONE, timezone ?? '')
  }

  setBaseConfig(workspace: string | null, text: string): void {
    if (this.#baseText(workspace ?? '') !== text) this.#setBase(workspace ?? '', text)
  }

  setProfileDefaults(workspace: string | null, defaults: ProfileDefaults): void {
    const [key, text] = [profilesKey(workspace), JSON.stringify(defaults)]
    if (this.#baseText(key) !== text) this.#setBase(key, text)
  }

  #zone(): string | null {
    return this.#baseText(ZONE) || null
  }

  /** Something that all Dags go by has changed: its version grows, and each is asked to look. */
  #setBase(key: string, text: string): void {
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO base (workspace, version, text) VALUES (?, ?, ?)',
      key,
      this.#baseVersion() + 1,
      text,
    )
    // From the first one again: those that were asked already have not heard of this.
    this.#sweepAfter = null
    this.#host.background(this.#sweepOnce())
  }

  webhookDags(): { fileName: string; dagId: string }[] {
    return this.#host.sql
      .exec<{ file_name: string; dag_id: string }>(
        `SELECT file_name, dag_id FROM webhook JOIN dag USING (dag_id)
          WHERE file_name IS NOT NULL AND removed = 0 ORDER BY file_name`,
      )
      .map(row => ({ fileName: row.file_name, dagId: row.dag_id }))
  }

  noteWebhook(dagId: string): void {
    this.#host.sql.exec('INSERT INTO webhook (dag_id) VALUES (?) ON CONFLICT DO NOTHING', dagId)
  }

  docs(request: DocRequest): DocAnswer<DocRequest['op']> {
    return new DirectoryDocs(this.#host.sql, () => this.#host.now()).handle(request)
  }

  queues() {
    return new DirectoryQueues(this.#host).all()
  }

  setQueue(name: string, maxConcurrency: number | null) {
    return new DirectoryQueues(this.#host).set(name, maxConcurrency)
  }

  setFileQueues(file: string, queues: Parameters<DirectoryApi['setFileQueues']>[1]): Promise<void> {
    return new DirectoryQueues(this.#host).setFromFile(file, queues)
  }

  #baseVersion(): number {
    return this.#host.sql.exec<{ version: number | null }>('SELECT max(version) AS version FROM base')[0]?.version ?? 0
  }

  #baseText(workspace: string): string {
    return this.#host.sql.exec<{ text: string }>('SELECT text FROM base WHERE workspace = ?', workspace)[0]?.text ?? ''
  }

  #idBy(column: 'file_name' | 'inline_name', name: string, create: boolean): string | null {
    const known = this.#host.sql.exec<{ dag_id: string; removed: number }>(
      `SELECT dag_id, removed FROM dag WHERE ${column} = ?`,
      name,
    )[0]
    if (known !== undefined && known.removed === 0) return known.dag_id
    if (!create) return null
    if (known !== undefined) {
      this.#host.sql.exec('UPDATE dag SET removed = 0 WHERE dag_id = ?', known.dag_id)
      return known.dag_id
    }
    const dagId = this.#host.randomHex(16)
    this.#host.sql.exec(`INSERT INTO dag (dag_id, ${column}) VALUES (?, ?)`, dagId, name)
    return dagId
  }

  #runner(runnerId: string): RunnerRecord | null {
    const row = this.#host.sql.exec<RunnerRow>('SELECT * FROM runner WHERE runner_id = ?', runnerId)[0]
    return row === undefined ? null : toRunner(row)
  }
}

type RunnerRow = {
  runner_id: string
  name: string
  labels: string
  created_at: number
  revoked_at: number | null
  draining_since: number | null
  docs: string | null
}

const toRunner = (row: RunnerRow): RunnerRecord => ({
  runnerId: row.runner_id,
  name: row.name,
  labels: JSON.parse(row.labels),
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
  drainingSince: row.draining_since,
  ...(row.docs === null ? {} : { docs: JSON.parse(row.docs) }),
})

/** No workspace is called so. */
const profilesKey = (workspace: string | null): string => `/profiles/${workspace ?? ''}`

/** The workspace's over the global ones; null: none. */
function profileDefaults(global: string, ofWorkspace: string | null): ProfileDefaults | null {
  const layers = [global, ofWorkspace ?? '']
    .filter(text => text !== '')
    .map(text => JSON.parse(text) as ProfileDefaults)
  const profile = layers.findLast(layer => layer.profile !== '')?.profile ?? ''
  const values = layers.some(layer => layer.values)
  return values || profile !== '' ? { values, profile } : null
}
