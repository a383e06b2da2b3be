// Cases with several runs of a DAG: one after the other (`runs`), or put into queues (`enqueue`).
import { doActions } from './actions.ts'
import type { Expectation, LoadedCase } from './case-file.ts'
import type { CaseWorld } from './case-world.ts'
import { checkArtifacts, checkRun } from './check-run.ts'
import { show } from './compare.ts'
import { checkHistory } from './history.ts'
import type { Place } from './hosts.ts'
import { type Run, readRun } from './observe.ts'
import { checkOutside } from './outside.ts'
import { clientOf } from './principals.ts'
import { isRefusal, MAX_SECONDS, refusedAsWanted, refusedBeforeSteps, settle } from './run-case.ts'
import { refusal } from './start.ts'

type Name = (name: string | undefined, index?: number) => string

/** Queues that a case may fill: those it configures, and the DAG's own. */
async function queuesOf(c: LoadedCase, { host, file }: Place): Promise<string[]> {
  const { dag } = await host.client.get<{ dag: { name: string; queue?: string } }>(`/dags/${file}`)
  return [...new Set([...Object.keys(c.queue_config ?? {}), dag.queue || dag.name])]
}

const setPaused = async (queues: string[], { host }: Place, verb: 'pause' | 'resume'): Promise<void> => {
  for (const name of queues) await host.client.post(`/queues/${encodeURIComponent(name)}/${verb}`, {})
}

/** Starts or enqueues all runs by the role and with the profile that the case names; the file of each by run id. */
async function beginAll(c: LoadedCase, place: Place, id: Name, maxSeconds: number): Promise<Map<string, string>> {
  const { start = {} } = c
  const client = await clientOf(place.host.client, start.role)
  const common = {
    ...(start.params === undefined ? {} : { params: start.params }),
    ...(start.profile === undefined ? {} : { profile: start.profile }),
  }
  const files = new Map<string, string>()
  for (const [index, entry] of (c.runs ?? []).entries()) {
    const runId = id(entry.id, index)
    files.set(runId, place.file)
    await client.post(`/dags/${place.file}/start`, {
      dagRunId: runId,
      ...common,
      ...(entry.params ? { params: entry.params } : {}),
    })
    await settle(place.host.client, place.file, runId, maxSeconds)
  }
  for (const [index, entry] of (c.enqueue ?? []).entries()) {
    const runId = id(entry.id, index)
    const file = entry.dag ?? place.file
    files.set(runId, file)
    await client.post(`/dags/${file}/enqueue`, {
      dagRunId: runId,
      ...common,
      ...(entry.params === undefined ? {} : { params: entry.params }),
      ...(entry.priority === undefined ? {} : { priority: entry.priority }),
      ...(entry.trigger === undefined || entry.trigger === 'manual' ? {} : { triggerType: entry.trigger }),
    })
  }
  return files
}

/** Starts or enqueues all runs, waits for them, and answers what differs. */
export async function checkMany(world: CaseWorld, expect: Expectation, place: Place): Promise<string[]> {
  const { c, dir } = world
  const { client } = place.host
  const id: Name = (name, index = 0) => `${place.prefix}-${name ?? index}`
  const maxSeconds = expect.max_seconds ?? MAX_SECONDS
  const from = performance.now()
  const held = c.hold_queues ? await queuesOf(c, place) : []
  await setPaused(held, place, 'pause')
  const files = await beginAll(c, place, id, maxSeconds).catch(refusal)
  await setPaused(held, place, 'resume')
  if ('refused' in files) {
    const history = await checkHistory(expect, { client, file: place.file, id })
    return [...refusedAsWanted(expect, files), ...history]
  }
  const { workers, file } = place
  const context = { client, file, dir, workers, childIds: new Map<string, string>(), runId: id }
  const differences = await doActions(c.actions ?? [], context)
  const more = c.settle_seconds ?? expect.settle_seconds
  if (more) await new Promise(resolve => setTimeout(resolve, Number(more) * 1000))
  const runs: Run[] = []
  for (const [runId, ofFile] of files) {
    const gone = c.actions?.some(a => a.do === 'dequeue' && id(a.run) === runId)
    // Only the last run of a DAG that keeps none must still be there.
    const removed = expect.run_ids && !expect.run_ids.some(name => id(name) === runId)
    if (!gone && !removed) runs.push(await settle(client, ofFile, runId, maxSeconds))
  }
  // Accepted all the same: then the runs themselves must have refused.
  if (isRefusal(expect)) return runs.flatMap(run => refusedBeforeSteps(run, expect))
  const seconds = (performance.now() - from) / 1000
  differences.push(...(await checkSet(expect, runs, place, id)))
  const [first] = runs
  if (first) differences.push(...(await checkRun({ expect, run: first, client, dir, seconds })))
  return [...differences, ...(await checkHistory(expect, { client, file, id })), ...checkOutside(expect, world)]
}

/** A run's own times are whole seconds: its steps tell the order of runs that begin within one. */
const startOf = (run: Run): number => {
  const times = run.nodes.flatMap(node => node.startedAtMs ?? [])
  return times.length > 0 ? Math.min(...times) : Date.parse(run.startedAt)
}
const endOf = (run: Run): number => {
  const times = run.nodes.flatMap(node => node.finishedAtMs ?? [])
  return times.length > 0 ? Math.max(...times) : Date.parse(run.finishedAt)
}

async function checkSet(expect: Expectation, runs: Run[], { host, file }: Place, id: Name): Promise<string[]> {
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
    const known = runs.find(run => run.dagRunId === id(name))
    const run = known ?? (await readRun(host.client, file, id(name)).catch(() => undefined))
    if (wanted.status && run?.statusLabel !== wanted.status)
      out.push(`run ${name}: expected ${wanted.status}, got ${show(run?.statusLabel)}`)
    if (wanted.trigger && run?.triggerType !== wanted.trigger)
      out.push(`run ${name}: expected trigger ${wanted.trigger}, got ${show(run?.triggerType)}`)
    if (wanted.artifacts && run)
      out.push(...(await checkArtifacts(wanted.artifacts, run, host.client)).map(line => `run ${name}: ${line}`))
  }
  return out
}
