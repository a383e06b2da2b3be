// One DAG: details, spec, and the runs it had.

import type { DAGDetails, DAGHistory, DAGRunDetails } from '@edgedag/core/api/generated/answers'
import { NEWEST_RUN } from '@edgedag/core/run/run-id'
import { z } from '@hono/zod-openapi'
import type { DagRecord, RunSummary } from '../../objects/contracts.ts'
import { json, type Refusal } from '../answer.ts'
import { DagDetailsJson, DagSpecJson, HistoryJson } from '../answers/dag.ts'
import { RunDetailsJson } from '../answers/run.ts'
import { errorsOrNull, problemTexts, readDefinition } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundDag, findDag } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { detailsOf, noRunDetails } from '../run-details.ts'
import { FileParams, Limit, RunId } from '../schemas.ts'
import { timeText } from '../time.ts'

export const dagNotFound = (fileName: string): Refusal => problem('not_found', `DAG ${fileName} not found`)

/** A DAG with its stored record; null: there is none, or it was deleted. */
export async function readDag(deps: ApiDeps, fileName: string): Promise<(FoundDag & { record: DagRecord }) | null> {
  const found = await findDag(deps, fileName)
  const record = found === null ? null : await found.dag.get()
  return found === null || record === null ? null : { ...found, record }
}

async function dagDetails(deps: ApiDeps, fileName: string): Promise<DAGDetails | null> {
  const found = await findDag(deps, fileName)
  if (found === null) return null
  const [record, item, runs] = await Promise.all([found.dag.get(), found.dag.listItem(), found.dag.runs({ limit: 1 })])
  if (record === null) return null
  const { dag, json: definition, localDags, problems } = await readDefinition(deps, record.spec, fileName, record.files)
  const latest = runs[0]
  const nextRun = item?.nextRun ?? null
  return {
    fileName,
    dag: { ...definition, ...(nextRun === null ? {} : { nextRun: timeText(nextRun) }) },
    localDags,
    latestDAGRun: latest === undefined ? noRunDetails(dag?.name ?? fileName, dag) : await detailsOf(deps, latest),
    suspended: record.suspended,
    errors: problemTexts(problems),
    problems,
    filePath: item?.filePath ?? '',
    spec: record.spec,
    hash: record.hash,
  }
}

/** For each step its status in each of the runs, in their order; 0 where a run did not have it. */
export function gridDataOf(runs: Pick<DAGRunDetails, 'nodes'>[]): DAGHistory['gridData'] {
  const rows = new Map<string, number[]>()
  runs.forEach(({ nodes }, index) => {
    for (const { step, status } of nodes) {
      const history = rows.get(step.name) ?? runs.map(() => 0)
      history[index] = status
      rows.set(step.name, history)
    }
  })
  return [...rows].map(([name, history]) => ({ name, history }))
}

const allDetails = (deps: ApiDeps, runs: RunSummary[]) => Promise.all(runs.map(run => detailsOf(deps, run)))

const tag = 'dags'

export const dagReadRoutes = [
  route(
    {
      method: 'get',
      path: '/dags/{fileName}',
      permission: 'dags.read',
      tag,
      summary: 'A DAG with its latest run',
      params: FileParams,
      answers: { 200: DagDetailsJson },
    },
    async ({ params, deps }) => {
      const details = await dagDetails(deps, params.fileName)
      return details === null ? dagNotFound(params.fileName) : json(details)
    },
  ),
  route(
    {
      method: 'get',
      path: '/dags/{fileName}/spec',
      permission: 'dags.read',
      tag,
      summary: 'The YAML of a DAG, and its hash for a later save',
      params: FileParams,
      answers: {
        200: DagSpecJson,
      },
    },
    async ({ params, deps }) => {
      const found = await readDag(deps, params.fileName)
      if (found === null) return dagNotFound(params.fileName)
      const { spec, hash, files } = found.record
      const { json: dag, problems, warnings } = await readDefinition(deps, spec, params.fileName, files)
      return json({ dag, spec, hash, errors: errorsOrNull(problems), problems, warnings })
    },
  ),
  route(
    {
      method: 'get',
      path: '/dags/{fileName}/dag-runs',
      permission: 'runs.read',
      tag,
      summary: 'The latest runs of a DAG, and the status of each step in each of them',
      params: FileParams,
      query: z.object({ limit: Limit(50, 30) }),
      answers: { 200: HistoryJson },
    },
    async ({ params, query, deps }) => {
      const found = await readDag(deps, params.fileName)
      if (found === null) return dagNotFound(params.fileName)
      const dagRuns = await allDetails(deps, await found.dag.runs({ limit: query.limit }))
      return json({ dagRuns, gridData: gridDataOf(dagRuns) })
    },
  ),
  route(
    {
      method: 'get',
      path: '/dags/{fileName}/dag-runs/{dagRunId}',
      permission: 'runs.read',
      tag,
      summary: 'A run of a DAG',
      params: FileParams.extend({ dagRunId: RunId }),
      answers: { 200: z.object({ dagRun: RunDetailsJson }) },
    },
    async ({ params, deps }) => {
      const found = await readDag(deps, params.fileName)
      if (found === null) return dagNotFound(params.fileName)
      const summary =
        params.dagRunId === NEWEST_RUN ? (await found.dag.runs({ limit: 1 }))[0] : await found.dag.run(params.dagRunId)
      if (!summary) return problem('not_found', `dag-run ID ${params.dagRunId} not found for DAG ${params.fileName}`)
      return json({ dagRun: await detailsOf(deps, summary) })
    },
  ),
]
