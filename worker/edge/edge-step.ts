// One step at the edge: resolved, executed, and accounted for as an agent would. No shell, no files, no environment of a host.
// Promise: the Run has written that an attempt is started before anything of it can be noticed in the world.
import { type CallPlan, evaluateCall } from '@edgedag/core/expr/call'
import { callEvents } from '@edgedag/core/expr/call-events'
import { createOutputMatcher } from '@edgedag/core/expr/pattern'
import { writtenNumbers } from '@edgedag/core/expr/policy'
import { plainScope, type RunScope } from '@edgedag/core/expr/run-scope'
import { resolveStep, type StepPlan } from '@edgedag/core/expr/step-plan'
import { evaluateAfter } from '@edgedag/core/expr/step-result'
import type { StepInput } from '@edgedag/core/expr/step-scope'
import type { AgentEvent, Facts, LogEnd } from '@edgedag/core/protocol/frames'
import type { Plan, PlanItem } from '@edgedag/core/protocol/plans'
import type { Mask } from '@edgedag/core/redact/mask'
import { err } from '@edgedag/core/result'
import { withOutputs } from '@edgedag/core/run/children/result-text'
import { nodeOf } from '@edgedag/core/run/graph'
import { RUN_MAIL } from '@edgedag/core/run/mail-nodes'
import type { Step } from '@edgedag/core/spec/dag'
import { childItems, hiddenTarget, hideCaptured } from '@edgedag/core/vault/hidden-values'
import type { SecretsReader } from './edge-secrets.ts'
import { EDGE_PORTS, type EdgeWorld, type Event, toStepResult } from './edge-world.ts'
import { edgeExecutor, edgePorts, type Outside } from './executors.ts'
import { type EdgeInterruption, isRunTimeout, withTimeLimit } from './interruption.ts'

export type StepItem = Extract<PlanItem, { kind: 'step' }>

/** Where a log ends: inline, or in blob storage with the event that says so. */
export type LogSink = (
  log: { step: string; attempt: number; stream: 'stdout' | 'stderr' },
  text: string,
) => Promise<{ end: LogEnd; segment?: Event<'segment'> }>

export interface EdgeStepPorts {
  now(): number
  log: LogSink
  outside: Outside
  secrets: SecretsReader
  /** Tells the Run and waits until it has written that down; false: the step must not begin. */
  tell(event: Extract<AgentEvent, { type: 'started' }>): Promise<boolean>
}

interface EdgeEnd {
  outcome?: 'aborted' | 'timed_out'
  exitCode: number
  /** Why it failed; absent after success. */
  error?: string
  stdout: string
  stderr?: string
}

export interface EdgeStepEnd {
  events: AgentEvent[]
  /** Absent: the step calls DAGs, and the Run goes on with them; or it was not begun. */
  finished?: Event<'finished'>
}

type Fields = Omit<Event<'finished'>, 'type' | 'plan' | 'fence' | 'step' | 'attempt' | 'at'>

/** Runs one item of a plan. The run is prepared here. */
export async function runEdgeStep(
  world: EdgeWorld,
  plan: Plan,
  item: StepItem,
  lane: EdgeInterruption,
  ports: EdgeStepPorts,
): Promise<EdgeStepEnd> {
  const of = { plan: plan.plan, fence: plan.fence, step: item.step, attempt: item.attempt }
  const ended = (fields: Fields): EdgeStepEnd & { finished: Event<'finished'> } => {
    const finished: Event<'finished'> = { type: 'finished', ...of, at: ports.now(), ...fields }
    return { events: [finished], finished }
  }
  const step = nodeOf(world.graph, item.step)
  const scope = world.scope ?? (step?.type === RUN_MAIL ? plainScopeOf(world) : undefined)
  if (step === undefined || scope === undefined)
    return ended({ outcome: 'failed', exitCode: 1, error: `there is no step ${item.step} in this DAG` })
  // The conditions of a step whose children are over were met.
  const input = inputOf(world, scope, item.conclude === undefined ? step : { ...step, preconditions: [] }, item)
  const resolved = await resolveStep(input)
  if (resolved.ok && item.mail !== undefined) resolved.value.config.report = item.mail
  if (!resolved.ok) return ended({ outcome: 'failed', exitCode: 1, error: resolved.error.message })
  if (!resolved.value.conditions.met) return ended(skipped(resolved.value))
  if (step.call !== undefined && item.conclude === undefined) {
    const call = evaluateCall(input, resolved.value)
    const told = call.ok ? childrenOf(world, call.value, { ...of, at: ports.now() }) : err(call.error.message)
    return told.ok ? { events: told.value } : ended({ outcome: 'failed', exitCode: 1, error: told.error })
  }
  const startedAt = ports.now()
  const begun = { type: 'started' as const, ...of, at: startedAt }
  const isTold = item.conclude === undefined && !isRepeatable(step, resolved.value)
  if (isTold && !(await ports.tell(begun))) return { events: [] }
  const started = isTold || item.conclude !== undefined ? [] : [begun]
  const identity = `${world.context.runId}.${item.step}.${item.attempt}`
  const end =
    item.conclude === undefined
      ? await execute(step, resolved.value, identity, lane, ports)
      : await childrenEnd(world, item.conclude, ports.secrets)
  const logs = await storeLogs(item, end, world.secrets.mask, ports.log)
  const fields = await conclude(input, resolved.value, end)
  const { events, finished } = ended({ ...hidden(world, item.step, fields), ...logs.ends, startedAt })
  if (!input.handler) world.results.record(item.step, toStepResult(resultOf(fields)))
  return { events: [...started, ...logs.segments, ...events], finished }
}

function skipped({ conditions }: StepPlan): Fields {
  const error = conditions.failed ? conditions.results.find(result => !result.met)?.error : undefined
  const why = error === undefined ? {} : { error }
  return { outcome: 'skipped', exitCode: 0, conditions: conditions.results, ...why }
}

/** What the step calls, as the Run is told of it. */
function childrenOf({ secrets }: EdgeWorld, call: CallPlan, of: Parameters<typeof callEvents>[1]) {
  const problem = hiddenTarget(call.target, secrets.mask)
  return problem === undefined ? callEvents(call, of, { item: childItems(of.step, secrets.hiding) }) : err(problem)
}

/** The children of a step are over: their result is what it has said, whole where the Vault opens it. */
async function childrenEnd(
  { secrets, context }: EdgeWorld,
  { text, exitCode, error, sealed }: NonNullable<StepItem['conclude']>,
  read: SecretsReader,
): Promise<EdgeEnd> {
  const given = sealed ? await read(context.attempt) : undefined
  if (given && !given.ok) return { exitCode: 1, stdout: text, error: given.error.message }
  const stdout = given ? withOutputs(text, secrets.learn(given.value)) : text
  return { exitCode, stdout, ...(error === undefined ? {} : { error }) }
}

/** The same account without what nobody may see. */
function hidden({ secrets }: EdgeWorld, step: string, fields: Fields): Fields {
  const { mask, hiding } = secrets
  if (mask.masker === undefined) return fields
  const { outputs, structured, error, ...rest } = fields
  const captured = { ...(outputs && { outputs }), ...(structured && { structured }) }
  const { shown, sealed } = hideCaptured(captured, step, hiding, mask)
  return {
    ...rest,
    ...shown,
    ...(error === undefined ? {} : { error: mask.text(error) }),
    ...(sealed === undefined ? {} : { sealed }),
  }
}

/** A run that could not be prepared still tells of that. */
const plainScopeOf = ({ dag, context }: EdgeWorld): RunScope =>
  plainScope(dag, { hostEnv: {}, runVars: { DAG_NAME: dag.name, DAG_RUN_ID: context.runId } })

const inputOf = (world: EdgeWorld, scope: RunScope, step: Step, item: StepItem): StepInput => ({
  dag: world.dag,
  step,
  run: scope,
  handler: world.graph.handlers.has(item.step),
  results: world.results,
  ports: EDGE_PORTS,
  vars: {
    nodeName: item.step,
    stdoutFile: '',
    stderrFile: '',
    ...(item.env === undefined ? {} : { env: item.env }),
  },
})

const resultOf = ({ exitCode, outputs, structured }: Fields) => ({ exitCode, outputs, structured })

const isRepeatable = (step: Step, plan: StepPlan): boolean => edgeExecutor(step.type)?.isRepeatable(plan) ?? true

function execute(
  step: Step,
  plan: StepPlan,
  identity: string,
  lane: EdgeInterruption,
  { now, outside }: EdgeStepPorts,
): Promise<EdgeEnd> {
  const executor = edgeExecutor(step.type)
  return withTimeLimit(step, lane, async own => {
    const said = { stdout: '', stderr: '' }
    const end =
      executor === undefined
        ? { exitCode: 1, error: `a step of type ${step.type} cannot run at the edge: it needs a runner` }
        : await executor.execute(plan, edgePorts(outside, { identity, now, signal: own.signal }, said))
    return { ...judge(end, own), ...said }
  })
}

/** What ended the step counts more than how it took that; what it had done by then is done. */
function judge(end: { exitCode: number; error?: string }, { cause }: EdgeInterruption) {
  if (cause === undefined || end.exitCode === 0) return end
  if (cause.kind === 'step_timeout')
    return { outcome: 'timed_out' as const, exitCode: 124, error: `step timed out after ${cause.limitSec} s` }
  return { outcome: 'aborted' as const, exitCode: -1, error: isRunTimeout(cause) ? 'the DAG timed out' : 'stopped' }
}

/** Outcome, captured values and the facts that the Run's policies ask for. */
async function conclude(input: StepInput, plan: StepPlan, end: EdgeEnd): Promise<Fields> {
  const after = await evaluateAfter(input, plan, {
    exitCode: end.exitCode,
    stdout: measured(end.stdout),
    stderr: measured(end.stderr ?? ''),
    interrupted: end.outcome !== undefined,
  })
  const facts = { ...writtenNumbers(input.step, plan.policy), ...factsOf(input.step, end, after.repeatCondition) }
  const { outputs, structured } = after.result
  const error =
    after.problem?.message ?? (end.exitCode === 0 ? undefined : (end.error ?? `exit status ${end.exitCode}`))
  return {
    outcome: end.outcome ?? (error === undefined ? 'succeeded' : 'failed'),
    exitCode: after.problem === undefined ? end.exitCode : 1,
    ...(error === undefined ? {} : { error }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(structured === undefined ? {} : { structured }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  }
}

const encoder = new TextEncoder()
const measured = (text: string) => ({ bytes: encoder.encode(text).length, text })

function factsOf({ continueOn }: Step, end: EdgeEnd, repeatCondition: Facts['repeatCondition']): Facts {
  const facts: Facts = repeatCondition === undefined ? {} : { repeatCondition }
  const patterns = continueOn?.output ?? []
  if (patterns.length === 0 || end.exitCode === 0) return facts
  const matcher = createOutputMatcher(patterns)
  matcher.push(end.stdout)
  facts.continueOnOutput = matcher.end()
  return facts
}

async function storeLogs(item: StepItem, end: EdgeEnd, mask: Mask, sink: LogSink) {
  const ends: { stdout?: LogEnd; stderr?: LogEnd } = {}
  const segments: Event<'segment'>[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    const stored = await sink({ step: item.step, attempt: item.attempt, stream }, mask.text(end[stream] ?? ''))
    ends[stream] = stored.end
    if (stored.segment !== undefined) segments.push(stored.segment)
  }
  return { ends, segments }
}
