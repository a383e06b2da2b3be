// State folders of users hold these tables. A version that stands here is never edited: append a migration, and its fingerprint.
import { expect, it } from 'vitest'
import { fingerprint, type Migrations } from './migrate.ts'
import * as tables from './tables.ts'

const { RUN_ROW_TABLES, WEBHOOK_TABLES, ...versioned } = tables
/** Some come and go with what they are for: they have no versions, and can only stay as they are. */
const ALL = { ...versioned, RUN_ROW_TABLES: [RUN_ROW_TABLES], WEBHOOK_TABLES: [WEBHOOK_TABLES] } satisfies Record<
  string,
  Migrations
>

const KEPT: Record<keyof typeof ALL, string[]> = {
  ALERTS_TABLES: ['e35d83681c3b72bc'],
  DAG_TABLES: ['0954eb00e9d19738'],
  DIRECTORY_TABLES: ['75e46f6b6128b14f', '5c7b23792b9039c9'],
  FLEET_TABLES: ['543bd090d7d33fc0'],
  INDEX_TABLES: ['4f4e96284d25be73'],
  QUEUE_TABLES: ['859541178352e444'],
  RUNNER_TABLES: ['59f738165e75d3db'],
  RUN_TABLES: ['2c1c0dc299d8f48c'],
  RUN_ROW_TABLES: ['1089efee490a2a06'],
  VAULT_TABLES: ['146fd63af7aa804b'],
  WEBHOOK_TABLES: ['68de90637c0d66c0'],
}

it.each(Object.keys(ALL) as (keyof typeof ALL)[])('%s: what was released stays as it was', name => {
  const versions = ALL[name].map((_, n) => fingerprint(ALL[name].slice(0, n + 1)))
  expect(versions).toEqual(KEPT[name])
})
