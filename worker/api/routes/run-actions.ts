// Acting on a run: stop, retry, dequeue, delete, and setting the status of a step.

import type { RetryScope } from '@edgedag/core/run/children/child-types'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { type Answer, done, type Refusal } from '../answer.ts'
import { hasComeToLife } from '../come-to-life.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findBelow, findRun, type RunAddress, runNotFound } from '../find-run.ts'
import { problem, refused } from '../problem.ts'
import { retryCalled } from '../retry-called.ts'
import { route } from '../route.ts'
import { RunId, RunParams, StepName, StepParams, SUB_RUN_PATH, SubRunParams, SubStepParams } from '../schemas.ts'
import { usableProfile } from '../use-profile.ts'

const notRunning = (): Refusal => problem('not_running', 'DAG is not running')

const by = (caller: Principal | null): string => caller?.name ?? ''

/** Finds the run and acts on it, or answers 404. */
async function withRun<R extends Answer<unknown>>(
  deps: ApiDeps,
  address: RunAddress,
  act: (found: FoundRun) => Promise<R>,
): Promise<R | Refusal> {
  const found = await findRun(deps, address)
  return found === null ? runNotFound(address) : act(found)
}

type Outcome = { ok: true } | { ok: false; error: { code: string; message: string } }
const answer = (outcome: Outcome) => (outcome.ok ? done() : refused(outcome.error))

async function stop(deps: ApiDeps, found: FoundRun, caller: Principal | null, abandon: boolean) {
  const { run, runId, summary } = found
  if (summary.status === 'failed') return answer(await found.dag.cancelRetry(runId, { by: by(caller) }))
  // A run that waits for a person is decided about; to end it all the same it has to be abandoned.
  if (summary.status === 'waiting' && !abandon) return notRunning()
  if (TERMINAL_RUN_STATUSES.has(summary.status) || !(await hasComeToLife(deps, summary))) return notRunning()
  return answer(await run.stop(runId, { by: by(caller), ...(abandon ? { abandon: true } : {}) }))
}

const Retry = z.looseObject({
  dagRunId: RunId.or(z.literal('')).optional(),
  stepName: StepName.or(z.literal('')).optional(),
  /** With `stepName`: all behind that step too. */
  includeDownstream: z.boolean().optional(),
  /** Ours: this step and all behind it. */
  fromStep: StepName.or(z.literal('')).optional(),
  /** A run below this one: it alone runs again, and the steps above take its result in. */
  subDAGRunId: RunId.or(z.literal('')).optional(),
})

/** What of the run is wanted: one step, or one with all behind it. */
function stepsOf({ stepName, fromStep, includeDownstream }: z.output<typeof Retry>): RetryScope {
  if (fromStep) return { step: fromStep, onward: true }
  return stepName ? { step: stepName, ...(includeDownstream ? { onward: true } : {}) } : {}
}

async function retry(
  deps: ApiDeps,
  { name, dagRunId, subDAGRunId }: RunAddress,
  body: z.output<typeof Retry>,
  caller: Principal | null,
) {
  const below = subDAGRunId ?? (body.subDAGRunId || undefined)
  const top = await findRun(deps, { name, dagRunId })
  if (top === null) return runNotFound({ name, dagRunId })
  const found = below === undefined ? top : await findBelow(deps, top.runId, below)
  if (found === null) return runNotFound({ name, dagRunId, subDAGRunId: below })
  // Each attempt reads the profile anew: one that was disabled meanwhile cannot start one.
  const profile = await usableProfile(deps, top.summary.profile, null)
  if (!profile.ok) return profile.error
  const scope = stepsOf(body)
  if (below === undefined) return answer(await top.dag.retry(top.runId, { by: by(caller), ...scope }))
  return answer(await retryCalled(deps, { top, found, scope, by: by(caller) }))
}

async function setStatus(
  deps: ApiDeps,
  address: RunAddress & { stepName: string },
  asked: unknown,
  caller: Principal | null,
) {
  const status = STEP_STATUSES.get(asked)
  if (status === undefined) return problem('bad_request', 'status must be 4 (succeeded) or 2 (failed)')
  return withRun(deps, address, async ({ run, runId }) =>
    answer(await run.setStepStatus(runId, { by: by(caller), step: address.stepName, status })),
  )
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
      body: Retry,
      answers: { 200: 'The retry is recorded' },
    },
    ({ params, body, caller, deps }) => retry(deps, params, body, caller),
  ),
  route(
    {
      ...common,
      method: 'post',
      path: `${SUB_RUN_PATH}/retry`,
      summary: 'A new attempt of one called run, whose result the runs above it take in',
      params: SubRunParams,
      body: Retry,
      answers: { 200: 'The retry is recorded' },
    },
    ({ params, body, caller, deps }) => retry(deps, params, body, caller),
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
    ({ params, body, caller, deps }) => setStatus(deps, params, body.status, caller),
  ),
  route(
    {
      ...common,
      method: 'patch',
      path: `${SUB_RUN_PATH}/steps/{stepName}/status`,
      summary:
        'Set the status of a step of a finished called run; the next attempt of the run above takes it as it is then',
      params: SubStepParams,
      body: z.looseObject({ status: z.union([z.number(), z.string()]) }),
      answers: { 200: 'Done' },
    },
    ({ params, body, caller, deps }) => setStatus(deps, params, body.status, caller),
  ),
]
