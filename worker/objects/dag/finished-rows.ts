// The rows of a Dag's finished runs, found without reading those that wait: a long queue must not make each start a scan of it.
// Promise: the range only narrows where that is known to leave out no finished run.
import type { Sql } from '../../host/port.ts'

export class FinishedRows {
  readonly #sql: Sql
  /** No finished run has a number below `first` or above `last`; null: not looked yet. */
  #range: { first: number; last: number } | null = null

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** The run of this number has finished. */
  note(n: number): void {
    if (this.#range === null) return
    this.#range.first = Math.min(this.#range.first, n)
    this.#range.last = Math.max(this.#range.last, n)
  }

  /** The oldest, but for those among the newest `keep` runs of all. */
  oldest<Row extends { n: number }>(keep: number, limit: number): Row[] {
    const { first, last } = this.#known()
    if (first > last) return []
    const rows = this.#sql.exec<Row>(
      `SELECT * FROM run WHERE phase = 'done' AND n BETWEEN ? AND ?
        AND n <= coalesce((SELECT n FROM run ORDER BY n DESC LIMIT 1 OFFSET ?), -1) ORDER BY n LIMIT ?`,
      first,
      last,
      keep,
      limit,
    )
    if (rows.length > 0) this.#known().first = rows[0]!.n
    return rows
  }

  /** The newest; `statuses`: of their lines, absent: all. */
  newest<Row extends { n: number }>(limit: number, statuses?: readonly string[]): Row[] {
    const { first, last } = this.#known()
    return this.#sql.exec<Row>(
      `SELECT * FROM run WHERE phase = 'done' AND n BETWEEN ? AND ?
        AND (? IS NULL OR summary ->> 'status' IN (SELECT value FROM json_each(?))) ORDER BY n DESC LIMIT ?`,
      first,
      last,
      statuses === undefined ? null : 1,
      JSON.stringify(statuses ?? []),
      limit,
    )
  }

  #known(): { first: number; last: number } {
    if (this.#range === null) {
      const found = this.#sql.exec<{ first: number | null; last: number | null }>(
        "SELECT min(n) AS first, max(n) AS last FROM run WHERE phase = 'done'",
      )[0]
      this.#range = { first: found?.first ?? Number.MAX_SAFE_INTEGER, last: found?.last ?? -1 }
    }
    return this.#range
  }
}
