// Numbered migrations of an object's tables. Promise: a table set is brought up to date in one commit, each migration once.
import type { Sql } from '../host/port.ts'

/** `migrations[n]` takes the tables from version n to n + 1; statements are single ones and never change after a release. */
export function migrate(sql: Sql, migrations: readonly (readonly string[])[]): void {
  const known = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'").length > 0
  const version = known
    ? Number(sql.exec<{ version: number }>('SELECT version FROM schema_version')[0]?.version ?? 0)
    : 0
  if (version === migrations.length) return
  if (!known) sql.exec('CREATE TABLE schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)')
  for (const statements of migrations.slice(version)) for (const statement of statements) sql.exec(statement)
  sql.exec(
    'INSERT INTO schema_version (id, version) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version',
    migrations.length,
  )
}
