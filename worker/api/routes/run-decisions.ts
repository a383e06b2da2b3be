// What people decide about a step that waits: approve, push back, reject. Promise: the first decision counts; whoever is second is
// told who was first, and when.
import type { Decision } from '@edgedag/core/run/types'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findRun, runNotFound } from '../find-run.ts'
import { problem } from '../problem.ts'
import { json, route } from '../route.ts'
import { RUN_PATH, StepParams, SUB_RUN_PATH, SubStepParams } from '../schemas.ts'

const Value = z.union([z.string(), z.number(), z.boolean()]).transform(String)

const Inputs = z.looseObject({
  inputs: z.record(z.string().min(1).max(128), Value).optional(),
  /** Ours: push-backs that the person knew of. */
  approvalIteration: z.number().int().min(0).optional(),
})
const Reason = z.looseObject({
  reason: z.string().max(4_000).optional(),
  approvalIteration: z.number().int().min(0).optional(),
})

const Decided = z.object({ dagRunId: z.string(), stepName: z.string() })

type StepAddress = z.output<typeof StepParams> & { subDAGRunId?: string }

interface Input {
  found: FoundRun
  address: StepAddress
  caller: Principal | null
  decision: Decision
  iteration: number | undefined
}

/** Hands the decision to the run and answers as the reference does. */
async function decideOn({ found, address, caller, decision, iteration }: Input): Promise<Response> {
  const { run, runId } = found
  const decided = await run.decide(runId, {
    by: caller?.name ?? '',
    step: address.stepName,
    decision,
    ...(iteration === undefined ? {} : { iteration }),
  })
  if (!decided.ok) {
    const { code, message, decided: earlier } = decided.error
    return problem(code, message, earlier === undefined ? {} : { decided: earlier })
  }
  const { step, resumed } = decided.value
  const { subDAGRunId } = address
  // Of a called run the path names the run at the top.
  const base =
    subDAGRunId === undefined
      ? { dagRunId: runId, stepName: step }
      : { dagRunId: address.dagRunId, subDAGRunId, stepName: step }
  if (decision.decision === 'reject') return json(base)
  const pushed = decision.decision === 'push_back' ? { approvalIteration: decided.value.iteration } : {}
  return json({ ...base, ...pushed, resumed })
}

type Call<B> = {
  params: StepAddress
  body: B
  caller: Principal | null
  deps: ApiDeps
}

async function decide<B extends { approvalIteration?: number | undefined }>(
  { params, body, caller, deps }: Call<B>,
  decision: Decision,
): Promise<Response> {
  const found = await findRun(deps, params)
  if (found === null) return runNotFound(params)
  return decideOn({ found, address: params, caller, decision, iteration: body.approvalIteration })
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
      call => decide(call, { decision: 'approve', inputs: call.body.inputs ?? {} }),
    ),
    route(
      {
        ...common,
        path: `${path}/push-back`,
        summary: 'Push a waiting step back: it, or the step that rewind_to names, and what depends on it run again',
        body: Inputs,
        answers: { 200: Decided.extend({ approvalIteration: z.number().int(), resumed: z.boolean() }) },
      },
      call => decide(call, { decision: 'push_back', inputs: call.body.inputs ?? {} }),
    ),
    route(
      {
        ...common,
        path: `${path}/reject`,
        summary: 'Reject a waiting step: what depends on it is aborted, and the run is rejected',
        body: Reason,
        answers: { 200: Decided },
      },
      call => decide(call, { decision: 'reject', reason: (call.body.reason ?? '').trim() }),
    ),
  ]
}

export const runDecisionRoutes = [
  ...decisionRoutes(RUN_PATH, StepParams),
  ...decisionRoutes(SUB_RUN_PATH, SubStepParams),
]
