// What everything inside one run at the edge shares. Nothing of it is stored: the Run sends it again to whoever has lost it.

import { evaluateDagConditions } from '@edgedag/core/expr/dag-conditions'
import { paramsInput } from '@edgedag/core/expr/params-input'
import type { Ports } from '@edgedag/core/expr/ports'
import { createRunResults, type RunResults, type StepResult } from '@edgedag/core/expr/results'
import { prepareRunScope, type RunScope } from '@edgedag/core/expr/run-scope'
import { scheduleVariables } from '@edgedag/core/expr/special-variables'
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { Plan, RunContext } from '@edgedag/core/protocol/plans'
import { err, ok, type Problem, type Result } from '@edgedag/core/result'
import { type Graph, graphOf } from '@edgedag/core/run/graph'
import type { Dag } from '@edgedag/core/spec/dag'
import type { EdgeSecrets, SecretsReader } from './edge-secrets.ts'

/** The edge has no shell and no files: needing them is an error that says to give the DAG a runner. */
export const EDGE_PORTS: Ports = {}

export interface EdgeWorld {
  context: RunContext
  dag: Dag
  graph: Graph
  results: RunResults
  secrets: EdgeSecrets
  /** Absent until the run is prepared. */
  scope?: RunScope
}

export type Event<T extends AgentEvent['type']> = Extract<AgentEvent, { type: T }>

/** The run as its context tells it, with the results of its finished steps. */
export function openWorld(context: RunContext, secrets: EdgeSecrets): EdgeWorld {
  const dag = context.dag as Dag
  const world = { context, dag, graph: graphOf(dag), results: createRunResults(dag), secrets }
  recordKnown(world)
  return world
}

/** What does not open (yet) stays masked. */
function recordKnown({ context, results, secrets }: EdgeWorld): void {
  for (const [step, result] of Object.entries(context.results))
    results.record(step, toStepResult({ ...result, ...secrets.opened(step, result.sealed) }))
}

/** Drops what is absent, which frames may also have as undefined. */
export const toStepResult = (result: object): StepResult =>
  Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined)) as unknown as StepResult

/** Text of a webhook's payload that is too large for a frame. */
export type PayloadReader = (runId: string, blob: string) => Promise<string | null>

async function webhookVariables(
  { runId, webhook }: RunContext,
  read: PayloadReader,
): Promise<Result<Record<string, string>>> {
  if (webhook === undefined) return ok({})
  const { payload, blob, headers } = webhook
  const text = payload ?? (blob === undefined ? '{}' : await read(runId, blob))
  if (text !== null) return ok({ WEBHOOK_PAYLOAD: text, WEBHOOK_HEADERS: headers })
  return err([{ code: 'webhook.payload', message: 'the payload of the webhook is gone' }])
}

async function evaluateScope(world: EdgeWorld, read: PayloadReader): Promise<Result<RunScope>> {
  const { dag, context } = world
  const params = paramsInput(dag, context.params)
  if (!params.ok) return params
  const webhook = await webhookVariables(context, read)
  if (!webhook.ok) return webhook
  return prepareRunScope(dag, {
    hostEnv: {},
    params: params.value,
    runVars: { DAG_NAME: dag.name, DAG_RUN_ID: context.runId, ...scheduleVariables(context), ...webhook.value },
    ports: EDGE_PORTS,
  })
}

const problemText = (problems: readonly Problem[]): string =>
  problems
    .map(({ message, path }) => (path === undefined || message.includes(path) ? message : `${path}: ${message}`))
    .join('; ')

/** Values that came with what the run has called before. */
async function learnAgain(world: EdgeWorld, read: SecretsReader): Promise<Result<null>> {
  const { attempt, sealedOutputs } = world.context
  if (!sealedOutputs) return ok(null)
  const given = await read(attempt)
  if (!given.ok) return err([{ code: 'run.secrets', message: given.error.message }])
  world.secrets.learn(given.value)
  recordKnown(world)
  return ok(null)
}

/** The head of the first plan: evaluates the scope and asks the DAG's preconditions. */
export async function prepareWorld(
  world: EdgeWorld,
  { plan, fence }: Plan,
  at: number,
  read: { payload: PayloadReader; secrets: SecretsReader },
): Promise<{ event: Event<'prepared'>; goesOn: boolean }> {
  const base = { type: 'prepared', plan, fence, at, workDir: '' } as const
  const learnt = await learnAgain(world, read.secrets)
  const scope = learnt.ok ? await evaluateScope(world, read.payload) : learnt
  if (!scope.ok) {
    const error = problemText(scope.error)
    return { event: { ...base, params: [], paramsDisplay: '', conditions: [], error }, goesOn: false }
  }
  world.scope = scope.value
  const { params, paramsDisplay } = scope.value.data
  const outcome = await evaluateDagConditions(world.dag, scope.value, EDGE_PORTS)
  return { event: { ...base, params, paramsDisplay, conditions: outcome.results }, goesOn: outcome.met }
}
