// An object's SQLite. Promise: what one synchronous stretch writes is one transaction; a crash before its end leaves nothing of
// it; the platform's limits hold.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { SqlRow, SqlValue } from '@edgedag/worker/host/port'

const MAX_VALUE_BYTES = 2_000_000
const MAX_PARAMETERS = 100

interface Prepared {
  statement: StatementSync
  reads: boolean
  answers: boolean
}

export class SimSql {
  /** Without any table at first. */
  readonly isFresh: boolean
  readonly #db = new DatabaseSync(':memory:')
  readonly #prepared = new Map<string, Prepared>()
  #open = false
  /** Rows written and committed. */
  rows = 0
  #uncommitted = 0

  constructor(isFresh = false) {
    this.isFresh = isFresh
  }

  /** `beforeWrite` is asked once per writing statement, before it is carried out. */
  exec<T extends SqlRow>(query: string, values: SqlValue[], beforeWrite: () => void): T[] {
    if (values.length > MAX_PARAMETERS)
      throw new Error(`${values.length} bound parameters, ${MAX_PARAMETERS} are allowed`)
    for (const value of values) {
      if (
        typeof value === 'string' &&
        value.length * 3 > MAX_VALUE_BYTES &&
        Buffer.byteLength(value) > MAX_VALUE_BYTES
      ) {
        throw new Error('a value of over 2 MB')
      }
    }
    const prepared = this.#prepare(query)
    if (prepared.reads) return prepared.statement.all(...(values as string[])) as T[]
    beforeWrite()
    if (!this.#open) {
      this.#prepare('BEGIN').statement.run()
      this.#open = true
    }
    if (prepared.answers) {
      const rows = prepared.statement.all(...(values as string[])) as T[]
      this.#uncommitted += rows.length
      return rows
    }
    this.#uncommitted += Number(prepared.statement.run(...(values as string[])).changes)
    return []
  }

  commit(): void {
    if (!this.#open) return
    this.#prepare('COMMIT').statement.run()
    this.#open = false
    this.rows += this.#uncommitted
    this.#uncommitted = 0
  }

  rollback(): void {
    if (!this.#open) return
    this.#prepare('ROLLBACK').statement.run()
    this.#open = false
    this.#uncommitted = 0
  }

  /** Reads from outside, for checks; a table that does not exist has no rows. */
  read<T extends SqlRow>(query: string, ...values: string[]): T[] {
    try {
      return this.#prepare(query).statement.all(...values) as T[]
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('no such table')) return []
      throw error
    }
  }

  /** Empties the tables, after `making` those that come and go; false: some are not there. */
  clear(tables: readonly string[], making: readonly string[]): boolean {
    this.rollback()
    try {
      for (const statement of making) this.#prepare(statement).statement.run()
      const statements = tables.map(name => this.#prepare(`DELETE FROM ${name}`).statement)
      const known = this.#prepare('SELECT count(*) AS n FROM schema_version').statement.get() as { n: number }
      for (const statement of statements) statement.run()
      this.rows = 0
      return known.n === 1
    } catch {
      return false
    }
  }

  close(): void {
    this.#prepared.clear()
    this.#db.close()
  }

  #prepare(query: string): Prepared {
    const known = this.#prepared.get(query)
    if (known !== undefined) return known
    const statement = this.#db.prepare(query)
    const prepared = { statement, reads: /^\s*(SELECT|WITH)\b/i.test(query), answers: /\bRETURNING\b/i.test(query) }
    this.#prepared.set(query, prepared)
    return prepared
  }
}
