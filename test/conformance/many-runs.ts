// Cases with several runs of a DAG: one after the other (`runs`), or put into queues (`enqueue`).
import type { ApiClient } from '../../cli/client/api-client.ts'
import { doActions } from './actions.ts'
import type { Expectation, LoadedCase } from './case-file.ts'
import { checkRun } from './check-run.ts'
import { show } from './compare.ts'
import { type Run, readRun } from './observe.ts'
import { settle } from './run-case.ts'

interface Context {
  client: ApiClient
  file: string
  dir: string
  /** Prefix that makes the case's run ids unique on a shared host. */
  prefix: string
}

const MAX_SECONDS = 60

/** Starts or enqueues all runs, waits for them, and answers what differs. */
export async function checkMany(c: LoadedCase, expect: Expectation, o: Context): Promise<string[]> {
  const id = (name: string | undefined, index = 0) => `${o.prefix}-${name ?? index}`
  const from = performance.now()
  const entries = c.runs ?? c.enqueue ?? []
  const files = new Map<string, string>()
  for (const [index, entry] of entries.entries()) {
    const file = ('dag' in entry && entry.dag) || o.file
    const runId = id(entry.id, index)
    files.set(runId, file)
    const body = { dagRunId: runId, ...(entry.params === undefined ? {} : { params: entry.params }) }
    await o.client.post(`/dags/${file}/${c.runs ? 'start' : 'enqueue'}`, body)
    if (c.runs) await settle(o.client, file, runId, expect.max_seconds ?? MAX_SECONDS)
  }
  const differences = await doActions(c.actions ?? [], { ...o, runId: name => id(name) })
  const runs: Run[] = []
  for (const [runId, file] of files) {
    const gone = c.actions?.some(a => a.do === 'dequeue' && id(a.run) === runId)
    if (!gone) runs.push(await settle(o.client, file, runId, expect.max_seconds ?? MAX_SECONDS))
  }
  const seconds = (performance.now() - from) / 1000
  differences.push(...(await checkSet(expect, runs, o, id)))
  const [first] = runs
  if (first) differences.push(...(await checkRun({ expect, run: first, client: o.client, dir: o.dir, seconds })))
  return differences
}

const startOf = (run: Run): number => Number((run as { startedAtMs?: number }).startedAtMs ?? Date.parse(run.startedAt))
const endOf = (run: Run): number =>
  Number((run as { finishedAtMs?: number }).finishedAtMs ?? Date.parse(run.finishedAt))

async function checkSet(expect: Expectation, runs: Run[], o: Context, id: (name: string) => string): Promise<string[]> {
  const out: string[] = []
  if (expect.max_overlap !== undefined) {
    const overlap = Math.max(
      0,
      ...runs.map(a => runs.filter(b => startOf(b) <= startOf(a) && startOf(a) < endOf(b)).length),
    )
    if (overlap !== expect.max_overlap) out.push(`expected ${expect.max_overlap} runs at once, got ${overlap}`)
  }
  if (expect.start_order) {
    const order = [...runs].sort((a, b) => startOf(a) - startOf(b)).map(r => r.dagRunId)
    const wanted = expect.start_order.map(name => id(name))
    if (order.join() !== wanted.join()) out.push(`start order: expected ${wanted}, got ${order}`)
  }
  for (const [name, wanted] of Object.entries(expect.runs ?? {})) {
    const run = await readRun(o.client, o.file, id(name)).catch(() => undefined)
    if (wanted.status && run?.statusLabel !== wanted.status)
      out.push(`run ${name}: expected ${wanted.status}, got ${show(run?.statusLabel)}`)
    if (wanted.trigger && run?.triggerType !== wanted.trigger)
      out.push(`run ${name}: expected trigger ${wanted.trigger}, got ${show(run?.triggerType)}`)
  }
  if (expect.run_ids || expect.run_count !== undefined) {
    const listed = await o.client.get<{ dagRuns: Run[] }>(`/dags/${o.file}/dag-runs`)
    const have = listed.dagRuns.map(r => r.dagRunId).sort()
    if (expect.run_count !== undefined && have.length !== expect.run_count)
      out.push(`expected ${expect.run_count} runs, got ${have.length}`)
    const wanted = expect.run_ids?.map(name => id(name)).sort()
    if (wanted && have.join() !== wanted.join()) out.push(`runs: expected ${wanted}, got ${have}`)
  }
  return out
}
