// Who changed what in the Vault. Promise: an entry is in the same commit as its change, and holds names, never values.
import type { ObjectHost } from '../../host/port.ts'
import type { AuditEntry, Kinds } from '../contracts.ts'

const MAX_ENTRIES = 20_000

type Row = {
  n: number
  at: number
  actor: string
  category: AuditEntry['category']
  action: string
  target: string
  details: string
}

export class VaultAudit {
  readonly #host: ObjectHost<Kinds>

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  add(
    category: AuditEntry['category'],
    action: string,
    target: string,
    actor: string,
    details: Record<string, unknown> = {},
  ): void {
    this.#host.sql.exec(
      'INSERT INTO audit (at, actor, category, action, target, details) VALUES (?, ?, ?, ?, ?, ?)',
      this.#host.now(),
      actor,
      category,
      `${category}_${action}`,
      target,
      JSON.stringify(details),
    )
  }

  page({ category, limit, before }: { category?: string; limit: number; before?: number }): AuditEntry[] {
    return this.#host.sql
      .exec<Row>(
        "SELECT * FROM audit WHERE n < ? AND (? = '' OR category = ?) ORDER BY n DESC LIMIT ?",
        before ?? Number.MAX_SAFE_INTEGER,
        category ?? '',
        category ?? '',
        limit,
      )
      .map(row => ({ ...row, details: JSON.parse(row.details) as Record<string, unknown> }))
  }

  /** Drops the oldest entries beyond the limit. */
  trim(): void {
    this.#host.sql.exec('DELETE FROM audit WHERE n <= (SELECT max(n) FROM audit) - ?', MAX_ENTRIES)
  }
}
