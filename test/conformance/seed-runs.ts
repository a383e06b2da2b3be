// Finished runs that exist beforehand: really run, and then made older in the rows of a control plane that has been ended.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunningHost } from '../../cli/embedded/host.ts'

export interface SeedRun {
  /** Run id as the API has it. */
  runId: string
  ageDays: number
  status: string
}

const DAY_MS = 24 * 60 * 60 * 1000
const TIMES = ['createdAt', 'queuedAt', 'startedAt', 'finishedAt', 'scheduleTime']
const END_LIMIT_MS = 30_000

/** Runs each of them on a DAG file of this name that does nothing. */
export async function runSeeds(host: RunningHost, file: string, seeds: SeedRun[]): Promise<void> {
  const spec = 'hist_retention_days: -1\nsteps: [{command: "true"}]\n'
  await host.client.post('/source/sync', { runner: 'local', dir: '/', files: [{ fileName: file, spec }], removed: [] })
  for (const { runId } of seeds) {
    await host.client.post(`/dags/${file}/start-sync`, { dagRunId: runId, timeout: END_LIMIT_MS / 1000 })
    await listed(host, runId)
  }
}

/** The lists have it too: what is not there yet could not be made older. */
async function listed(host: RunningHost, runId: string): Promise<void> {
  const deadline = performance.now() + END_LIMIT_MS
  for (;;) {
    const { dagRuns } = await host.client.get<{ dagRuns: { statusLabel: string }[] }>(`/dag-runs?dagRunId=${runId}`)
    if (dagRuns[0]?.statusLabel === 'succeeded') return
    if (performance.now() > deadline) throw new Error(`the seeded run ${runId} is in no list`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function older(json: string, { ageDays, status }: SeedRun): string {
  const value = JSON.parse(json) as Record<string, unknown>
  for (const key of TIMES) if (typeof value[key] === 'number') value[key] -= ageDays * DAY_MS
  if ('status' in value) value.status = status
  return JSON.stringify(value)
}

function* databases(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* databases(path)
    else if (entry.name.endsWith('.sqlite')) yield path
  }
}

const hasColumns = (db: DatabaseSync, table: string, ...wanted: string[]): boolean => {
  const have = db
    .prepare(`PRAGMA table_info("${table}")`)
    .all()
    .map(row => row.name)
  return wanted.every(name => have.includes(name))
}

/** Shifts the lines of these runs in every object's rows; the control plane must not be running. */
export function makeOlder(dataDir: string, seeds: SeedRun[]): void {
  let changed = 0
  for (const path of databases(dataDir)) {
    const db = new DatabaseSync(path)
    try {
      if (!hasColumns(db, 'run', 'run_id', 'summary')) continue
      const isDag = hasColumns(db, 'run', 'spec')
      for (const seed of seeds) {
        const row = db.prepare('SELECT * FROM run WHERE run_id = ?').get(seed.runId)
        if (row === undefined) continue
        changed += 1
        const summary = older(String(row.summary), seed)
        if (isDag)
          db.prepare('UPDATE run SET summary = ?, spec = ? WHERE run_id = ?').run(
            summary,
            older(String(row.spec), seed),
            seed.runId,
          )
        else
          db.prepare('UPDATE run SET summary = ?, created_at = created_at - ?, status = ? WHERE run_id = ?').run(
            summary,
            seed.ageDays * DAY_MS,
            seed.status,
            seed.runId,
          )
      }
    } finally {
      db.close()
    }
  }
  // One row at its DAG and one in the lists.
  if (changed < 2 * seeds.length) throw new Error(`only ${changed} rows of ${seeds.length} seeded runs were found`)
}
