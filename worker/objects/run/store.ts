// The rows of a Run object. Promise: one journal row per transition, run id first in every key; log texts are read from where they
// were journaled and never kept in memory.
import { applyChanges } from '@edgedag/core/run/apply'
import {
  decodeCheckpoint,
  decodeEntry,
  encodeCheckpoint,
  encodeEntry,
  type JournalEntry,
} from '@edgedag/core/run/checkpoint'
import type { RunEvent } from '@edgedag/core/run/events'
import type { Changes, RunState } from '@edgedag/core/run/state'
import type { Sql } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import type { JournalLine } from '../../store/pack.ts'
import { splitText } from '../../store/parts.ts'
import { RUN_ROW_TABLES, RUN_TABLES } from '../../store/tables.ts'

/** Rows that are read at once where a journal is read in pieces; their numbers have no holes. */
const PAGE_ROWS = 50
/** Rows between two checkpoints. */
const CHECKPOINT_ROWS = 250

export interface Stone {
  runId: string
  attempt: number
  fence: number
  status: string
  seq: number
  dagId: string
  pack: string
  offset: number
  length: number
  /** Bytes of the pack that are this run's alone, and of the whole pack. */
  bytes: number
  packBytes: number
}

type JournalRow = { seq: number; part: number; at: number; logs: string; data: string }
type StoneRow = Omit<Stone, 'runId' | 'dagId' | 'packBytes'> & { run_id: string; dag_id: string; pack_bytes: number }

export class RunStore {
  readonly #sql: Sql
  /** False while nothing but stones is here and the tables of rows are dropped. */
  #hasRows: boolean
  /** Hashes that are known to be pinned. */
  readonly #pins = new Set<string>()

  constructor(sql: Sql) {
    this.#sql = sql
    migrate(sql, RUN_TABLES)
    this.#hasRows = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'journal'").length > 0
  }

  /** Ids of the runs that have a journal here. */
  runIds(): string[] {
    if (!this.#hasRows) return []
    return this.#sql
      .exec<{ id: string }>(
        `WITH RECURSIVE ids(id) AS (SELECT min(run_id) FROM journal
          UNION ALL SELECT (SELECT min(run_id) FROM journal WHERE run_id > ids.id) FROM ids WHERE ids.id IS NOT NULL)
          SELECT id FROM ids WHERE id IS NOT NULL`,
      )
      .map(row => row.id)
  }

  /** The run is known here, by its rows or its stone. */
  has(runId: string): boolean {
    const rows = this.#hasRows ? 'EXISTS (SELECT 1 FROM journal WHERE run_id = ?1) OR ' : ''
    const known = `${rows}EXISTS (SELECT 1 FROM stone WHERE run_id = ?1)`
    return this.#sql.exec<{ known: number }>(`SELECT ${known} AS known`, runId)[0]?.known === 1
  }

  /** The state as of the last row; undefined: unknown run. */
  load(runId: string): RunState | undefined {
    if (!this.#hasRows) return undefined
    const checkpoint = this.#sql.exec<{ seq: number; data: string }>(
      'SELECT seq, data FROM checkpoint WHERE run_id = ? ORDER BY seq, part',
      runId,
    )
    let state = checkpoint[0] === undefined ? undefined : decodeCheckpoint(checkpoint.map(row => row.data).join(''))
    for (const line of this.#lines(runId, checkpoint[0]?.seq ?? 0)) {
      const { changes } = decodeEntry(line.data)
      dropTexts(changes)
      state = applyChanges(state, changes)
    }
    return state
  }

  /** Writes the row of a transition and applies it; answers the state. */
  append(state: RunState | undefined, runId: string, at: number, event: RunEvent, changes: Changes): RunState {
    const seq = changes.head.seq!
    const logs = (changes.logs ?? []).filter(log => log.text !== undefined && log.text !== '').map(log => log.key)
    this.insertLine(runId, { seq, at, logs, data: encodeEntry(at, event, changes) })
    dropTexts(changes)
    const next = applyChanges(state, changes)
    if (seq % CHECKPOINT_ROWS === 0) this.checkpoint(runId, next)
    return next
  }

  insertLine(runId: string, line: JournalLine): void {
    this.#ensureRows()
    const logs = line.logs.length === 0 ? '' : `\n${line.logs.join('\n')}\n`
    for (const [part, data] of splitText(line.data).entries()) {
      this.#sql.exec(
        'INSERT INTO journal (run_id, seq, part, at, logs, data) VALUES (?, ?, ?, ?, ?, ?)',
        runId,
        line.seq,
        part,
        line.at,
        part === 0 ? logs : '',
        data,
      )
    }
  }

  checkpoint(runId: string, state: RunState): void {
    this.#sql.exec('DELETE FROM checkpoint WHERE run_id = ?', runId)
    for (const [part, data] of splitText(encodeCheckpoint(state)).entries()) {
      this.#sql.exec(
        'INSERT INTO checkpoint (run_id, seq, part, data) VALUES (?, ?, ?, ?)',
        runId,
        state.head.seq,
        part,
        data,
      )
    }
  }

  /** Journal rows of a run, oldest first, with log texts. */
  lines(runId: string): JournalLine[] {
    return this.#lines(runId, 0)
  }

  /** The same a few rows at a time, for a run that is not changed meanwhile. */
  *eachLine(runId: string): Generator<JournalLine> {
    for (let after = 0; ; ) {
      const lines = this.#lines(runId, after, PAGE_ROWS)
      yield* lines
      if (lines.length === 0) return
      after = lines.at(-1)!.seq
    }
  }

  entries(runId: string): JournalEntry[] {
    return this.#lines(runId, 0).map(line => decodeEntry(line.data))
  }

  /** Text of a log that came inline; null: it is not in the journal. */
  logText(runId: string, key: string): string | null {
    const row = this.#sql.exec<{ seq: number }>(
      'SELECT seq FROM journal WHERE run_id = ? AND instr(logs, ?) > 0 ORDER BY seq DESC LIMIT 1',
      runId,
      `\n${key}\n`,
    )[0]
    if (row === undefined) return null
    const parts = this.#sql.exec<{ data: string }>(
      'SELECT data FROM journal WHERE run_id = ? AND seq = ? ORDER BY part',
      runId,
      row.seq,
    )
    const { changes } = decodeEntry(parts.map(part => part.data).join(''))
    return changes.logs?.find(log => log.key === key)?.text ?? null
  }

  pin(hash: string, json: string): void {
    this.#ensureRows()
    if (this.#pins.has(hash)) return
    this.#pins.add(hash)
    if (this.#sql.exec('SELECT 1 FROM pin WHERE hash = ? AND part = 0', hash).length > 0) return
    for (const [part, text] of splitText(json).entries()) {
      this.#sql.exec('INSERT INTO pin (hash, part, json) VALUES (?, ?, ?)', hash, part, text)
    }
  }

  pinned(hash: string): string | null {
    const rows = this.#sql.exec<{ json: string }>('SELECT json FROM pin WHERE hash = ? ORDER BY part', hash)
    return rows.length === 0 ? null : rows.map(row => row.json).join('')
  }

  stone(runId: string): Stone | null {
    const row = this.#sql.exec<StoneRow>('SELECT * FROM stone WHERE run_id = ?', runId)[0]
    return row === undefined ? null : toStone(row)
  }

  /** Runs that are in this pack. */
  stonesIn(pack: string): Stone[] {
    return this.#sql.exec<StoneRow>('SELECT * FROM stone WHERE pack = ? ORDER BY offset', pack).map(toStone)
  }

  /** These runs are in another pack now. */
  moveStones(stones: readonly Stone[]): void {
    this.#sql.exec(
      `UPDATE stone SET pack = value ->> 'pack', offset = value ->> 'offset', length = value ->> 'length', bytes = value ->> 'bytes',
        pack_bytes = value ->> 'packBytes' FROM json_each(?) WHERE stone.run_id = value ->> 'runId'`,
      JSON.stringify(stones),
    )
  }

  /** Puts stones in the place of the runs' rows. `keptHashes`: definitions that other runs here still use. */
  replaceByStones(stones: Stone[], keptHashes: ReadonlySet<string>, isAlone: boolean): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO stone (run_id, attempt, fence, status, seq, dag_id, pack, offset, length, bytes, pack_bytes)
        SELECT value ->> 'runId', value ->> 'attempt', value ->> 'fence', value ->> 'status', value ->> 'seq', value ->> 'dagId',
          value ->> 'pack', value ->> 'offset', value ->> 'length', value ->> 'bytes', value ->> 'packBytes' FROM json_each(?)`,
      JSON.stringify(stones),
    )
    if (isAlone) this.#dropRows()
    else this.#deleteRows(JSON.stringify(stones.map(stone => stone.runId)), keptHashes)
  }

  /** `runIds`: JSON list. */
  #deleteRows(runIds: string, keptHashes: ReadonlySet<string>): void {
    this.#sql.exec('DELETE FROM journal WHERE run_id IN (SELECT value FROM json_each(?))', runIds)
    this.#sql.exec('DELETE FROM checkpoint WHERE run_id IN (SELECT value FROM json_each(?))', runIds)
    if (this.#countPins() > MAX_IDLE_PINS) {
      this.#pins.clear()
      this.#sql.exec(
        'DELETE FROM pin WHERE hash NOT IN (SELECT value FROM json_each(?))',
        JSON.stringify([...keptHashes]),
      )
    }
  }

  removeStone(runId: string): void {
    this.#sql.exec('DELETE FROM stone WHERE run_id = ?', runId)
  }

  /** Some other run's stone points into this pack. */
  isPackUsed(pack: string): boolean {
    return this.#sql.exec('SELECT 1 FROM stone WHERE pack = ? LIMIT 1', pack).length > 0
  }

  removeRun(runId: string): void {
    if (this.#hasRows) {
      this.#sql.exec('DELETE FROM journal WHERE run_id = ?', runId)
      this.#sql.exec('DELETE FROM checkpoint WHERE run_id = ?', runId)
    }
    this.removeStone(runId)
  }

  /** Rows that go with their table are not billed. */
  #dropRows(): void {
    for (const table of ['journal', 'checkpoint', 'pin']) this.#sql.exec(`DROP TABLE ${table}`)
    this.#hasRows = false
    this.#pins.clear()
  }

  #ensureRows(): void {
    if (this.#hasRows) return
    for (const statement of RUN_ROW_TABLES) this.#sql.exec(statement)
    this.#hasRows = true
  }

  #countPins(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM pin WHERE part = 0')[0]?.n ?? 0
  }

  #lines(runId: string, afterSeq: number, limit?: number): JournalLine[] {
    const rows = this.#sql.exec<JournalRow>(
      'SELECT seq, part, at, logs, data FROM journal WHERE run_id = ? AND seq > ? AND seq <= ? ORDER BY seq, part',
      runId,
      afterSeq,
      limit === undefined ? Number.MAX_SAFE_INTEGER : afterSeq + limit,
    )
    const lines: JournalLine[] = []
    for (const row of rows) {
      if (row.part > 0) lines.at(-1)!.data += row.data
      else
        lines.push({ seq: row.seq, at: row.at, logs: row.logs.split('\n').filter(key => key !== ''), data: row.data })
    }
    return lines
  }
}

/** Definitions that stay although no run here uses them: the next run probably has the same. */
const MAX_IDLE_PINS = 8

/** An empty text stands for one that is in the journal. */
function dropTexts(changes: Changes): void {
  for (const log of changes.logs ?? []) if (log.text !== undefined && log.text !== '') log.text = ''
}

const toStone = ({ run_id, dag_id, pack_bytes, ...rest }: StoneRow): Stone => ({
  ...rest,
  runId: run_id,
  dagId: dag_id,
  packBytes: pack_bytes,
})
