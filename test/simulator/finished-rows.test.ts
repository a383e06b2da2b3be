// Which finished runs a Dag finds, against a plain look at all of them, over random comings, ends and deletions.
import type { Sql } from '@edgedag/worker/host/port'
import { FinishedRows } from '@edgedag/worker/objects/dag/finished-rows'
import { DAG_TABLES } from '@edgedag/worker/store/tables'
import { expect, it } from 'vitest'
import { Random } from './sim/random.ts'
import { SimSql } from './sim/sql.ts'

function tableOf() {
  const sim = new SimSql()
  const sql = { exec: (query: string, ...values: never[]) => sim.exec(query, values, () => {}) } as unknown as Sql
  for (const statement of DAG_TABLES.flat()) sql.exec(statement)
  const add = (n: number) =>
    sql.exec(
      "INSERT INTO run (n, run_id, phase, change, spec, summary) VALUES (?, ?, 'queued', 0, '{}', '{}')",
      n,
      `r${n}`,
    )
  return { sql, add }
}

it.each(Array.from({ length: 20 }, (_, i) => i))('finds what there is, oldest and newest first (seed %i)', seed => {
  const random = new Random(`finished ${seed}`)
  const { sql, add } = tableOf()
  const rows = new FinishedRows(sql)
  const model = new Map<number, string | null>()
  let last = 0
  for (let step = 0; step < 300; step++) {
    const open = [...model].filter(([, status]) => status === null).map(([n]) => n)
    const done = [...model].filter(([, status]) => status !== null).map(([n]) => n)
    const what = random.int(6)
    if (what < 3 || open.length === 0) {
      model.set(++last, null)
      add(last)
    } else if (what < 5) {
      const n = random.pick(open)
      const status = random.pick(['succeeded', 'failed', 'aborted'])
      model.set(n, status)
      sql.exec("UPDATE run SET phase = 'done', summary = ? WHERE n = ?", JSON.stringify({ status }), n)
      rows.note(n)
    } else if (done.length > 0) {
      const n = random.pick(done)
      model.delete(n)
      sql.exec('DELETE FROM run WHERE n = ?', n)
    }
    const keep = random.int(5)
    const newest = [...model.keys()].sort((a, b) => b - a)
    const cutoff = newest[keep] ?? -1
    const finished = newest.filter(n => model.get(n) !== null)
    expect(rows.oldest<{ n: number }>(keep, 4).map(row => row.n)).toEqual(
      finished
        .filter(n => n <= cutoff)
        .reverse()
        .slice(0, 4),
    )
    expect(rows.newest<{ n: number }>(3).map(row => row.n)).toEqual(finished.slice(0, 3))
    const failed = finished.filter(n => model.get(n) === 'failed')
    expect(rows.newest<{ n: number }>(3, ['failed']).map(row => row.n)).toEqual(failed.slice(0, 3))
  }
})
