// The index of runs and DAGs for lists, filters and live feeds. Promise: it may be behind, never wrong for long: each Dag feeds it
// its rows by change number and goes on from the number that is held here; the whole is rebuildable from the Dags.
import { dagListItemJson } from '../../api/dag-json.ts'
import { runSummaryJson } from '../../api/run-json.ts'
import type { ManagedObject, ObjectHost, Serves, Socket } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { INDEX_TABLES } from '../../store/tables.ts'
import type { DagListItem, IndexApi, Kinds, RunSummary } from '../contracts.ts'
import { pageOfDags } from './dags.ts'
import { LiveList } from './live-list.ts'
import { OpenRuns, UNFINISHED } from './open.ts'
import { matchesQuery, needlesOf, type RunQuery, searchTextOf } from './runs.ts'
import { IndexSpecs } from './specs.ts'

/** Rows read at once while a filter looks for matches. */
const SCAN_ROWS = 500
/** Nothing was heard of an unfinished run, or of a due time, for so long: its Dag is asked to look. */
const OVERDUE_MS = 60_000

type Row = { created_at: number; run_id: string; dag_id: string; summary: string }

export class IndexObject implements Serves<IndexApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  /** Newer lines of runs in progress, not stored: by DAG and run id. */
  readonly #hints = new Map<string, RunSummary>()
  readonly #live: LiveList
  readonly #open: OpenRuns
  readonly #specs: IndexSpecs
  /** All list items, read once; null: not read yet. */
  #dags: Map<string, DagListItem> | null = null

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#live = new LiveList(host)
    migrate(host.sql, INDEX_TABLES)
    this.#open = new OpenRuns(host.sql)
    this.#specs = new IndexSpecs(host.sql)
  }

  feed(
    dagId: string,
    from: number,
    to: number,
    runs: RunSummary[],
    removed: string[],
    item: DagListItem | null,
    spec?: { hash: string; text: string },
  ): number {
    const held = this.acknowledged(dagId)
    // A gap means that an earlier feed was lost: the Dag goes on from what is held.
    // One that was overtaken has nothing new, and its lines are old.
    if (from > held || to < held) return held
    if (runs.length > 0) this.#store(runs)
    const gone = removed.length > 0 ? this.#remove(dagId, removed) : []
    this.#storeDag(dagId, Math.max(held, to), item)
    if (spec !== undefined) this.#specs.keep(dagId, spec)
    this.#live.changed(
      'runs',
      runs.map(run => runSummaryJson(this.#newest(run))),
      gone,
    )
    return Math.max(held, to)
  }

  hint(runs: RunSummary[]): number {
    this.#open.heard(runs, this.#host.now())
    const news = runs.filter(run => this.#isNews(run))
    for (const run of news) this.#hints.set(keyOf(run), run)
    this.#live.changed('runs', news.map(runSummaryJson), [])
    return this.#live.watchers()
  }

  acknowledged(dagId: string): number {
    const row = this.#host.sql.exec<{ acknowledged: number }>('SELECT acknowledged FROM dag WHERE dag_id = ?', dagId)[0]
    return row?.acknowledged ?? 0
  }

  overdue(limit: number): string[] {
    const now = this.#host.now()
    const dagIds = new Set(this.#open.silentSince(now - OVERDUE_MS, now))
    for (const item of this.#dagItems().values()) {
      if (item.nextRun !== null && !item.suspended && now - item.nextRun >= OVERDUE_MS) dagIds.add(item.dagId)
    }
    return [...dagIds].slice(0, limit)
  }

  activity(): ReturnType<IndexApi['activity']> {
    return this.#open.activity()
  }

  removeDag(dagId: string): void {
    const fileName = this.#dagItems().get(dagId)?.fileName
    this.#host.sql.exec('UPDATE dag SET item = NULL WHERE dag_id = ?', dagId)
    this.#dagItems().delete(dagId)
    this.#specs.remove(dagId)
    if (fileName !== undefined) this.#live.changed('dags', [], [fileName])
  }

  runs(query: RunQuery): { runs: RunSummary[]; nextCursor?: string } {
    const found: RunSummary[] = []
    let position = query.cursor === undefined ? null : parsePosition(query.cursor)
    for (;;) {
      const rows = this.#scan(query, position)
      for (const row of rows) {
        position = { createdAt: row.created_at, runId: row.run_id, dagId: row.dag_id }
        const run = this.#newest(JSON.parse(row.summary) as RunSummary)
        if (!matchesQuery(run, query)) continue
        if (found.length === query.limit) return { runs: found, nextCursor: cursorOf(found.at(-1)!) }
        found.push(run)
      }
      if (rows.length < SCAN_ROWS) return { runs: found }
    }
  }

  searchSpecs(query: Parameters<IndexApi['searchSpecs']>[0]) {
    return this.#specs.search(this.#dagItems().values(), query)
  }

  specMatches(dagId: string, text: string, after: number, limit: number) {
    return this.#specs.matches(dagId, text, after, limit)
  }

  dags(query: Parameters<IndexApi['dags']>[0]): { items: DagListItem[]; total: number } {
    return pageOfDags([...this.#dagItems().values()], query)
  }

  async fetch(request: Request): Promise<Response> {
    return this.#live.accept(request)
  }

  async message(_socket: Socket, _text: string): Promise<void> {}

  async alarm(): Promise<void> {}

  #scan(query: RunQuery, position: Position | null): Row[] {
    const statuses = query.status === undefined ? null : JSON.stringify([...new Set([...query.status, ...UNFINISHED])])
    return this.#host.sql.exec<Row>(
      `SELECT created_at, run_id, dag_id, summary FROM run
        WHERE (created_at, run_id, dag_id) < (?, ?, ?) AND created_at >= ? AND (? IS NULL OR run_id = ?)
          AND (? IS NULL OR status IN (SELECT value FROM json_each(?)))
          AND NOT EXISTS (SELECT 1 FROM json_each(?) WHERE instr(search, value) = 0)
        ORDER BY created_at DESC, run_id DESC, dag_id DESC LIMIT ?`,
      position?.createdAt ?? (query.to ?? Number.MAX_SAFE_INTEGER - 1) + 1,
      position?.runId ?? '',
      position?.dagId ?? '',
      query.from ?? 0,
      query.runId ?? null,
      query.runId ?? null,
      statuses,
      statuses,
      JSON.stringify(needlesOf(query)),
      SCAN_ROWS,
    )
  }

  /** Its Dag may have overtaken a hint, or may have deleted the run; one that no list has yet comes with its row. */
  #isNews({ createdAt, runId, dagId, rev }: RunSummary): boolean {
    const row = this.#host.sql.exec<{ rev: number }>(
      'SELECT rev FROM run WHERE created_at = ? AND run_id = ? AND dag_id = ?',
      createdAt,
      runId,
      dagId,
    )[0]
    return row !== undefined && row.rev < rev && (this.#hints.get(keyOf({ dagId, runId }))?.rev ?? -1) < rev
  }

  #newest(stored: RunSummary): RunSummary {
    const hint = this.#hints.get(keyOf(stored))
    return hint !== undefined && hint.rev > stored.rev ? hint : stored
  }

  #store(runs: RunSummary[]): void {
    this.#open.heard(runs, this.#host.now())
    const rows = runs.map(run => ({
      c: run.createdAt,
      r: run.runId,
      d: run.dagId,
      n: run.dagName,
      s: run.status,
      v: run.rev,
      t: searchTextOf(run),
      j: JSON.stringify(run),
    }))
    this.#host.sql.exec(
      `INSERT INTO run (created_at, run_id, dag_id, name, status, rev, search, summary)
        SELECT value ->> 'c', value ->> 'r', value ->> 'd', value ->> 'n', value ->> 's', value ->> 'v', value ->> 't',
          value ->> 'j' FROM json_each(?) WHERE true
        ON CONFLICT DO UPDATE SET status = excluded.status, rev = excluded.rev, summary = excluded.summary, name = excluded.name,
          search = excluded.search`,
      JSON.stringify(rows),
    )
    for (const run of runs) {
      const hint = this.#hints.get(keyOf(run))
      if (hint !== undefined && hint.rev <= run.rev) this.#hints.delete(keyOf(run))
    }
  }

  /** Answers the removed lines as lists name them. */
  #remove(dagId: string, runIds: string[]): string[] {
    const gone = this.#host.sql.exec<{ key: string }>(
      "DELETE FROM run WHERE dag_id = ? AND run_id IN (SELECT value FROM json_each(?)) RETURNING name || '/' || run_id AS key",
      dagId,
      JSON.stringify(runIds),
    )
    for (const runId of runIds) {
      this.#hints.delete(`${dagId}/${runId}`)
      this.#open.drop(dagId, runId)
    }
    return gone.map(row => row.key)
  }

  #storeDag(dagId: string, acknowledged: number, item: DagListItem | null): void {
    this.#host.sql.exec(
      `INSERT INTO dag (dag_id, acknowledged, item) VALUES (?, ?, ?)
        ON CONFLICT (dag_id) DO UPDATE SET acknowledged = excluded.acknowledged, item = coalesce(excluded.item, item)`,
      dagId,
      acknowledged,
      item === null ? null : JSON.stringify(item),
    )
    if (item === null) return
    this.#dagItems().set(dagId, item)
    this.#live.changed('dags', [dagListItemJson(item)], [])
  }

  #dagItems(): Map<string, DagListItem> {
    this.#dags ??= new Map(
      this.#host.sql
        .exec<{ dag_id: string; item: string }>('SELECT dag_id, item FROM dag WHERE item IS NOT NULL')
        .map(row => [row.dag_id, JSON.parse(row.item) as DagListItem]),
    )
    return this.#dags
  }
}

interface Position {
  createdAt: number
  runId: string
  dagId: string
}

const keyOf = (run: { dagId: string; runId: string }): string => `${run.dagId}/${run.runId}`

const cursorOf = (run: RunSummary): string => JSON.stringify([run.createdAt, run.runId, run.dagId])

function parsePosition(cursor: string): Position {
  const [createdAt, runId, dagId] = JSON.parse(cursor) as [number, string, string]
  return { createdAt, runId, dagId }
}
