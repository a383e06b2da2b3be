// What people decide about a step that waits: approve, push back, reject. Promise: the first decision counts; whoever is second is
// told who was first, and when.

import type { Decision } from '@edgedag/core/run/events'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { json } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { findRun, runNotFound } from '../find-run.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { RUN_PATH, StepParams, SUB_RUN_PATH, SubStepParams } from '../schemas.ts'

const Value = z.union([z.string(), z.number(), z.boolean()]).transform(String)

/** Ours (ADR 66). */
const Known = z
  .number()
  .int()
  .min(0)
  .optional()
  .describe(
    'The `approvalIteration` of the step when the decision was made (0: never pushed back). A wait that has been pushed back since is refused with 409; without it the decision is about the wait that it finds.',
  )

const Inputs = z.looseObject({
  inputs: z.record(z.string().min(1).max(128), Value).optional(),
  approvalIteration: Known,
})
const Reason = z.looseObject({
  reason: z.string().max(4_000).optional(),
  approvalIteration: Known,
})

const Decided = z.object({
  dagRunId: z.string(),
  subDAGRunId: z.string().optional().describe('Of a called run'),
  stepName: z.string(),
})

type StepAddress = z.output<typeof StepParams> & { subDAGRunId?: string }

interface Call {
  params: StepAddress
  body: { approvalIteration?: number | undefined }
  caller: Principal | null
  deps: ApiDeps
}

type Decided = z.input<typeof Decided>

/** Hands the decision to the run and answers, by `show`, as the reference does. */
async function decide<T>(
  { params, body, caller, deps }: Call,
  decision: Decision,
  show: (base: Decided, outcome: { resumed: boolean; iteration: number }) => T,
) {
  const found = await findRun(deps, params)
  if (found === null) return runNotFound(params)
  const decided = await found.run.decide(found.runId, {
    by: caller?.name ?? '',
    step: params.stepName,
    decision,
    ...(body.approvalIteration === undefined ? {} : { iteration: body.approvalIteration }),
  })
  if (!decided.ok) {
    const { code, message, decided: earlier } = decided.error
    return problem(code, message, earlier === undefined ? {} : { decided: earlier })
  }
  const { subDAGRunId } = params
  // Of a called run the path names the run at the top.
  const address = subDAGRunId === undefined ? { dagRunId: found.runId } : { dagRunId: params.dagRunId, subDAGRunId }
  return json(show({ ...address, stepName: decided.value.step }, decided.value))
}

/** The same for a run and for one that it has called. */
function decisionRoutes(below: typeof RUN_PATH | typeof SUB_RUN_PATH, params: typeof StepParams) {
  const common = { method: 'post', permission: 'runs.execute', tag: 'dag-runs', params } as const
  const path = `${below}/steps/{stepName}` as const
  return [
    route(
      {
        ...common,
        path: `${path}/approve`,
        summary: 'Approve a waiting step; its inputs become variables of the steps that follow',
        body: Inputs,
        answers: { 200: Decided.extend({ resumed: z.boolean() }) },
      },
      call =>
        decide(call, { decision: 'approve', inputs: call.body.inputs ?? {} }, (base, { resumed }) => ({
          ...base,
          resumed,
        })),
    ),
    route(
      {
        ...common,
        path: `${path}/push-back`,
        summary: 'Push a waiting step back: it, or the step that rewind_to names, and what depends on it run again',
        body: Inputs,
        answers: { 200: Decided.extend({ approvalIteration: z.number().int(), resumed: z.boolean() }) },
      },
      call =>
        decide(call, { decision: 'push_back', inputs: call.body.inputs ?? {} }, (base, { resumed, iteration }) => ({
          ...base,
          approvalIteration: iteration,
          resumed,
        })),
    ),
    route(
      {
        ...common,
        path: `${path}/reject`,
        summary: 'Reject a waiting step: what depends on it is aborted, and the run is rejected',
        body: Reason,
        answers: { 200: Decided },
      },
      call => decide(call, { decision: 'reject', reason: (call.body.reason ?? '').trim() }, base => base),
    ),
  ]
}

export const runDecisionRoutes = [
  ...decisionRoutes(RUN_PATH, StepParams),
  ...decisionRoutes(SUB_RUN_PATH, SubStepParams),
]
