// The rows of a named queue: one for its settings, one for each item.
import type { Sql } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { QUEUE_TABLES } from '../../store/tables.ts'
import type { QueueItem } from '../contracts.ts'

export interface Item extends QueueItem {
  rank: string
  /** Order of arrival. */
  order: number
  /** 0: waiting. */
  hold: number
  /** Epoch ms; 0: waiting. */
  admittedAt: number
}

export interface QueueSettings {
  max: number
  paused: boolean
  /** No longer configured: the size goes with the last that runs or waits. */
  leaving: boolean
  /** How long a run held its slot lately, in ms; null: not known. */
  meanMs: number | null
}

type ItemRow = {
  run_id: string
  dag_id: string
  priority: string
  rank: string
  enqueued_at: number
  n: number
  hold: number
  admitted_at: number
}

export class QueueStore {
  readonly #sql: Sql
  readonly settings: QueueSettings
  #counter: number

  constructor(sql: Sql, defaultMax: number) {
    this.#sql = sql
    migrate(sql, QUEUE_TABLES)
    const row = sql.exec<{ max: number; counter: number; paused: number; mean_ms: number | null; leaving: number }>(
      'SELECT max, counter, paused, mean_ms, leaving FROM queue',
    )[0]
    this.settings = {
      max: row?.max ?? defaultMax,
      paused: row?.paused === 1,
      leaving: row?.leaving === 1,
      meanMs: row?.mean_ms ?? null,
    }
    const last = sql.exec<{ n: number | null; hold: number | null }>(
      'SELECT max(n) AS n, max(hold) AS hold FROM item',
    )[0]
    this.#counter = Math.max(row?.counter ?? 0, last?.n ?? 0, last?.hold ?? 0)
  }

  /** Grows over arrivals and holds. */
  nextNumber(): number {
    this.#counter += 1
    return this.#counter
  }

  items(): Item[] {
    return this.#sql.exec<ItemRow>('SELECT * FROM item').map(row => ({
      runId: row.run_id,
      dagId: row.dag_id,
      priority: row.priority === 'high' ? 'high' : 'low',
      rank: row.rank,
      enqueuedAt: row.enqueued_at,
      order: row.n,
      hold: row.hold,
      admittedAt: row.admitted_at,
    }))
  }

  insert(item: Item): void {
    this.#sql.exec(
      'INSERT INTO item (run_id, dag_id, priority, rank, enqueued_at, n, hold, admitted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      item.runId,
      item.dagId,
      item.priority,
      item.rank,
      item.enqueuedAt,
      item.order,
      item.hold,
      item.admittedAt,
    )
  }

  admit(item: Item): void {
    this.#sql.exec('UPDATE item SET hold = ?, admitted_at = ? WHERE run_id = ?', item.hold, item.admittedAt, item.runId)
  }

  reorder(item: Item): void {
    this.#sql.exec('UPDATE item SET rank = ?, priority = ? WHERE run_id = ?', item.rank, item.priority, item.runId)
  }

  remove(runIds: string[]): void {
    this.#sql.exec('DELETE FROM item WHERE run_id IN (SELECT value FROM json_each(?))', JSON.stringify(runIds))
  }

  saveSettings(): void {
    const { max, paused, leaving, meanMs } = this.settings
    this.#sql.exec(
      'INSERT OR REPLACE INTO queue (id, max, counter, paused, mean_ms, leaving) VALUES (1, ?, ?, ?, ?, ?)',
      max,
      this.#counter,
      paused ? 1 : 0,
      meanMs,
      leaving ? 1 : 0,
    )
  }
}
