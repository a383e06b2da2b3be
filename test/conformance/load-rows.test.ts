// The row cases of the conformance set that are pure functions of a DAG's text: field values and schedules.

import { readdirSync, readFileSync } from 'node:fs'
import { missedFires } from '@edgedag/core/schedule/catch-up'
import { nextFires } from '@edgedag/core/schedule/next-fire'
import type { Dag, ScheduleEntry } from '@edgedag/core/spec/dag'
import { toScheduleJson } from '@edgedag/core/spec/definition-json'
import { loadDags } from '@edgedag/core/spec/load'
import { problemText } from '@edgedag/core/spec/report'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

type Row = Record<string, unknown> & { load_error?: string }
interface RowCase {
  case: string
  kind?: string
  field?: string
  rows?: Row[]
}

const root = new URL('./cases/', import.meta.url)

const rowsOf = (kind: string): (readonly [string, Row, RowCase])[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.yaml'))
    .map(path => parse(readFileSync(new URL(path, root), 'utf8')) as RowCase)
    .filter(item => item.kind === kind)
    .flatMap(item => (item.rows ?? []).map((row, i) => [`${item.case} row ${i + 1}`, row, item] as const))

const load = (fields: Record<string, unknown>) =>
  loadDags(JSON.stringify({ ...fields, steps: ['true'] }), { fileName: 'row.yaml' })

function loaded(fields: Record<string, unknown>): Dag {
  const result = load(fields)
  if (!result.ok) throw new Error(result.error.map(problemText).join('; '))
  return result.value.dag
}

function expectRefused(fields: Record<string, unknown>, pattern: string): void {
  const result = load(fields)
  expect(result.ok).toBe(false)
  if (!result.ok) expect(result.error.map(problemText).join('; ')).toMatch(new RegExp(pattern, 'i'))
}

const READERS: Record<string, (dag: Dag) => unknown> = {
  catchup_window: dag => dag.catchupWindowSec,
  run_config: dag => ({
    disable_param_edit: dag.runConfig.disableParamEdit,
    disable_run_id_edit: dag.runConfig.disableRunIdEdit,
  }),
  retry_policy: ({ retryPolicy: policy }) =>
    policy && {
      limit: policy.limit,
      interval_sec: policy.intervalSec,
      backoff: policy.backoff ?? 0,
      max_interval_sec: policy.maxIntervalSec,
    },
}

describe('load_rows', () => {
  it.each(rowsOf('load_rows'))('%s', (_, row, item) => {
    const fields = { [item.field ?? '']: row.value }
    if (row.load_error !== undefined) expectRefused(fields, row.load_error)
    else expect(READERS[item.field ?? '']?.(loaded(fields))).toEqual(row.becomes_seconds ?? row.becomes)
  })
})

const shown = (entry: ScheduleEntry): unknown => {
  const json = toScheduleJson(entry)
  return 'at' in json ? { at: json.at } : json.expression
}

describe('parse', () => {
  it.each(rowsOf('parse'))('%s', (_, row) => {
    if (row.load_error !== undefined) expectRefused({ schedule: row.schedule }, row.load_error)
    else {
      const { schedule } = loaded({ schedule: row.schedule })
      const lists = {
        start: schedule.start.map(shown),
        stop: schedule.stop.map(shown),
        restart: schedule.restart.map(shown),
      }
      expect(lists).toEqual({ start: row.start ?? [], stop: row.stop ?? [], restart: row.restart ?? [] })
    }
  })
})

const iso = (times: number[]): string[] => times.map(time => new Date(time).toISOString().replace('.000', ''))
const time = (text: unknown): number => Date.parse(text as string)

describe('next', () => {
  it.each(rowsOf('next'))('%s', (_, row) => {
    const { schedule } = loaded({ schedule: row.schedule })
    const expected = row.next as string[]
    const zone = (row.timezone as string | undefined) ?? 'UTC'
    expect(iso(nextFires(schedule.start, time(row.from), zone, Math.max(expected.length, 1)))).toEqual(expected)
  })
})

describe('missed', () => {
  it.each(rowsOf('missed'))('%s', (_, row) => {
    const dag = loaded({ schedule: row.schedule, catchup_window: row.catchup_window })
    const missed = missedFires(dag.schedule.start, {
      nowMs: time(row.now),
      zone: 'UTC',
      ...(dag.catchupWindowSec === undefined ? {} : { windowSec: dag.catchupWindowSec }),
      ...(row.last_tick === undefined ? {} : { lastTickMs: time(row.last_tick) }),
      ...(row.last_scheduled === undefined ? {} : { lastScheduledMs: time(row.last_scheduled) }),
    })
    if (row.missed !== undefined) expect(iso(missed)).toEqual(row.missed)
    if (row.missed_count !== undefined) expect(missed).toHaveLength(row.missed_count as number)
    if (row.first !== undefined) expect(iso(missed.slice(0, 1))).toEqual([row.first])
    if (row.last !== undefined) expect(iso(missed.slice(-1))).toEqual([row.last])
  })
})
