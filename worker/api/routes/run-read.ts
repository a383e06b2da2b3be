// One run: details, outputs, and the YAML it was started with.
import { z } from '@hono/zod-openapi'
import { findRun, runNotFound } from '../find-run.ts'
import { json, route } from '../route.ts'
import { detailsAt } from '../run-details.ts'
import { Loose, RunDetailsJson, RunParams } from '../schemas.ts'

const tag = 'dag-runs'
const common = { method: 'get', permission: 'runs.read', tag, params: RunParams } as const

const noOutputs = {
  metadata: { dagName: '', dagRunId: '', attemptId: '', status: '', completedAt: '', params: '' },
  outputs: {},
}

export const runReadRoutes = [
  route(
    {
      ...common,
      path: '/dag-runs/{name}/{dagRunId}',
      summary: 'A run with its steps; `latest` works as id',
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
      path: '/dag-runs/{name}/{dagRunId}/outputs',
      summary: 'The captured outputs of a run',
      answers: { 200: z.object({ metadata: Loose, outputs: Loose }) },
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
      path: '/dag-runs/{name}/{dagRunId}/spec',
      summary: 'The YAML as it was when the run was accepted',
      answers: { 200: z.object({ spec: z.string() }) },
    },
    async ({ params, deps }) => {
      const found = await findRun(deps, params)
      if (found === null) return runNotFound(params)
      return json({ spec: (await found.dag.specText(found.runId)) ?? '' })
    },
  ),
]
