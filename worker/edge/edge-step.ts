// One step at the edge: resolved, executed, and accounted for as an agent would. No shell, no files, no environment of a host.
import { createOutputMatcher } from '@edgedag/core/expr/pattern'
import { writtenNumbers } from '@edgedag/core/expr/policy'
import { resolveStep, type StepPlan } from '@edgedag/core/expr/step-plan'
import { evaluateAfter } from '@edgedag/core/expr/step-result'
import type { StepInput } from '@edgedag/core/expr/step-scope'
import type { Facts, LogEnd, Plan, PlanItem } from '@edgedag/core/protocol/frames'
import { nodeOf } from '@edgedag/core/run/graph'
import type { Step } from '@edgedag/core/spec/dag'
import { EDGE_PORTS, type EdgeWorld, type Event, toStepResult } from './edge-world.ts'
import { EDGE_EXECUTORS, type EdgeEnd } from './executors.ts'

export type StepItem = Extract<PlanItem, { kind: 'step' }>

/** Where a log ends: inline, or in blob storage with the event that says so. */
export type LogSink = (
  log: { step: string; attempt: number; stream: 'stdout' | 'stderr' },
  text: string,
) => Promise<{ end: LogEnd; segment?: Event<'segment'> }>

export interface EdgeStepPorts {
  now(): number
  log: LogSink
}

export interface EdgeStepEnd {
  events: (Event<'started'> | Event<'finished'> | Event<'segment'>)[]
  finished: Event<'finished'>
}

type Fields = Omit<Event<'finished'>, 'type' | 'plan' | 'fence' | 'step' | 'attempt' | 'at'>

/** Runs one item of a plan. The run is prepared here. */
export async function runEdgeStep(
  world: EdgeWorld,
  { plan, fence }: Plan,
  item: StepItem,
  ports: EdgeStepPorts,
): Promise<EdgeStepEnd> {
  const of = { plan, fence, step: item.step, attempt: item.attempt }
  const finish = (fields: Fields): Event<'finished'> => ({ type: 'finished', ...of, at: ports.now(), ...fields })
  const alone = (fields: Fields): EdgeStepEnd => {
    const finished = finish(fields)
    return { events: [finished], finished }
  }
  const step = nodeOf(world.graph, item.step)
  if (step === undefined || world.scope === undefined)
    return alone({ outcome: 'failed', exitCode: 1, error: `there is no step ${item.step} in this DAG` })
  const input = inputOf(world, step, item)
  const resolved = await resolveStep(input)
  if (!resolved.ok) return alone({ outcome: 'failed', exitCode: 1, error: resolved.error.message })
  const { conditions } = resolved.value
  if (!conditions.met) {
    const error = conditions.failed ? conditions.results.find(result => !result.met)?.error : undefined
    const why = error === undefined ? {} : { error }
    return alone({ outcome: 'skipped', exitCode: 0, conditions: conditions.results, ...why })
  }
  const startedAt = ports.now()
  const end = await execute(step, resolved.value)
  const after = await conclude(input, resolved.value, end)
  const logs = await storeLogs(item, end, ports.log)
  const finished = finish({ ...after, ...logs.ends, startedAt })
  if (!world.graph.handlers.has(item.step)) world.results.record(item.step, toStepResult(resultOf(finished)))
  return { events: [{ type: 'started', ...of, at: startedAt }, ...logs.segments, finished], finished }
}

const inputOf = (world: EdgeWorld, step: Step, item: StepItem): StepInput => ({
  dag: world.dag,
  step,
  run: world.scope!,
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

const resultOf = ({ exitCode, outputs, structured }: Event<'finished'>) => ({ exitCode, outputs, structured })

async function execute(step: Step, plan: StepPlan): Promise<EdgeEnd> {
  const executor = Object.hasOwn(EDGE_EXECUTORS, step.type) ? EDGE_EXECUTORS[step.type] : undefined
  if (executor === undefined)
    return { exitCode: 1, error: `a step of type ${step.type} cannot run at the edge: it needs a runner`, stdout: '' }
  return executor.execute(step, plan)
}

/** Outcome, captured values and the facts that the Run's policies ask for. */
async function conclude(input: StepInput, plan: StepPlan, end: EdgeEnd): Promise<Fields> {
  const after = await evaluateAfter(input, plan, {
    exitCode: end.exitCode,
    stdout: measured(end.stdout),
    stderr: measured(end.stderr ?? ''),
  })
  const facts = { ...writtenNumbers(input.step, plan.policy), ...factsOf(input.step, end, after.repeatCondition) }
  const { outputs, structured } = after.result
  const error =
    after.problem?.message ?? (end.exitCode === 0 ? undefined : (end.error ?? `exit status ${end.exitCode}`))
  return {
    outcome: error === undefined ? 'succeeded' : 'failed',
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
  facts.continueOnOutput = [end.stdout, end.stderr ?? ''].some(text => {
    const matcher = createOutputMatcher(patterns)
    matcher.push(text)
    return matcher.end()
  })
  return facts
}

async function storeLogs(item: StepItem, end: EdgeEnd, sink: LogSink) {
  const ends: { stdout?: LogEnd; stderr?: LogEnd } = {}
  const segments: Event<'segment'>[] = []
  for (const stream of ['stdout', 'stderr'] as const) {
    const stored = await sink({ step: item.step, attempt: item.attempt, stream }, end[stream] ?? '')
    ends[stream] = stored.end
    if (stored.segment !== undefined) segments.push(stored.segment)
  }
  return { ends, segments }
}
