// The end of one attempt of a node: its record, and what the policies make of it.
import type { AgentEvent } from '../protocol/frames.ts'
import type { Step } from '../spec/dag.ts'
import { overTime } from './children/call-result.ts'
import { closeCall } from './children/call-state.ts'
import {
  callRecord,
  clearTimer,
  type Draft,
  findNode,
  isHandler,
  putStep,
  setTimer,
  stepOrFresh,
  tellContext,
} from './draft.ts'
import { beginTime } from './event-times.ts'
import { handlerSettled } from './handlers.ts'
import { putLogEnd } from './logs.ts'
import { type AttemptEnd, afterAttempt, type Outcome } from './policies.ts'
import { againKey, overdueKey, settle } from './readiness.ts'
import { isHalting } from './run-status.ts'
import type { StepRecord } from './step-record.ts'

type Finished = Extract<AgentEvent, { type: 'finished' }>

/** A retry or repeat that is due sooner than this keeps its room (DESIGN section 3). */
export const HOLD_ROOM_MS = 10_000

/** Takes in the agent's account of an attempt. The caller has checked plan, fence and attempt. */
export function finishStep(d: Draft, said: Finished, at: number): void {
  const step = findNode(d, said.step)
  if (!step) return
  const event: Finished = isOfCallOverTime(d, said) ? { ...said, outcome: 'timed_out' } : said
  const before = stepOrFresh(d, event.step)
  const end: AttemptEnd = { outcome: event.outcome, exitCode: exitCodeOf(event), facts: event.facts }
  const started = before.attempt === event.attempt && before.status === 'running' && !before.again
  const record: StepRecord = {
    ...results(before, event),
    attempt: event.attempt,
    result: event.attempt,
    exitCode: end.exitCode,
  }
  if (event.startedAt !== undefined && !started)
    record.startedAt = beginTime(d, event.step, Math.min(event.startedAt, at))
  // The host's clock may have gone back meanwhile.
  record.finishedAt = Math.max(at, record.startedAt ?? at)
  putLogEnd(d, event)
  conclude(d, step, before, record, end)
}

/** The host publishes what such a call leaves; how it ended only the Run knows. */
function isOfCallOverTime(d: Draft, { step, attempt, outcome }: Finished): boolean {
  const call = callRecord(d, step)
  return outcome === 'failed' && call?.attempt === attempt && call.timedOut === true
}

/** Ends an attempt that nobody can account for: it counts as failed. */
export function loseAttempt(d: Draft, name: string, step: Step, attempt: number, why: string): void {
  const before = stepOrFresh(d, name)
  const record = {
    ...bare(before),
    attempt,
    result: attempt,
    finishedAt: d.ctx.now,
    exitCode: -1,
    lost: true,
    error: why,
  }
  tellContext(d)
  conclude(d, step, before, record, { outcome: 'lost', exitCode: -1, facts: undefined })
}

/** Ends the running attempt of a node that is over its time limit; `why` adds to the sentence. */
export function timeOutAttempt(d: Draft, name: string, step: Step, why = ''): void {
  const before = stepOrFresh(d, name)
  const error = `${overTime(step.timeoutSec)}${why}`
  const record = { ...bare(before), result: before.attempt, finishedAt: d.ctx.now, exitCode: 124, error }
  tellContext(d)
  conclude(d, step, before, record, { outcome: 'timed_out', exitCode: 124, facts: undefined })
}

/** Ends a node that was prevented from running, or killed, without an account of the agent. */
export function abortNode(d: Draft, name: string, why: string): void {
  const before = stepOrFresh(d, name)
  const record: StepRecord = {
    ...bare(before),
    result: before.attempt,
    status: 'aborted',
    error: why,
    finishedAt: d.ctx.now,
  }
  if (record.result > 0) tellContext(d)
  settle(d, record)
  closeCall(d, name)
  if (isHandler(d, name)) handlerSettled(d, name)
}

function conclude(d: Draft, step: Step, before: StepRecord, record: StepRecord, end: AttemptEnd): void {
  clearTimer(d, overdueKey(record.name))
  const decision = afterAttempt(step, before, end, mayNotGoOn(d, record.name))
  closeCall(d, record.name)
  if (decision.kind === 'settle') {
    const executed = end.outcome !== 'skipped' && end.outcome !== 'aborted'
    const status = decision.status === 'succeeded' && isPartial(d, record) ? 'partially_succeeded' : decision.status
    const settled: StepRecord = { ...record, status, doneCount: before.doneCount + (executed ? 1 : 0) }
    if (settled.status === 'waiting') {
      // Nobody is asked about a handler.
      if (isHandler(d, record.name)) settled.status = 'succeeded'
      else settled.approval = { since: d.ctx.now }
    }
    if (decision.covered) settled.covered = true
    if (decision.error && settled.error === undefined) settled.error = decision.error
    settle(d, settled)
    if (isHandler(d, record.name)) handlerSettled(d, record.name)
    return
  }
  const next: StepRecord =
    decision.kind === 'retry'
      ? { ...record, status: 'retrying', retryCount: before.retryCount + 1, retriedAt: d.ctx.now }
      : { ...record, status: 'running', doneCount: before.doneCount + 1, repeated: true }
  scheduleAgain(d, next, decision.delayMs)
}

function scheduleAgain(d: Draft, record: StepRecord, delayMs: number): void {
  if (delayMs <= 0) {
    putStep(d, { ...record, again: true })
    return
  }
  const due = d.ctx.now + delayMs
  putStep(d, { ...record, nextAt: due })
  setTimer(d, { key: againKey(record.name), due, kind: 'again', step: record.name, hold: delayMs < HOLD_ROOM_MS })
}

/** A call some of whose children succeeded only in part. */
function isPartial(d: Draft, { name, attempt }: StepRecord): boolean {
  const call = callRecord(d, name)
  return call?.attempt === attempt && call.partial > 0 && call.bad === 0
}

/** Handlers run outside what ended the steps; only a stop of their own ends their retries and loops. */
export function mayNotGoOn(d: Draft, name: string): boolean {
  return isHandler(d, name) ? d.head.stop !== null && !d.head.stop.answered : isHalting(d)
}

function exitCodeOf(event: Finished): number {
  return event.outcome === 'timed_out' ? 124 : event.exitCode
}

/** The record without what belongs to the attempt before. */
function bare(before: StepRecord): StepRecord {
  const {
    error: _e,
    exitCode: _x,
    again: _a,
    nextAt: _n,
    covered: _c,
    lost: _l,
    conditions: _k,
    pid: _p,
    finishedAt: _f,
    ...rest
  } = before
  return rest
}

function results(before: StepRecord, event: Finished): StepRecord {
  const record = bare(before)
  if (event.error !== undefined) record.error = event.error
  if (event.outcome === 'lost') record.lost = true
  if (event.conditions) record.conditions = event.conditions
  delete record.outputs
  delete record.structured
  delete record.sealed
  if (event.outputs) record.outputs = event.outputs
  if (event.structured) record.structured = event.structured
  if (event.sealed !== undefined) record.sealed = event.sealed
  if (event.stdoutPath) record.stdoutPath = event.stdoutPath
  if (event.stderrPath) record.stderrPath = event.stderrPath
  if (event.commands) record.commands = event.commands
  const limits = { ...before.limits }
  if (event.facts?.retryLimit !== undefined) limits.retry = event.facts.retryLimit
  if (event.facts?.retryIntervalSec !== undefined) limits.retryInterval = event.facts.retryIntervalSec
  if (Object.keys(limits).length > 0) record.limits = limits
  if (event.outcome === 'skipped' && event.error === undefined) record.error = unmet(event)
  return record
}

function unmet(event: Finished): string {
  return event.conditions?.find(condition => !condition.met)?.error ?? 'precondition not met'
}

export type { Outcome }
