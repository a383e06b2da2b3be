// Runs that a run has called: their list, and acting on one of them. What can be read of one is in run-read.ts and run-logs.ts.

import { type SubRun, subRunJson } from '@edgedag/core/run/children/sub-runs'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import { z } from '@hono/zod-openapi'
import { done, json } from '../answer.ts'
import { SubRunJson } from '../answers/run.ts'
import { findRun, runNotFound } from '../find-run.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { statusesOf } from '../run-json.ts'
import { List, RUN_PATH, RunId, RunParams, StepName, SUB_RUN_PATH, SubRunParams } from '../schemas.ts'

const Whole = z.coerce.number().int()

const Query = z.object({
  /** List the runs called by this one, which is itself below the run of the path. */
  parentSubDAGRunId: RunId.optional(),
  step: StepName.optional(),
  /** Status numbers. */
  status: List,
  offset: Whole.min(0).default(0),
  limit: Whole.min(1).max(1000).optional(),
})

const tag = 'dag-runs'

/** Those that are asked for, of all. */
function chosen(all: readonly SubRun[], query: z.output<typeof Query>, statuses: readonly string[]): SubRun[] {
  return all.filter(
    run =>
      (query.step === undefined || run.step === query.step) && (statuses.length === 0 || statuses.includes(run.status)),
  )
}

export const subRunRoutes = [
  route(
    {
      method: 'get',
      permission: 'runs.read',
      tag,
      path: `${RUN_PATH}/sub-dag-runs`,
      summary: 'The runs that a run has called, in the order of steps and items',
      params: RunParams,
      query: Query,
      answers: { 200: z.object({ subRuns: z.array(SubRunJson), total: z.number().int() }) },
    },
    async ({ params, query, deps }) => {
      const statuses = statusesOf(query.status)
      if (statuses === null) return problem('bad_request', 'status must be one or more status numbers')
      const address = { ...params, subDAGRunId: query.parentSubDAGRunId }
      const found = await findRun(deps, address)
      if (found === null) return runNotFound(address)
      const runs = chosen((await found.run.children(found.runId)) ?? [], query, statuses)
      const page = runs.slice(query.offset, query.offset + (query.limit ?? runs.length))
      return json({ subRuns: page.map(subRunJson), total: runs.length })
    },
  ),
  route(
    {
      method: 'post',
      permission: 'runs.execute',
      tag,
      path: `${SUB_RUN_PATH}/stop`,
      summary: 'Stop one called run; the step that has called it goes on without it. `abandon` as for a run',
      params: SubRunParams,
      body: z.looseObject({ abandon: z.boolean().optional() }),
      answers: { 200: 'The stop is recorded' },
    },
    async ({ params, body, caller, deps }) => {
      const found = await findRun(deps, params)
      if (found === null) return runNotFound(params)
      if (TERMINAL_RUN_STATUSES.has(found.summary.status)) return problem('not_running', 'DAG is not running')
      const outcome = await found.run.stop(found.runId, {
        by: caller?.name ?? '',
        ...(body.abandon ? { abandon: true } : {}),
      })
      return outcome.ok ? done() : refused(outcome.error)
    },
  ),
]
