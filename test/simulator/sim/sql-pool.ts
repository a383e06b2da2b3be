// Databases that are used again by later worlds: making one, its tables and its statements costs more than a whole run.
// Promise: what a world sees does not depend on whether a database is new or was used before.

import type { Kinds } from '@edgedag/worker/objects/contracts'
import { migrate } from '@edgedag/worker/store/migrate'
import {
  ALERTS_TABLES,
  DAG_TABLES,
  DIRECTORY_TABLES,
  FLEET_TABLES,
  INDEX_TABLES,
  QUEUE_TABLES,
  RUN_ROW_TABLES,
  RUN_TABLES,
  RUNNER_TABLES,
  VAULT_TABLES,
} from '@edgedag/worker/store/tables'
import { SimSql } from './sql.ts'

const TABLES: Record<keyof Kinds, readonly (readonly string[])[]> = {
  alerts: ALERTS_TABLES,
  dag: DAG_TABLES,
  directory: DIRECTORY_TABLES,
  fleet: FLEET_TABLES,
  index: INDEX_TABLES,
  queue: QUEUE_TABLES,
  run: RUN_TABLES,
  runner: RUNNER_TABLES,
  vault: VAULT_TABLES,
  edge: [],
}

const idle = new Map<keyof Kinds, SimSql[]>()

/** A database for an object: without any table, or with those of its kind, empty. */
export function takeSql(kind: keyof Kinds, isFresh: boolean): SimSql {
  if (isFresh) return new SimSql(true)
  const used = idle.get(kind)?.pop()
  if (used !== undefined) return used
  const sql = new SimSql()
  migrate({ exec: (query, ...values) => sql.exec(query, values, () => {}) }, TABLES[kind])
  sql.commit()
  sql.rows = 0
  return sql
}

/** Takes a database back. One that was fresh has few statements ready, and one whose tables are not as they were is no use: thrown away. */
export function giveBack(kind: keyof Kinds, sql: SimSql): void {
  if (sql.isFresh || !sql.clear(tableNames(kind), kind === 'run' ? RUN_ROW_TABLES : [])) return sql.close()
  const list = idle.get(kind) ?? []
  list.push(sql)
  idle.set(kind, list)
}

const names = new Map<keyof Kinds, string[]>()

function tableNames(kind: keyof Kinds): string[] {
  let list = names.get(kind)
  if (list === undefined) {
    const statements = TABLES[kind].flat()
    list = statements.flatMap(statement => /^CREATE TABLE (?:IF NOT EXISTS )?(\w+)/.exec(statement)?.[1] ?? [])
    names.set(kind, list)
  }
  return list
}
