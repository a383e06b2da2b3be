// New runs made of former ones: reschedule, and edit and retry. Promise: a new run has an id of its own, and the former one stays as
// it is.

import type { Dag } from '@edgedag/core/spec/dag'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import type { StartRequest } from '../../objects/contracts.ts'
import { type Answer, json, type Refusal } from '../answer.ts'
import { EditedRunJson, EditPreviewJson } from '../answers/run.ts'
import { refuseLargeSpec } from '../body.ts'
import { type Definition, problemTexts, readDefinition } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findRun, type RunAddress, runNotFound } from '../find-run.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { Name, RunId, RunParams, StepName } from '../schemas.ts'
import { startRun } from '../start-run.ts'

const tag = 'dag-runs'
const path = '/dag-runs/{name}/{dagRunId}'
const common = { method: 'post', tag, params: RunParams } as const

const NewId = RunId.or(z.literal('')).optional()
const NewName = Name.or(z.literal('')).optional()

const Edited = z.looseObject({ spec: z.string(), dagName: NewName })
const EditedStart = Edited.extend({
  dagRunId: NewId,
  /** Steps that are not to run; absent: all that succeeded and are unchanged. */
  skipSteps: z.array(StepName).max(5_000).optional(),
})

/** What is asked of the new run whatever it is made of. */
const base = (caller: Principal | null, body: { dagRunId?: string | undefined; dagName?: string | undefined }) =>
  ({
    trigger: 'retry',
    mode: 'enqueue',
    ...(body.dagRunId ? { runId: body.dagRunId } : {}),
    ...(body.dagName ? { dagName: body.dagName } : {}),
    ...(caller === null ? {} : { by: caller.name }),
  }) satisfies StartRequest

interface EditPlan {
  definition: Definition
  name: string
  errors: string[]
  skipped: string[]
  optional: string[]
  ineligible: { stepName: string; reason: string }[]
}

/** Reads the edited text and looks which steps of the run it could take over. */
async function planEdit(
  deps: ApiDeps,
  { dag, run, runId, summary }: FoundRun,
  body: z.output<typeof Edited>,
  wanted?: string[],
): Promise<EditPlan> {
  const files = (await dag.get())?.files
  const definition = await readDefinition(deps, body.spec, body.dagName || summary.dagName, files)
  const name = body.dagName || definition.dag?.name || summary.dagName
  const errors = problemTexts(definition.problems)
  const none = { definition, name, skipped: [], optional: [], ineligible: [] }
  if (definition.dag === null) return { ...none, errors }
  const next: Dag = { ...definition.dag, name }
  const request = { dagJson: JSON.stringify(next), ...(wanted === undefined ? {} : { wanted }) }
  const plan = await run.planImports(runId, request)
  if (plan === null) return { ...none, errors: [`dag-run ${runId} has not begun; there is nothing to take over`] }
  return { definition, name, errors, ...plan }
}

const stepNames = ({ definition }: EditPlan): string[] => definition.dag?.steps.map(step => step.name) ?? []

const WORK_DIR =
  'The new run has a work directory of its own: files that skipped steps left in the former one are not in it.'

async function preview(deps: ApiDeps, found: FoundRun, body: z.output<typeof Edited>) {
  const plan = await planEdit(deps, found, body)
  const steps = stepNames(plan)
  return json({
    dagName: plan.name,
    steps: steps.map(name => ({
      name,
      changed: plan.optional.includes(name),
      canSkip: plan.skipped.includes(name) || plan.optional.includes(name),
    })),
    skippedSteps: plan.skipped,
    runnableSteps: steps.filter(name => !plan.skipped.includes(name)),
    ineligibleSteps: plan.ineligible,
    errors: plan.errors,
    warnings: [...problemTexts(plan.definition.warnings), ...(plan.skipped.length > 0 ? [WORK_DIR] : [])],
  })
}

async function editRetry(deps: ApiDeps, found: FoundRun, body: z.output<typeof EditedStart>, caller: Principal | null) {
  const plan = await planEdit(deps, found, body, body.skipSteps)
  if (plan.errors.length > 0) return problem('bad_request', plan.errors.join('\n'), { errors: plan.errors })
  const skip = body.skipSteps ?? plan.skipped
  const steps = stepNames(plan)
  const mayBe = new Set([...plan.skipped, ...plan.optional])
  const bad = skip.find(name => !mayBe.has(name))
  if (bad !== undefined) {
    const why = plan.ineligible.find(({ stepName }) => stepName === bad)?.reason ?? 'there is no such step'
    return problem('bad_request', `step ${bad} cannot be skipped: ${why}`)
  }
  // A step that runs again makes those behind it run again too.
  const open = steps.find(name => skip.includes(name) && dependsOf(plan, name).some(one => !skip.includes(one)))
  if (open !== undefined)
    return problem('bad_request', `step ${open} cannot be skipped: it depends on a step that runs again`)
  const request: StartRequest = {
    ...base(caller, { ...body, dagName: plan.name }),
    profile: found.summary.profile ?? '',
    spec: body.spec,
    again: { runId: found.runId },
    imports: skip,
  }
  const started = await startRun(deps, { dagId: found.summary.dagId, dag: found.dag }, request, caller)
  if (!started.ok) return started.error
  return json({
    dagRunId: started.value,
    queued: true,
    skippedSteps: skip,
    startedSteps: steps.filter(name => !skip.includes(name)),
  })
}

const dependsOf = ({ definition }: EditPlan, name: string): string[] =>
  definition.dag?.steps.find(step => step.name === name)?.depends ?? []

async function withRun<R extends Answer<unknown>>(
  deps: ApiDeps,
  address: RunAddress,
  spec: string | undefined,
  act: (found: FoundRun) => Promise<R>,
): Promise<R | Refusal> {
  const tooLarge = refuseLargeSpec(spec)
  if (tooLarge !== null) return tooLarge
  const found = await findRun(deps, address)
  return found === null ? runNotFound(address) : act(found)
}

export const runAgainRoutes = [
  route(
    {
      ...common,
      path: `${path}/reschedule`,
      permission: 'runs.execute',
      summary: 'A new run with the definition and parameters of this one',
      body: z.looseObject({ dagRunId: NewId, dagName: NewName, useCurrentDagFile: z.boolean().optional() }),
      answers: { 200: z.object({ dagRunId: z.string(), queued: z.boolean() }) },
    },
    ({ params, body, caller, deps }) =>
      withRun(deps, params, undefined, async ({ dag, runId, summary }) => {
        const again = { runId, ...(body.useCurrentDagFile ? { current: true } : {}) }
        const request: StartRequest = { ...base(caller, body), again, profile: summary.profile ?? '' }
        // The definition is that of the former run: who may run it again learns nothing new of a protected profile.
        const asker = body.useCurrentDagFile ? caller : null
        const started = await startRun(deps, { dagId: summary.dagId, dag }, request, asker)
        return started.ok ? json({ dagRunId: started.value, queued: true }) : started.error
      }),
  ),
  route(
    {
      ...common,
      path: `${path}/edit-retry/preview`,
      permission: 'runs.read',
      summary: 'Which steps an edited definition could take over from this run',
      body: Edited,
      answers: { 200: EditPreviewJson },
    },
    ({ params, body, deps }) => withRun(deps, params, body.spec, found => preview(deps, found, body)),
  ),
  route(
    {
      ...common,
      path: `${path}/edit-retry`,
      // It brings commands of its own, like an inline run.
      permission: 'runs.execute-inline',
      summary: 'A new run of an edited definition that takes over the steps that succeeded in this one',
      body: EditedStart,
      answers: { 200: EditedRunJson },
    },
    ({ params, body, caller, deps }) => withRun(deps, params, body.spec, found => editRetry(deps, found, body, caller)),
  ),
]
