// May this person decide this now? Promise: what is refused changes nothing, and says who was first, or what is missing.
import { utf8Length } from '../expr/scope.ts'
import { isReadOnly } from '../expr/special-variables.ts'
import { err, ok, type Result } from '../result.ts'
import type { Dag, Step } from '../spec/dag.ts'
import { pushBacksOf } from './approval/push-backs.ts'
import { rewound } from './approval/rewind.ts'
import { indexOf } from './derived.ts'
import type { Decision } from './events.ts'
import { graphOf } from './graph.ts'
import type { RunState } from './state.ts'
import type { StepRecord } from './step-record.ts'
import { clock } from './summary.ts'

export interface DecisionRefusal {
  code: 'not_found' | 'bad_request' | 'conflict'
  message: string
  /** Of a conflict: what was decided before, by whom (empty: nobody who is known) and when (RFC 3339). */
  decided?: { decision: 'approve' | 'reject' | 'push_back'; by: string; at: string }
}

/** Inputs of one decision: so many, of so many bytes in all. */
export const MAX_INPUTS = 50
export const MAX_INPUT_BYTES = 16 * 1024

const refuse = (code: DecisionRefusal['code'], message: string): Result<never, DecisionRefusal> =>
  err({ code, message })

/**
 * The step (found by name or id) about which may be decided. `iteration`: push-backs that the person knew of; another number means
 * that somebody was faster.
 */
export function checkDecision(
  state: RunState,
  dag: Dag,
  name: string,
  decision: Decision,
  iteration?: number,
): Result<string, DecisionRefusal> {
  const step = dag.steps.find(each => each.name === name) ?? dag.steps.find(each => each.id === name)
  if (!step) return refuse('not_found', `step ${name} not found in DAG ${dag.name}`)
  const record = state.steps.get(step.name)
  const before = earlierDecision(state, step, record, iteration) ?? underWay(state, dag, step, decision)
  if (before) return err(before)
  if (record?.status !== 'waiting' || !record.approval)
    return refuse(
      'bad_request',
      `step ${step.name} is not waiting for approval (status: ${record?.status ?? 'not_started'})`,
    )
  if (state.head.stop) return refuse('conflict', 'the run is being stopped')
  const calling = decision.decision === 'push_back' ? openCallBehind(state, dag, step) : undefined
  if (calling !== undefined)
    return refuse(
      'conflict',
      `step ${calling} would run again, and the runs that it has called are not over; push back when they are, or stop them`,
    )
  const problem = decision.decision === 'reject' ? null : inputProblem(step, decision)
  return problem === null ? ok(step.name) : refuse('bad_request', problem)
}

/** A step that a push-back would reset while runs that it has called go on. */
function openCallBehind(state: RunState, dag: Dag, { name }: Step): string | undefined {
  const { openCalls } = indexOf(state, dag)
  const names = openCalls.size === 0 ? new Set<string>() : rewound(graphOf(dag), name)
  return [...openCalls].find(step => names.has(step))
}

/** While what another push-back stops is still being ended, nothing that it resets can be decided, and no second one can begin. */
function underWay({ head }: RunState, dag: Dag, step: Step, { decision }: Decision): DecisionRefusal | null {
  const { rewind } = head
  const by = rewind && dag.steps.find(({ name }) => name === rewind.step)
  if (!rewind || !by) return null
  const { message, ...refusal } = taken(by, 'push_back', rewind)
  if (rewound(graphOf(dag), by.name).has(step.name))
    return { ...refusal, message: `${message}, and step ${step.name} runs again with it` }
  if (decision !== 'push_back') return null
  return { ...refusal, message: `${message}, which is still ending what ran; push ${step.name} back when it is done` }
}

function earlierDecision(
  { head, steps }: RunState,
  step: Step,
  record: StepRecord | undefined,
  iteration: number | undefined,
): DecisionRefusal | null {
  if (!step.approval || !record) return null
  const { rewind } = head
  if (rewind?.step === step.name) return taken(step, 'push_back', rewind)
  const lookup = (name: string) => steps.get(name)
  const pushed = pushBacksOf(record, lookup).at(-1)
  const isNewer = iteration !== undefined && iteration !== (pushed?.iteration ?? 0)
  if (record.status === 'waiting') return isNewer && pushed ? taken(step, 'push_back', pushed) : null
  if (record.approval?.approved) return taken(step, 'approve', record.approval.approved)
  if (record.approval?.rejected) return taken(step, 'reject', record.approval.rejected)
  return pushed && record.pushedBack?.gate === step.name ? taken(step, 'push_back', pushed) : null
}

const WORDS = { approve: 'approved', reject: 'rejected', push_back: 'pushed back' } as const

function taken(step: Step, decision: keyof typeof WORDS, { by, at }: { by: string; at: number }): DecisionRefusal {
  const when = clock(at)
  const message = `step ${step.name} was ${WORDS[decision]} by ${by || 'somebody'} at ${when}`
  return { code: 'conflict', message, decided: { decision, by, at: when } }
}

function inputProblem(
  { approval }: Step,
  { decision, inputs }: Exclude<Decision, { decision: 'reject' }>,
): string | null {
  const { input = [], required = [] } = approval ?? {}
  const names = Object.keys(inputs)
  const missing = decision === 'approve' ? required.filter(name => (inputs[name] ?? '').trim() === '') : []
  if (missing.length > 0) return `missing required inputs: [${missing.join(' ')}]`
  if (names.length > MAX_INPUTS) return `${names.length} inputs are given; at most ${MAX_INPUTS} are accepted`
  const bytes = utf8Length(JSON.stringify(inputs))
  if (bytes > MAX_INPUT_BYTES) return `the inputs have ${bytes} bytes; at most ${MAX_INPUT_BYTES} are accepted`
  const bad = names.find(name => isReadOnly(name) || (!input.includes(name) && !mayBeGiven(name)))
  if (bad === undefined) return null
  const known = input.length === 0 ? '' : ` (the step asks for ${input.join(', ')})`
  return `${JSON.stringify(bad)} cannot be given as an input: it is no free name of a variable${known}`
}

/** Variables that decide what programs are run, or with what code: only the DAG's author may ask for those. */
const POWERFUL =
  /^(PATH|ENV|IFS|HOME|SHELL|PS4|BASH_.*|SHELLOPTS|BASHOPTS|LD_.*|DYLD_.*|NODE_OPTIONS|PYTHON.*|PERL.*|RUBY.*|JAVA_TOOL_OPTIONS|GIT_.*|DAG_.*|DAGU_.*|EDGEDAG_.*)$/

const mayBeGiven = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name) && !POWERFUL.test(name)
