// Deleted runs of which a host has still to hear. Promise: one is told at every hello until the host has answered that it is gone.
import type { Sql } from '../../host/port.ts'

/** Runs in one frame. */
const BATCH = 500

export class RunnerForget {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  add(runIds: readonly string[]): void {
    this.#sql.exec(
      'INSERT INTO forget (run_id) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING',
      JSON.stringify(runIds),
    )
  }

  confirmed(runIds: readonly string[]): void {
    this.#sql.exec('DELETE FROM forget WHERE run_id IN (SELECT value FROM json_each(?))', JSON.stringify(runIds))
  }

  /** What the host has not answered yet, in lists for one frame each. */
  *pending(): Generator<string[]> {
    for (let after = ''; ; ) {
      const rows = this.#sql.exec<{ run_id: string }>(
        'SELECT run_id FROM forget WHERE run_id > ? ORDER BY run_id LIMIT ?',
        after,
        BATCH,
      )
      if (rows.length === 0) return
      yield rows.map(row => row.run_id)
      after = rows.at(-1)!.run_id
    }
  }

  /** A host that will never come again. */
  clear(): void {
    this.#sql.exec('DELETE FROM forget')
  }
}
