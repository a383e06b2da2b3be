// Acting on a run: stop, retry, dequeue, delete, and setting the status of a step.

import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/types'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { hasComeToLife } from '../come-to-life.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findRun, type RunAddress, runNotFound } from '../find-run.ts'
import { problem, refused } from '../problem.ts'
import { done, route } from '../route.ts'
import { RunId, RunParams, StepName, StepParams } from '../schemas.ts'
import { usableProfile } from '../use-profile.ts'

const notRunning = (): Response => problem('not_running', 'DAG is not running')

const by = (caller: Principal | null): string => caller?.name ?? ''

/** Finds the run and acts on it, or answers 404. */
async function withRun(
  deps: ApiDeps,
  address: RunAddress,
  act: (found: FoundRun) => Promise<Response>,
): Promise<Response> {
  const found = await findRun(deps, address)
  return found === null ? runNotFound(address) : act(found)
}

type Outcome = { ok: true } | { ok: false; error: { code: string; message: string } }
const answer = (outcome: Outcome): Response => (outcome.ok ? done() : refused(outcome.error))

async function stop(deps: ApiDeps, found: FoundRun, caller: Principal | null, abandon: boolean): Promise<Response> {
  const { run, runId, summary } = found
  if (summary.status === 'failed') return answer(await found.dag.cancelRetry(runId, { by: by(caller) }))
  if (TERMINAL_RUN_STATUSES.has(summary.status) || !(await hasComeToLife(deps, summary))) return notRunning()
  return answer(await run.stop(runId, { by: by(caller), ...(abandon ? { abandon: true } : {}) }))
}

/** What of the run is wanted: one step, or one with all behind it. */
function stepsOf({ stepName, fromStep }: { stepName?: string | undefined; fromStep?: string | undefined }) {
  if (fromStep) return { step: fromStep, onward: true }
  return stepName ? { step: stepName } : {}
}

const STEP_STATUSES = new Map<unknown, 'succeeded' | 'failed'>([
  [4, 'succeeded'],
  ['4', 'succeeded'],
  ['succeeded', 'succeeded'],
  [2, 'failed'],
  ['2', 'failed'],
  ['failed', 'failed'],
])

const tag = 'dag-runs'
const common = { permission: 'runs.execute', tag, params: RunParams } as const

export const runActionRoutes = [
  route(
    {
      ...common,
      method: 'post',
      path: '/dag-runs/{name}/{dagRunId}/stop',
      summary: 'Stop a running run; with `abandon` also when its host is silent: its running steps are then lost',
      body: z.looseObject({ abandon: z.boolean().optional() }),
      answers: { 200: 'The stop is recorded' },
    },
    ({ params, body, caller, deps }) =>
      withRun(deps, params, found => stop(deps, found, caller, body.abandon === true)),
  ),
  route(
    {
      ...common,
      method: 'post',
      path: '/dag-runs/{name}/{dagRunId}/retry',
      summary: 'A new attempt of a finished run: all that did not succeed, or one step',
      body: z.looseObject({
        dagRunId: RunId.or(z.literal('')).optional(),
        stepName: StepName.or(z.literal('')).optional(),
        /** Ours: this step and all behind it. */
        fromStep: StepName.or(z.literal('')).optional(),
      }),
      answers: { 200: 'The retry is recorded' },
    },
    ({ params, body, caller, deps }) =>
      withRun(deps, params, async ({ dag, runId, summary }) => {
        // Each attempt reads the profile anew: one that was disabled meanwhile cannot start one.
        const profile = await usableProfile(deps, summary.profile, null)
        if (!profile.ok) return profile.error
        return answer(await dag.retry(runId, { by: by(caller), ...stepsOf(body) }))
      }),
  ),
  route(
    {
      ...common,
      method: 'post',
      path: '/dag-runs/{name}/{dagRunId}/repair',
      summary: 'Let a quarantined run go on from its journal; one that is well stays as it is',
      answers: { 200: 'It goes on' },
    },
    ({ params, deps }) => withRun(deps, params, async ({ run, runId }) => answer(await run.repair(runId))),
  ),
  route(
    {
      ...common,
      method: 'get',
      mutates: true,
      path: '/dag-runs/{name}/{dagRunId}/dequeue',
      summary: 'Take a queued run out of its queue',
      answers: { 200: 'Dequeued' },
    },
    ({ params, deps }) => withRun(deps, params, async ({ dag, runId }) => answer(await dag.dequeue(runId))),
  ),
  route(
    {
      ...common,
      method: 'delete',
      path: '/dag-runs/{name}/{dagRunId}',
      permission: 'runs.delete',
      summary: 'Delete a finished run and its logs',
      answers: { 204: 'Deleted' },
    },
    ({ params, deps }) =>
      withRun(deps, params, async ({ dag, runId }) => {
        const outcome = await dag.removeRun(runId)
        return outcome.ok ? done(204) : refused(outcome.error)
      }),
  ),
  route(
    {
      ...common,
      method: 'patch',
      path: '/dag-runs/{name}/{dagRunId}/steps/{stepName}/status',
      summary: 'Set the status of a step of a finished run: 4 (succeeded) or 2 (failed)',
      params: StepParams,
      body: z.looseObject({ status: z.union([z.number(), z.string()]) }),
      answers: { 200: 'Done' },
    },
    ({ params, body, caller, deps }) => {
      const status = STEP_STATUSES.get(body.status)
      if (status === undefined) return problem('bad_request', 'status must be 4 (succeeded) or 2 (failed)')
      return withRun(deps, params, async ({ run, runId }) =>
        answer(await run.setStepStatus(runId, { by: by(caller), step: params.stepName, status })),
      )
    },
  ),
]
