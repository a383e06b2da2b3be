// The children of a run: started within their limits, stopped, settled in batches. Promise: a batch is one transition that costs as
// much as the batch, whatever the size of the call; what was started is derived again from state until it is known to have arrived.

import { resumeByChild } from '../approval/wait.ts'
import {
  callRecord,
  childById,
  childRecord,
  clearTimer,
  type Draft,
  findNode,
  putCall,
  putChild,
  putStep,
  setTimer,
  stepOrFresh,
  timerRecord,
} from '../draft.ts'
import { abortNode, mayNotGoOn, timeOutAttempt } from '../finish-step.ts'
import { overdueKey } from '../readiness.ts'
import { TERMINAL_RUN_STATUSES } from '../status.ts'
import { type CallRecord, type ChildRecord, childKey } from './call-record.ts'
import { closeCall, isOver } from './call-state.ts'
import type { ChildNews } from './child-types.ts'

/**
 * Children that one transition starts or stops at most: each is a few requests to other objects, and everybody else's stand behind them.
 * Measured: what people read takes four times as long with 20 as with 5; the run as a whole takes about as long.
 */
export const CHILD_BATCH = 5

/** Sealed outputs that are kept of one child; of more only what is shown of them reaches its parent. */
const MAX_SEALED_OUTPUTS = 512 * 1024

export const CHILDREN_TIMER = 'children'

// ---- what children say

/** Takes in news of children. Older news than what is known, and news of former attempts, change nothing. */
export function takeNews(d: Draft, list: readonly ChildNews[]): void {
  for (const news of list) {
    const child = childById(d, news.id)
    if (!child || news.attempt < child.attempt) continue
    const call = callRecord(d, child.step)
    const isCurrent = call !== undefined && call.round === child.round && child.index < call.next
    if (isOver(child)) {
      if (news.amended && news.attempt === child.attempt) amendChild(d, child, isCurrent ? call : undefined, news)
      continue
    }
    if (TERMINAL_RUN_STATUSES.has(news.status)) settleChild(d, child, isCurrent ? call : undefined, news)
    else if (isCurrent) noteWaiting(d, child, call, news.status === 'waiting')
  }
}

function settleChild(d: Draft, child: ChildRecord, call: CallRecord | undefined, news: ChildNews): void {
  const size = news.outputs === undefined ? 0 : JSON.stringify(news.outputs).length
  const fits = (call?.outputSize ?? 0) + size <= d.dag.maxOutputSize
  const sealed = fits && sizeOf(news.sealedOutputs) <= MAX_SEALED_OUTPUTS ? news.sealedOutputs : undefined
  if (sealed) d.head.sealedOutputs = true
  putChild(d, {
    ...child,
    attempt: news.attempt,
    status: news.status,
    ...(news.startedAt === null ? {} : { startedAt: news.startedAt }),
    ...(news.finishedAt === null ? {} : { finishedAt: news.finishedAt }),
    ...(news.runner === null ? {} : { runner: news.runner }),
    ...(news.error === undefined ? {} : { error: news.error }),
    ...(news.outputs && fits ? { outputs: news.outputs } : {}),
    ...(sealed && { sealedOutputs: sealed }),
    ...(news.refused ? { refused: true } : {}),
  })
  if (!call) return
  const active = call.active - 1
  putCall(d, {
    ...recounted(call, news.status, 1),
    active,
    phase: active === 0 && d.head.phase === 'ended' ? 'over' : call.phase,
    waiting: call.waiting - (child.status === 'waiting' ? 1 : 0),
    outputSize: call.outputSize + size,
  })
}

const sizeOf = (sealed: ChildNews['sealedOutputs'] = []): number =>
  sealed.reduce((sum, { text }) => sum + text.length, 0)

/** The status of a step of a child that is over was set by hand: the next attempt of the call takes the child as it is now. */
function amendChild(d: Draft, child: ChildRecord, call: CallRecord | undefined, { status, error }: ChildNews): void {
  if (child.status === status || !TERMINAL_RUN_STATUSES.has(status)) return
  const { error: _error, ...rest } = child
  putChild(d, { ...rest, status, ...(error === undefined ? {} : { error }) })
  if (call) putCall(d, recounted(recounted(call, child.status, -1), status, 1))
}

/** The call with one child more, or less, that ended so. */
export function recounted(call: CallRecord, status: ChildRecord['status'], by: 1 | -1): CallRecord {
  if (status === 'succeeded') return { ...call, good: call.good + by }
  return status === 'partially_succeeded' ? { ...call, partial: call.partial + by } : { ...call, bad: call.bad + by }
}

function noteWaiting(d: Draft, child: ChildRecord, call: CallRecord, waits: boolean): void {
  if ((child.status === 'waiting') === waits) return
  putChild(d, { ...child, status: waits ? 'waiting' : 'running' })
  putCall(d, { ...call, waiting: call.waiting + (waits ? 1 : -1) })
}

// ---- what follows

interface Budget {
  left: number
  /** There is more to do than this transition may. */
  more: boolean
}

/** Starts, stops and closes what the calls of the run ask for now. */
export function advanceCalls(d: Draft): void {
  // While a batch is being carried out nothing further goes out.
  const waits = timerRecord(d, CHILDREN_TIMER) !== undefined
  const budget: Budget = { left: waits ? 0 : CHILD_BATCH, more: false }
  for (const step of d.index.openCalls) {
    const call = callRecord(d, step)
    if (call && call.phase !== 'gathering') advanceCall(d, call, budget)
  }
  if (waits) return
  if (budget.more) setTimer(d, { key: CHILDREN_TIMER, due: d.ctx.now, kind: 'children' })
}

function advanceCall(d: Draft, before: CallRecord, budget: Budget): void {
  let call = before
  const isGivenUp = stepOrFresh(d, call.step).result >= call.attempt
  const isPrevented = mayNotGoOn(d, call.step) || isGivenUp
  if ((isPrevented || call.timedOut) && (call.phase === 'running' || call.phase === 'resolving'))
    call = { ...call, phase: 'stopping' }
  if (call.phase === 'running') call = startMore(d, call, budget)
  if (call.phase === 'stopping') call = stopMore(d, call, budget)
  if (call.phase === 'running' && call.active === 0 && call.next >= call.total) {
    call = { ...call, phase: 'concluding' }
    clearTimer(d, overdueKey(call.step))
  }
  if (call !== before) putCall(d, call)
  showWaiting(d, call)
  if (call.phase === 'stopping' && call.active === 0) endStopped(d, call)
  else if (call.phase === 'concluding' && isPrevented && d.index.planOf.get(call.step) === null) endStopped(d, call)
}

function startMore(d: Draft, call: CallRecord, budget: Budget): CallRecord {
  let { next, active } = call
  while (next < call.total && (call.limit === 0 || active < call.limit) && budget.left > 0) {
    const child = childRecord(d, childKey(call.step, call.round, next))
    next += 1
    if (!child || isOver(child)) continue
    active += 1
    budget.left -= 1
    d.commands.push({ type: 'start_child', child: orderOf(call, child) })
  }
  budget.more ||= next < call.total && (call.limit === 0 || active < call.limit)
  return next === call.next ? call : { ...call, next, active }
}

function stopMore(d: Draft, call: CallRecord, budget: Budget): CallRecord {
  let { stopped } = call
  for (; stopped < call.next && budget.left > 0; stopped += 1) {
    const child = childRecord(d, childKey(call.step, call.round, stopped))
    if (!child || isOver(child)) continue
    budget.left -= 1
    d.commands.push(stopCommand(d.head, call, child))
  }
  budget.more ||= stopped < call.next
  return stopped === call.stopped ? call : { ...call, stopped }
}

/** The order that creates, retries or stops a child. */
export const orderOf = (call: CallRecord, child: ChildRecord) => ({
  id: child.id,
  attempt: child.attempt,
  params: child.params,
  ...(child.sealed === undefined ? {} : { sealed: child.sealed }),
  step: child.step,
  dag: call.dag!,
  ...(call.workingDir === undefined ? {} : { workingDir: call.workingDir }),
  ...(child.again === undefined ? {} : { again: child.again }),
})

export const stopCommand = (head: Draft['head'], call: CallRecord, child: ChildRecord) => ({
  type: 'stop_child' as const,
  child: orderOf(call, child),
  by: head.stop?.by ?? 'parent',
  abandon: head.phase === 'ended',
})

/** A call of which nothing but waiting children is left shows as waiting, and so does the run when it rests. */
function showWaiting(d: Draft, call: CallRecord): void {
  const record = stepOrFresh(d, call.step)
  if (record.attempt !== call.attempt || record.result >= call.attempt) return
  const isParked = call.phase === 'running' && call.active > 0 && call.waiting === call.active
  if (isParked === (record.status === 'waiting')) return
  putStep(d, { ...record, status: isParked ? 'waiting' : 'running' })
  if (!isParked) resumeByChild(d)
}

function endStopped(d: Draft, call: CallRecord): void {
  const step = findNode(d, call.step)
  // An attempt that was abandoned with its run has its result.
  if (stepOrFresh(d, call.step).result >= call.attempt) closeCall(d, call.step)
  // What its children have done until then is the result of a call over its time, as what a process has said is.
  else if (call.timedOut && call.phase === 'stopping' && !mayNotGoOn(d, call.step))
    putCall(d, { ...call, phase: 'concluding' })
  else if (call.timedOut && step) timeOutAttempt(d, call.step, step)
  else abortNode(d, call.step, d.head.timedOut ? 'the run timed out' : 'stopped')
}

/** The time limit of a call is over: its children are stopped. A call whose result is being published is let go on. */
export function timeOutCall(d: Draft, call: CallRecord): void {
  if (call.phase === 'running' || call.phase === 'resolving') putCall(d, { ...call, timedOut: true })
}

/** The run has ended without its children: they are told to end, and their last words still count. */
export function stopAbandoned(d: Draft): void {
  const budget: Budget = { left: CHILD_BATCH, more: false }
  for (const step of d.index.openCalls) {
    const call = callRecord(d, step)
    if (call?.phase === 'stopping') putCall(d, stopMore(d, call, budget))
  }
}
