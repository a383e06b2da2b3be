// One run: details, outputs, and the YAML it was started with.

import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { OutputsJson, RunDetailsJson } from '../answers/run.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findRun, type RunAddress, runNotFound } from '../find-run.ts'
import { route } from '../route.ts'
import { detailsAt } from '../run-details.ts'
import { RUN_PATH, RunParams, SUB_RUN_PATH, SubRunParams } from '../schemas.ts'

const tag = 'dag-runs'
const common = { method: 'get', permission: 'runs.read', tag } as const

const noOutputs = {
  metadata: { dagName: '', dagRunId: '', attemptId: '', status: '', completedAt: '', params: '' },
  outputs: {},
}

/** What can be read of a run at `path`, be it a top run or one below it. */
const readRoutes = (path: typeof RUN_PATH | typeof SUB_RUN_PATH, what: string, params: typeof RunParams) => [
  route(
    {
      ...common,
      params,
      path,
      summary: `${what} with its steps; \`latest\` works as id`,
      answers: { 200: z.object({ dagRunDetails: RunDetailsJson }) },
    },
    async ({ params, deps }) => {
      const dagRunDetails = await detailsAt(deps, params)
      return dagRunDetails === null ? runNotFound(params) : json({ dagRunDetails })
    },
  ),
  route(
    {
      ...common,
      params,
      path: `${path}/outputs`,
      summary: `The captured outputs of ${what.toLowerCase()}`,
      answers: { 200: OutputsJson },
    },
    async ({ params, deps }) => {
      const found = await findRun(deps, params)
      if (found === null) return runNotFound(params)
      return json((await found.run.outputs(found.runId)) ?? noOutputs)
    },
  ),
  route(
    {
      ...common,
      params,
      path: `${path}/spec`,
      summary: 'The YAML as it was when the run was accepted',
      answers: { 200: z.object({ spec: z.string() }) },
    },
    async ({ params, deps }) => {
      const found = await findRun(deps, params)
      return found === null ? runNotFound(params) : json({ spec: (await specText(deps, params, found)) ?? '' })
    },
  ),
]

export const runReadRoutes = [
  ...readRoutes(RUN_PATH, 'A run', RunParams),
  ...readRoutes(SUB_RUN_PATH, 'A called run', SubRunParams),
]

/** The text of a called run is that of the stored DAG, or (a document of the same file) its root's. */
async function specText(deps: ApiDeps, { name, dagRunId }: RunAddress, found: FoundRun): Promise<string | null> {
  if (found.summary.root === undefined) return found.dag.specText(found.runId)
  const hash = await found.run.specHash(found.runId)
  if (hash !== null) return found.dag.textOf(hash)
  const root = await findRun(deps, { name, dagRunId })
  return root === null ? null : root.dag.specText(root.runId)
}
