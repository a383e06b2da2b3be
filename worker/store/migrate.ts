// Numbered migrations of an object's tables. Promise: a table set is brought up to date in one commit, each migration once; tables
// that this version does not know are left alone, and the refusal says what to do.
import type { Sql } from '../host/port.ts'
import { sha256Hex } from './hash.ts'

/** Statements by version: `migrations[n]` takes the tables from version n to n + 1. They never change after a release. */
export type Migrations = readonly (readonly string[])[]

const MISMATCH = 'the stored state does not fit this version of Edgedag'

/** True for the refusal of `migrate`, also when it has crossed from an object to its caller. */
export const isStateMismatch = (error: unknown): error is Error =>
  error instanceof Error && error.message.includes(MISMATCH)

/** @throws Error (see isStateMismatch) for tables of a newer version, or of a build whose tables were never released */
export function migrate(sql: Sql, migrations: Migrations): void {
  const stored = storedVersion(sql)
  const version = stored?.version ?? 0
  if (version > migrations.length)
    throw new Error(`${MISMATCH}: a newer version has written it. Start that version again`)
  if (stored !== undefined && stored.print !== fingerprint(migrations.slice(0, version)))
    throw new Error(
      `${MISMATCH}: an unreleased build with other tables has written it. Start that build again, or begin with an empty state folder`,
    )
  if (version === migrations.length) return
  if (stored === undefined)
    sql.exec(
      'CREATE TABLE schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, print TEXT NOT NULL)',
    )
  for (const statements of migrations.slice(version)) for (const statement of statements) sql.exec(statement)
  sql.exec(
    `INSERT INTO schema_version (id, version, print) VALUES (1, ?1, ?2)
      ON CONFLICT (id) DO UPDATE SET version = excluded.version, print = excluded.print`,
    migrations.length,
    fingerprint(migrations),
  )
}

function storedVersion(sql: Sql): { version: number; print: string } | undefined {
  const [table] = sql.exec<{ sql: string }>(
    "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'",
  )
  if (table === undefined) return undefined
  // Builds before the first release kept no fingerprint.
  const columns = table.sql.includes('print') ? 'version, print' : "version, '' AS print"
  return sql.exec<{ version: number; print: string }>(`SELECT ${columns} FROM schema_version`)[0]
}

const prints = new Map<string, string>()

/** Of the words of the statements: how they are broken into lines does not count. */
export function fingerprint(migrations: Migrations): string {
  const text = migrations.map(statements => statements.join(';\n')).join('\n\n')
  const known = prints.get(text) ?? sha256Hex(text.replaceAll(/\s+/g, ' ')).slice(0, 16)
  prints.set(text, known)
  return known
}
