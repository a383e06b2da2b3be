// The rows of a webhook: its record, and the deliveries of late. The tables are made with the first webhook, so that a DAG without
// one pays nothing. Promise: deliveries are bounded; one with a key is remembered long enough for its sender's repetitions.
import type { Sql } from '../../../host/port.ts'
import { WEBHOOK_TABLES } from '../../../store/tables.ts'
import type { DeliveryRecord } from '../../contracts/webhook.ts'
import type { StoredWebhook } from './config.ts'

/** Deliveries that are kept at most: more than may come while a signed time is good. Refused ones: fewer. */
const MOST_DELIVERIES = 4_000
const MOST_REFUSALS = 50

type Row = {
  n: number
  at: number
  key: string | null
  status: number
  note: string
  run_id: string | null
  bytes: number
}

export type NewDelivery = Omit<DeliveryRecord, 'n' | 'delivery'> & { key?: string | null; proof?: string | null }

export class WebhookStore {
  readonly #sql: Sql
  #hasTables: boolean

  constructor(sql: Sql) {
    this.#sql = sql
    this.#hasTables = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'webhook'").length > 0
  }

  webhook(): StoredWebhook | null {
    if (!this.#hasTables) return null
    const row = this.#sql.exec<{ record: string }>('SELECT record FROM webhook')[0]
    return row === undefined ? null : (JSON.parse(row.record) as StoredWebhook)
  }

  save(webhook: StoredWebhook): void {
    if (!this.#hasTables) for (const statement of WEBHOOK_TABLES) this.#sql.exec(statement)
    this.#hasTables = true
    this.#sql.exec('INSERT OR REPLACE INTO webhook (id, record) VALUES (1, ?)', JSON.stringify(webhook))
  }

  remove(): void {
    this.#sql.exec('DELETE FROM webhook')
    this.#sql.exec('DELETE FROM delivery')
  }

  /** Answers the number of the row. */
  add({ at, key = null, proof = null, status, note, runId, bytes }: NewDelivery): number {
    const n = (this.#sql.exec<{ n: number | null }>('SELECT max(n) AS n FROM delivery')[0]?.n ?? 0) + 1
    this.#sql.exec(
      'INSERT INTO delivery (n, at, key, proof, status, note, run_id, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      n,
      at,
      key,
      proof,
      status,
      note.slice(0, 500),
      runId,
      bytes,
    )
    this.#sql.exec('DELETE FROM delivery WHERE n <= ?', n - MOST_DELIVERIES)
    return n
  }

  /** A refusal pushes out older refusals only: nobody can make us forget what was delivered. */
  addRefusal(delivery: NewDelivery): void {
    this.#sql.exec(
      `DELETE FROM delivery WHERE n IN (SELECT n FROM delivery WHERE status >= 400 AND key IS NULL
        ORDER BY n DESC LIMIT -1 OFFSET ?)`,
      MOST_REFUSALS - 1,
    )
    this.add(delivery)
  }

  settle(n: number, status: number, note: string): void {
    this.#sql.exec('UPDATE delivery SET status = ?, note = ? WHERE n = ?', status, note.slice(0, 500), n)
  }

  /** The start was refused: the sender may deliver it again. */
  release(n: number): void {
    this.#sql.exec('UPDATE delivery SET key = NULL, proof = NULL, run_id = NULL WHERE n = ?', n)
  }

  status(n: number): number | null {
    return this.#sql.exec<{ status: number }>('SELECT status FROM delivery WHERE n = ?', n)[0]?.status ?? null
  }

  /** A delivery of this name, or else of this proof. */
  former(key: string | null, proof: string | null): { n: number; runId: string | null; status: number } | null {
    const row =
      this.#sql.exec<Row>('SELECT * FROM delivery WHERE key = ?', key)[0] ??
      this.#sql.exec<Row>('SELECT * FROM delivery WHERE proof = ?', proof)[0]
    return row === undefined ? null : { n: row.n, runId: row.run_id, status: row.status }
  }

  lastUsedAt(): number | null {
    return this.#sql.exec<{ at: number | null }>('SELECT max(at) AS at FROM delivery WHERE status = 200')[0]?.at ?? null
  }

  deliveries(limit: number): DeliveryRecord[] {
    if (!this.#hasTables) return []
    return this.#sql
      .exec<Row>('SELECT * FROM delivery ORDER BY n DESC LIMIT ?', limit)
      .map(({ n, at, key, status, note, run_id, bytes }) => ({
        n,
        at,
        delivery: key === null ? null : key.replace(/^[^:]*:/, ''),
        status,
        note,
        runId: run_id,
        bytes,
      }))
  }
}
