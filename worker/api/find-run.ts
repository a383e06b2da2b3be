// From the address of a run to the objects that hold it. Promise: a run is found from the moment in which its start was answered,
// although its Run object and the index come to know it a little later.

import { NEWEST_RUN } from '@edgedag/core/run/run-id'
import type { Stub } from '../host/port.ts'
import { type DagApi, type RunApi, type RunSummary, SINGLETON } from '../objects/contracts.ts'
import { runObjectName } from '../objects/names.ts'
import type { Refusal } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { dagsNamed, findDag } from './find-dag.ts'
import { problem } from './problem.ts'
import { recentDagOf } from './recent-runs.ts'

export interface RunAddress {
  name: string
  dagRunId: string
  /** A run below that one, at any depth. */
  subDAGRunId?: string | undefined
}

export interface FoundRun {
  runId: string
  summary: RunSummary
  dag: Stub<DagApi>
  run: Stub<RunApi>
}

export const runStub = (deps: ApiDeps, runId: string): Stub<RunApi> =>
  deps.object('run', runObjectName(runId, deps.settings.runPool))

const bears = (summary: RunSummary, name: string): boolean => summary.dagName === name || summary.fileName === name

async function fromRecent(deps: ApiDeps, { name, dagRunId }: RunAddress): Promise<RunSummary | null> {
  const dagId = recentDagOf(deps, dagRunId)
  const summary = dagId === null ? null : await deps.object('dag', dagId).run(dagRunId)
  return summary !== null && bears(summary, name) ? summary : null
}

async function fromDags(deps: ApiDeps, { name, dagRunId }: RunAddress): Promise<RunSummary | null> {
  for await (const { dag } of dagsNamed(deps, name)) {
    const summary = dagRunId === NEWEST_RUN ? ((await dag.runs({ limit: 1 }))[0] ?? null) : await dag.run(dagRunId)
    if (summary !== null && bears(summary, name)) return summary
  }
  return null
}

/** A file may hold a DAG of another name: the run itself knows its file. */
async function fromRun(deps: ApiDeps, { name, dagRunId }: RunAddress): Promise<RunSummary | null> {
  const details = dagRunId === NEWEST_RUN ? null : await runStub(deps, dagRunId).details(dagRunId)
  const fileName = details?.name === name ? details.sourceFileName : undefined
  const dag = typeof fileName === 'string' && fileName !== '' ? await findDag(deps, fileName) : null
  return dag === null ? null : dag.dag.run(dagRunId)
}

async function fromIndex(deps: ApiDeps, { name, dagRunId }: RunAddress): Promise<RunSummary | null> {
  const query = { name, limit: 1, ...(dagRunId === NEWEST_RUN ? {} : { runId: dagRunId }) }
  const indexed = (await deps.object('index', SINGLETON).runs(query)).runs[0]
  return indexed === undefined ? null : deps.object('dag', indexed.dagId).run(indexed.runId)
}

/** The run of `/dag-runs/{name}/{dagRunId}`, or the one below it of `/sub-dag-runs/{subDAGRunId}`; null: unknown. */
export async function findRun(deps: ApiDeps, address: RunAddress): Promise<FoundRun | null> {
  const top = await findTopRun(deps, address)
  return top === null || address.subDAGRunId === undefined ? top : findBelow(deps, top.runId, address.subDAGRunId)
}

/** A called run has no row at its DAG: it knows itself what run it belongs to. */
export async function findBelow(deps: ApiDeps, root: string, runId: string): Promise<FoundRun | null> {
  const run = runStub(deps, runId)
  const summary = await run.summary(runId)
  return summary?.root === root ? { runId, summary, dag: deps.object('dag', summary.dagId), run } : null
}

async function findTopRun(deps: ApiDeps, address: RunAddress): Promise<FoundRun | null> {
  const summary =
    (await fromRecent(deps, address)) ??
    (await fromDags(deps, address)) ??
    (await fromRun(deps, address)) ??
    (await fromIndex(deps, address))
  if (summary === null) return null
  const { runId, dagId } = summary
  return { runId, summary, dag: deps.object('dag', dagId), run: runStub(deps, runId) }
}

export const runNotFound = ({ name, dagRunId, subDAGRunId }: RunAddress): Refusal =>
  problem(
    'not_found',
    subDAGRunId === undefined
      ? `dag-run ID ${dagRunId} not found for DAG ${name}`
      : `sub dag-run ID ${subDAGRunId} not found under dag-run ${dagRunId} of DAG ${name}`,
  )
