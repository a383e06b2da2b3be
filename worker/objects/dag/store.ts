// The rows of a Dag. Promise: every method is one or a few synchronous statements, and those of one turn are one commit.
import type { RetryScope } from '@edgedag/core/run/children/child-types'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import type { RunStatus } from '@edgedag/core/run/status'
import type { Sql } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { splitText } from '../../store/parts.ts'
import { DAG_TABLES } from '../../store/tables.ts'
import type { DagRecord, Priority, RunSummary } from '../contracts.ts'
import { FinishedRows } from './finished-rows.ts'

/** `queued`: waits for admission; `waiting`: parked in its Run without a slot. */
export type Phase = 'queued' | 'active' | 'waiting' | 'done'

/** What the Dag owes a run that is not finished: being created, retried, or let go on. */
export interface Duty extends RetryScope {
  action: 'create' | 'retry' | 'go_on'
  /** Global queue through which it goes; null: none, or the Dag's own. */
  queue: string | null
  by?: string
  /** Line of a finished run that waits for its retry, shown again when it is dequeued. */
  former?: RunSummary
  /** Order among those that wait at this Dag, and what it was made of. */
  rank?: string
  priority?: Priority
  /** It waits here for its concurrency key before it may go to the global queue. */
  gated?: boolean
  /** Place in the own queue that a run needs to go on: number of the hold. */
  hold?: number
  /** Attempt of the run that a retry makes. */
  attempt?: number
  /** Automatic retries that were made, and when the next is due. */
  retries?: number
  retryAt?: number
}

export interface RunRow {
  n: number
  runId: string
  phase: Phase
  change: number
  spec: RunSpec
  summary: RunSummary
  duty: Duty
}

/** A run that waits for its turn after a decision has begun before. */
export const hasBegun = ({ phase, duty }: Pick<RunRow, 'phase' | 'duty'>): boolean =>
  phase !== 'queued' || duty.action === 'go_on'

type StoredRun = {
  n: number
  run_id: string
  phase: string
  change: number
  spec: string
  summary: string
  duty: string
}
type StoredDag = {
  dag_id: string
  file_name: string
  hash: string
  suspended: number
  source: string | null
  updated_at: number
  removed_at: number | null
}

/** Texts of a DAG that stay although no run has used them. */
const KEPT_TEXTS = 20

/** Changes that are kept in memory at most, while the Index does not take them. */
const MAX_RECENT = 1_000

export class DagStore {
  readonly #sql: Sql
  #change: number
  #lastN: number
  /** Rows written since change `#recentFrom`, so that feeding them needs no scan of the whole history. */
  readonly #recent = new Map<string, RunRow>()
  #recentFrom: number
  /** The record as it is stored: only this object writes it. */
  #record: (DagRecord & { removed: boolean }) | null
  /** Runs are marked and not yet deleted; null: to be looked up. */
  #isDeleting: boolean | null = null
  /** Hashes that are known to be pinned. */
  readonly #pins = new Set<string>()

  readonly #finished: FinishedRows

  constructor(sql: Sql) {
    this.#sql = sql
    migrate(sql, DAG_TABLES)
    this.#finished = new FinishedRows(sql)
    const last = sql.exec<{ change: number | null; n: number | null }>(
      'SELECT max(change) AS change, max(n) AS n FROM run',
    )[0]
    const removed = sql.exec<{ change: number | null }>('SELECT max(change) AS change FROM removed')[0]
    this.#change = Math.max(last?.change ?? 0, removed?.change ?? 0, Number(this.mark('change') ?? 0))
    this.#recentFrom = this.#change
    this.#lastN = last?.n ?? 0
    this.#record = this.#readRecord()
  }

  /** Number of the newest change. */
  get change(): number {
    return this.#change
  }

  record(): (DagRecord & { removed: boolean }) | null {
    return this.#record
  }

  #readRecord(): (DagRecord & { removed: boolean }) | null {
    const row = this.#sql.exec<StoredDag>('SELECT * FROM dag')[0]
    if (row === undefined) return null
    return {
      dagId: row.dag_id,
      fileName: row.file_name,
      spec: this.specText(row.hash) ?? '',
      hash: row.hash,
      suspended: row.suspended === 1,
      source: row.source === null ? null : JSON.parse(row.source),
      updatedAt: row.updated_at,
      removed: row.removed_at !== null,
    }
  }

  saveRecord(record: DagRecord, removedAt: number | null): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO dag (id, dag_id, file_name, hash, suspended, source, updated_at, removed_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?)',
      record.dagId,
      record.fileName,
      record.hash,
      record.suspended ? 1 : 0,
      record.source === null ? null : JSON.stringify(record.source),
      record.updatedAt,
      removedAt,
    )
    this.#record = { ...record, removed: removedAt !== null }
  }

  addSpec(hash: string, text: string, at: number): void {
    this.#sql.exec('INSERT INTO spec (hash, text, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING', hash, text, at)
  }

  specText(hash: string): string | null {
    return this.#sql.exec<{ text: string }>('SELECT text FROM spec WHERE hash = ?', hash)[0]?.text ?? null
  }

  /** Keeps a pinned DAG; nothing is written when it is here already. */
  pin(hash: string, json: string, specHash: string): void {
    if (this.#pins.has(hash)) return
    this.#pins.add(hash)
    if (this.#sql.exec('SELECT 1 FROM pin WHERE hash = ? AND part = 0', hash).length > 0) return
    for (const [part, text] of splitText(json).entries()) {
      this.#sql.exec('INSERT INTO pin (hash, part, spec_hash, json) VALUES (?, ?, ?, ?)', hash, part, specHash, text)
    }
  }

  pinned(hash: string): { json: string; specHash: string } | null {
    const rows = this.#sql.exec<{ json: string; spec_hash: string }>(
      'SELECT json, spec_hash FROM pin WHERE hash = ? ORDER BY part',
      hash,
    )
    return rows[0] === undefined ? null : { json: rows.map(row => row.json).join(''), specHash: rows[0].spec_hash }
  }

  /** Order of the next run that is accepted. */
  get nextN(): number {
    return this.#lastN + 1
  }

  insertRun(run: Omit<RunRow, 'n' | 'change'>): RunRow {
    const row: RunRow = { ...run, n: ++this.#lastN, change: ++this.#change }
    this.#sql.exec(
      'INSERT INTO run (n, run_id, phase, change, spec, summary, duty) VALUES (?, ?, ?, ?, ?, ?, ?)',
      row.n,
      row.runId,
      row.phase,
      row.change,
      JSON.stringify(row.spec),
      JSON.stringify(row.summary),
      JSON.stringify(row.duty),
    )
    this.#remember(row)
    return row
  }

  /** Writes the row's present phase, line and duty as a new change. */
  updateRun(row: RunRow): void {
    row.change = ++this.#change
    this.#sql.exec(
      'UPDATE run SET phase = ?, change = ?, summary = ?, duty = ? WHERE n = ?',
      row.phase,
      row.change,
      JSON.stringify(row.summary),
      JSON.stringify(row.duty),
      row.n,
    )
    if (row.phase === 'done') this.#finished.note(row.n)
    this.#remember(row)
  }

  #remember(row: RunRow): void {
    this.#recent.set(row.runId, row)
    if (this.#recent.size <= MAX_RECENT) return
    this.#recent.clear()
    this.#recentFrom = this.#change
  }

  removeRun(row: RunRow): void {
    this.#recent.delete(row.runId)
    this.#sql.exec('DELETE FROM run WHERE n = ?', row.n)
    this.#sql.exec('INSERT OR REPLACE INTO removed (run_id, change) VALUES (?, ?)', row.runId, ++this.#change)
  }

  /** Takes these runs out of everything that is listed or asked for, and notes that what is kept of them has to go. */
  markDeleting(runIds: readonly string[]): void {
    const ids = JSON.stringify(runIds)
    for (const runId of runIds) this.#recent.delete(runId)
    this.#isDeleting = null
    this.#change += 1
    this.#sql.exec('DELETE FROM run WHERE run_id IN (SELECT value FROM json_each(?))', ids)
    for (const table of ['removed (run_id, change)', 'deleting (run_id)'])
      this.#sql.exec(
        `INSERT OR REPLACE INTO ${table} SELECT value${table.includes('change') ? `, ${this.#change}` : ''} FROM json_each(?)`,
        ids,
      )
  }

  isDeleting(runId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM deleting WHERE run_id = ?', runId).length > 0
  }

  /** Something is marked and not yet deleted. */
  get hasToDelete(): boolean {
    this.#isDeleting ??= this.deleting(1).length > 0
    return this.#isDeleting
  }

  /** Runs that are marked and not yet deleted. */
  deleting(limit: number): string[] {
    return this.#sql
      .exec<{ run_id: string }>('SELECT run_id FROM deleting ORDER BY run_id LIMIT ?', limit)
      .map(row => row.run_id)
  }

  deleted(runIds: readonly string[]): void {
    this.#isDeleting = null
    this.#sql.exec('DELETE FROM deleting WHERE run_id IN (SELECT value FROM json_each(?))', JSON.stringify(runIds))
  }

  /** Forgets pinned DAGs that no run uses, and texts that nothing uses but for the newest ones. */
  pruneTexts(): void {
    // As long as nobody edits the DAG there is nothing to prune, and no need to read the history.
    const one = (sql: string) => this.#sql.exec<{ n: number }>(sql)[0]!.n
    if (one('SELECT count(DISTINCT hash) AS n FROM pin') <= 1 && one('SELECT count(*) AS n FROM spec') <= KEPT_TEXTS)
      return
    const used = "SELECT DISTINCT spec ->> 'dagHash' FROM run"
    if (this.#sql.exec(`SELECT 1 FROM pin WHERE hash NOT IN (${used}) LIMIT 1`).length > 0) {
      this.#pins.clear()
      this.#sql.exec(`DELETE FROM pin WHERE hash NOT IN (${used})`)
    }
    this.#sql.exec(
      `DELETE FROM spec WHERE hash NOT IN (SELECT hash FROM dag) AND hash NOT IN (SELECT spec_hash FROM pin)
        AND hash NOT IN (SELECT hash FROM spec ORDER BY created_at DESC LIMIT ?)`,
      KEPT_TEXTS,
    )
  }

  run(runId: string): RunRow | null {
    const row = this.#sql.exec<StoredRun>('SELECT * FROM run WHERE run_id = ?', runId)[0]
    return row === undefined ? null : toRow(row)
  }

  /** Runs that are not over, and failed ones that will be retried by themselves. */
  unfinished(): RunRow[] {
    return this.#sql
      .exec<StoredRun>("SELECT * FROM run WHERE phase <> 'done' OR duty ->> 'retryAt' IS NOT NULL ORDER BY n")
      .map(toRow)
  }

  /** The oldest finished runs, but for the newest `keep` runs of all. */
  oldest(keep: number, limit: number): RunRow[] {
    return this.#finished.oldest<StoredRun>(keep, limit).map(toRow)
  }

  /** The newest finished runs; `status`: of these. */
  finished(limit: number, status?: readonly RunStatus[]): RunRow[] {
    return this.#finished.newest<StoredRun>(limit, status).map(toRow)
  }

  /** The newest run; without `backfill`: of those that belong to none. */
  newest({ backfill = true } = {}): RunRow | null {
    const which = backfill ? '' : "WHERE spec ->> 'backfill' IS NULL"
    const row = this.#sql.exec<StoredRun>(`SELECT * FROM run ${which} ORDER BY n DESC LIMIT 1`)[0]
    return row === undefined ? null : toRow(row)
  }

  /** Newest first; `status` is looked at in stored lines, so unfinished runs are always among the rows. */
  page(query: { limit: number; before?: string; status?: RunStatus[] }): RunRow[] {
    const before = query.before === undefined ? null : (this.run(query.before)?.n ?? null)
    return this.#sql
      .exec<StoredRun>(
        `SELECT * FROM run WHERE n < ? AND (? IS NULL OR phase <> 'done' OR summary ->> 'status' IN (SELECT value FROM json_each(?)))
          ORDER BY n DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        query.status === undefined ? null : 1,
        JSON.stringify(query.status ?? []),
        query.limit,
      )
      .map(toRow)
  }

  /** Oldest change first. */
  changedSince(change: number, limit: number): RunRow[] {
    if (change >= this.#recentFrom) {
      const rows = [...this.#recent.values()].filter(row => row.change > change)
      return rows.sort((a, b) => a.change - b.change).slice(0, limit)
    }
    return this.#sql
      .exec<StoredRun>('SELECT * FROM run WHERE change > ? ORDER BY change LIMIT ?', change, limit)
      .map(toRow)
  }

  removedSince(change: number): string[] {
    return this.#sql
      .exec<{ run_id: string }>('SELECT run_id FROM removed WHERE change > ?', change)
      .map(row => row.run_id)
  }

  /** The Index holds everything up to here: what was kept for it has served. */
  acknowledged(change: number): void {
    for (const row of this.#recent.values()) if (row.change <= change) this.#recent.delete(row.runId)
    this.#recentFrom = Math.max(this.#recentFrom, change)
    if (this.#sql.exec('SELECT 1 FROM removed WHERE change <= ? LIMIT 1', change).length === 0) return
    // The highest number must outlive the row that bore it.
    this.setMark('change', String(this.#change))
    this.#sql.exec('DELETE FROM removed WHERE change <= ?', change)
  }

  mark(name: string): string | null {
    return this.#sql.exec<{ value: string }>('SELECT value FROM mark WHERE name = ?', name)[0]?.value ?? null
  }

  setMark(name: string, value: string | null): void {
    if (value === null) this.#sql.exec('DELETE FROM mark WHERE name = ?', name)
    else this.#sql.exec('INSERT OR REPLACE INTO mark (name, value) VALUES (?, ?)', name, value)
  }
}

const toRow = (row: StoredRun): RunRow => ({
  n: row.n,
  runId: row.run_id,
  phase: row.phase as Phase,
  change: row.change,
  spec: JSON.parse(row.spec),
  summary: JSON.parse(row.summary),
  duty: JSON.parse(row.duty),
})
