// What a step calls, as the host has evaluated it, becomes records of children; those that ended well before are kept.
import type { AgentEvent } from '../../protocol/frames.ts'
import {
  callRecord,
  childById,
  type Draft,
  findNode,
  putCall,
  putChild,
  putStep,
  removeChild,
  setTimer,
  stepOrFresh,
} from '../draft.ts'
import { beginTime } from '../event-times.ts'
import { overdueKey } from '../readiness.ts'
import type { PlanRecord } from '../state.ts'
import type { StepRecord } from '../step-record.ts'
import { type CallRecord, type ChildRecord, childKey } from './call-record.ts'
import { isGood, isOver } from './call-state.ts'
import { childRunId, sealedIdentity } from './child-id.ts'
import { keptAside } from './child-retry.ts'
import type { CalledDag, ChildRetry, RetryScope } from './child-types.ts'

type ChildrenEvent = Extract<AgentEvent, { type: 'children' }>
type Item = ChildrenEvent['items'][number]

/** Runs below each other; more is taken for a DAG that calls itself without end. */
export const MAX_DEPTH = 32

/** Takes in (a part of) what a step calls. The caller has checked plan, fence and attempt. */
export function takeChildren(d: Draft, plan: PlanRecord, event: ChildrenEvent, at: number): void {
  const call = event.from === 0 ? beginCall(d, plan, event, at) : callRecord(d, event.step)
  if (call?.phase !== 'gathering' || call.attempt !== event.attempt) return
  let { total, good, partial, bad } = call
  for (const item of event.items) {
    const added = attach(d, call, total, item)
    if (!added) continue
    total += 1
    if (added.status === 'succeeded') good += 1
    if (added.status === 'partially_succeeded') partial += 1
    if (isOver(added) && !isGood(added)) bad += 1
  }
  const gathered: CallRecord = { ...call, total, good, partial, bad }
  if (event.last && chosenOf(d, event.step)) d.head.chosen = { ...d.head.chosen!, made: true }
  putCall(d, event.last ? opened(d, gathered) : gathered)
}

function beginCall(d: Draft, plan: PlanRecord, event: ChildrenEvent, at: number): CallRecord {
  const { attempt, target, parallel, text, maxConcurrent = 0, workingDir } = event
  const before = stepOrFresh(d, event.step)
  const { again: _a, nextAt: _n, error: _e, finishedAt: _f, exitCode: _x, maybe: _m, lost: _l, ...rest } = before
  const host = d.head.runners.find(runner => runner.id === plan.runnerId)?.hostname
  putStep(d, {
    ...rest,
    status: 'running',
    attempt,
    startedAt: beginTime(d, event.step, at),
    ...(host !== undefined && { host }),
    ...(event.conditions && { conditions: event.conditions }),
  })
  const call: CallRecord = {
    step: event.step,
    attempt,
    phase: 'gathering',
    target,
    ...(text === undefined ? {} : { text }),
    ...numbers(d, event.step, before.doneCount),
    doneCount: before.doneCount,
    ...pushedBackOf(before),
    parallel,
    limit: maxConcurrent,
    ...(workingDir === undefined ? {} : { workingDir }),
    ...{ total: 0, next: 0, active: 0, waiting: 0, good: 0, partial: 0, bad: 0, outputSize: 0, stopped: 0 },
  }
  putCall(d, call)
  return call
}

const pushedBackOf = ({ pushedBack }: StepRecord): { pushedBack?: string } =>
  pushedBack ? { pushedBack: `${pushedBack.gate}/${pushedBack.iteration}` } : {}

/** A retry meets the children of the attempt before; a repetition, a loop that begins anew or a push-back makes new ones. */
function numbers(d: Draft, step: string, doneCount: number): { round: number; iteration: number } {
  const before = callRecord(d, step)
  if (!before) return { round: 0, iteration: 0 }
  const loops = findNode(d, step)?.repeatPolicy !== undefined
  // One child of the attempt before is to run again: it must be met.
  if (chosenOf(d, step) && !d.head.chosen?.made) return { round: before.round + 1, iteration: before.iteration }
  const isPushedBack = pushedBackOf(stepOrFresh(d, step)).pushedBack !== before.pushedBack
  const isNew =
    isPushedBack || doneCount > before.doneCount || (loops && before.bad === 0 && before.good + before.partial > 0)
  return { round: before.round + 1, iteration: before.iteration + (isNew ? 1 : 0) }
}

const chosenOf = ({ head }: Draft, step: string): ChildRetry | undefined =>
  head.chosen?.step === step ? head.chosen.child : undefined

const scopeOf = ({ id: _id, ...scope }: ChildRetry): RetryScope => scope

/** Gives a child its record; one that ended well before is kept. Undefined: an item before it has the same parameters. */
function attach(d: Draft, call: CallRecord, index: number, { params, sealed }: Item): ChildRecord | undefined {
  const { step, round } = call
  const id = childId(d, call, params, sealed?.tags)
  const before = childById(d, id)
  if (before?.step === step && before.round === round) return undefined
  const place = {
    ...{ key: childKey(step, round, index), step, round, index, id, params },
    ...(sealed === undefined ? {} : { sealed: sealed.text }),
  }
  if (before) removeChild(d, before.key)
  let child: ChildRecord = { ...place, attempt: 1, status: 'not_started' }
  const chosen = chosenOf(d, step)
  const isFirst = chosen !== undefined && !d.head.chosen?.made
  if (before && chosen && before.id !== chosen.id) child = { ...before, ...keptAside(before), ...place }
  else if (before && chosen && isOver(before) && (isFirst || !isGood(before)))
    child = { ...child, attempt: before.attempt + 1, ...(chosen.step === undefined ? {} : { again: scopeOf(chosen) }) }
  else if (before && isGood(before)) child = { ...before, ...place }
  else if (before && isOver(before)) child = { ...child, attempt: before.attempt + (before.refused ? 0 : 1) }
  else if (before) child = { ...child, attempt: before.attempt }
  putChild(d, child)
  return child
}

/** Sealed parameters are told apart by their tags. One of them is of the key under which the child was made, whatever is current now. */
function childId(d: Draft, { step, target, iteration }: CallRecord, params: string, tags?: readonly string[]): string {
  const texts = tags?.map(sealedIdentity) ?? [params]
  const of = { parentRunId: d.head.spec.runId, step, dag: target, iteration }
  const ids = texts.map(text => childRunId({ ...of, params: text }, d.ctx.sha256))
  return ids.find(id => childById(d, id)) ?? ids[0]!
}

/** All is told: the DAG is looked up, and a time limit begins. */
function opened(d: Draft, call: CallRecord): CallRecord {
  const limitSec = findNode(d, call.step)?.timeoutSec ?? 0
  if (limitSec > 0)
    setTimer(d, { key: overdueKey(call.step), due: d.ctx.now + limitSec * 1000, kind: 'overdue', step: call.step })
  const depth = d.head.spec.parent?.depth ?? 0
  if (depth >= MAX_DEPTH) {
    const error = `the call of ${call.target} is ${depth + 1} runs deep, ${MAX_DEPTH} are allowed: does a DAG call itself?`
    return { ...call, phase: 'concluding', error }
  }
  const isLocal = call.text === undefined && d.dag.localDags.some(dag => dag.name === call.target)
  if (isLocal) return { ...call, phase: 'running', dag: { kind: 'local', name: call.target } }
  d.commands.push(resolveCommand(call))
  return { ...call, phase: 'resolving' }
}

export const resolveCommand = ({ step, attempt, target, text }: CallRecord) => ({
  type: 'resolve_call' as const,
  step,
  attempt,
  target,
  ...(text === undefined ? {} : { text }),
})

/** The DAG that a step calls was found and pinned, or was not. */
export function callResolved(
  d: Draft,
  event: { step: string; attempt: number; dag?: CalledDag; error?: string },
): void {
  const call = callRecord(d, event.step)
  if (call?.phase !== 'resolving' || call.attempt !== event.attempt) return
  const { text: _text, ...rest } = call
  if (event.dag) putCall(d, { ...rest, phase: 'running', dag: event.dag })
  else putCall(d, { ...rest, phase: 'concluding', error: event.error ?? `the DAG ${call.target} was not found` })
}
