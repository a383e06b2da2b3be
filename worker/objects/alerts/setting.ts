// A named text of the Alerts object that outlives its memory.
import type { Sql } from '../../host/port.ts'

export class Setting {
  readonly #sql: Sql
  readonly #name: string

  /** The table is the object's: made before. */
  constructor(sql: Sql, name: string) {
    this.#sql = sql
    this.#name = name
  }

  get(): string | null {
    return this.#sql.exec<{ value: string }>('SELECT value FROM setting WHERE name = ?', this.#name)[0]?.value ?? null
  }

  set(value: string | null): void {
    if (value === null) this.#sql.exec('DELETE FROM setting WHERE name = ?', this.#name)
    else this.#sql.exec('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)', this.#name, value)
  }
}
