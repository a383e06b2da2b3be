import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { expect, it } from 'vitest'
import type { Sql } from '../../worker/host/port.ts'
import { isStateMismatch, type Migrations, migrate } from '../../worker/store/migrate.ts'

function database() {
  const db = new DatabaseSync(':memory:')
  const exec = (query: string, ...values: unknown[]) => db.prepare(query).all(...(values as SQLInputValue[]))
  return {
    exec: exec as Sql['exec'],
    columns: () => exec('SELECT name FROM pragma_table_info(?)', 't').map(row => row.name),
  }
}

const V1: Migrations = [['CREATE TABLE t (a INTEGER)']]
const V2: Migrations = [...V1, ['ALTER TABLE t ADD COLUMN b TEXT']]

const refusal = (act: () => void): Error => {
  try {
    act()
  } catch (error) {
    if (isStateMismatch(error)) return error
  }
  throw new Error('it was not refused')
}

it('brings tables from any version to the newest, and does nothing to those that are', () => {
  const { exec, columns } = database()
  migrate({ exec }, V1)
  migrate({ exec }, [['CREATE TABLE t\n  (a INTEGER)']])
  expect(columns()).toEqual(['a'])
  migrate({ exec }, V2)
  migrate({ exec }, V2)
  expect(columns()).toEqual(['a', 'b'])
})

it('refuses what a newer version has written, and what an unreleased one has, and changes nothing', () => {
  const { exec, columns } = database()
  migrate({ exec }, V2)
  expect(refusal(() => migrate({ exec }, V1)).message).toMatch(/newer version/)
  expect(
    refusal(() => migrate({ exec }, [['CREATE TABLE t (a TEXT)'], ...V2.slice(1), ['DROP TABLE t']])).message,
  ).toMatch(/unreleased build/)
  expect(columns()).toEqual(['a', 'b'])
  const old = database()
  old.exec('CREATE TABLE schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)')
  old.exec('INSERT INTO schema_version VALUES (1, 1)')
  expect(refusal(() => migrate(old, V1)).message).toMatch(/empty state folder/)
})
