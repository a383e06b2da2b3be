// What follows from the end of an attempt (semantics 12): settle, retry or repeat. Pure decisions over plain values.
import type { Facts } from '../protocol/frames.ts'
import type { NumberOrExpression, Step } from '../spec/dag.ts'
import type { StepStatus } from './status.ts'
import type { StepRecord } from './step-record.ts'

export type Outcome = 'succeeded' | 'failed' | 'skipped' | 'aborted' | 'timed_out' | 'lost'

export type Decision =
  | { kind: 'settle'; status: StepStatus; covered: boolean; error?: string }
  | { kind: 'retry' | 'repeat'; delayMs: number }

export interface AttemptEnd {
  outcome: Outcome
  exitCode: number
  facts: Facts | undefined
}

/**
 * Decides after an attempt of `step`; `record` is the step before this result. With `halting` (stop, timeout of the run)
 * nothing is started again, and a loop that would have gone on counts as aborted.
 */
export function afterAttempt(step: Step, record: StepRecord, end: AttemptEnd, halting: boolean): Decision {
  if (end.outcome === 'skipped' || end.outcome === 'aborted')
    return { kind: 'settle', status: end.outcome, covered: false }
  const retryMs = halting ? null : retryDelay(step, record, end)
  if (retryMs !== null) return { kind: 'retry', delayMs: retryMs }
  const repeat = repeatDelay(step, record, end)
  if (repeat === 'error') {
    return {
      kind: 'settle',
      status: 'failed',
      covered: covers(step, end),
      error: 'the repeat condition could not be evaluated',
    }
  }
  if (repeat !== null) {
    return halting ? { kind: 'settle', status: 'aborted', covered: false } : { kind: 'repeat', delayMs: repeat }
  }
  const covered = covers(step, end)
  // A success by mark_success is one: its approval is asked for, too.
  if (end.outcome === 'succeeded' || (covered && marksSuccess(step, end)))
    return { kind: 'settle', status: step.approval ? 'waiting' : 'succeeded', covered: false }
  return { kind: 'settle', status: 'failed', covered }
}

/** Delay before the next try in ms, or null when there is none. */
export function retryDelay(step: Step, record: StepRecord, end: AttemptEnd): number | null {
  const policy = step.retryPolicy
  if (!policy || (end.outcome !== 'failed' && end.outcome !== 'lost')) return null
  if (policy.exitCodes.length > 0 && !policy.exitCodes.includes(end.exitCode)) return null
  const limit = end.facts?.retryLimit ?? record.limits?.retry ?? toNumber(policy.limit) ?? 0
  if (record.retryCount >= limit) return null
  const interval = end.facts?.retryIntervalSec ?? record.limits?.retryInterval ?? toNumber(policy.intervalSec) ?? 0
  return backoffMs(interval, policy.backoff, policy.maxIntervalSec, record.retryCount)
}

/** Delay before the next iteration in ms, null: the loop is over, `error`: its condition cannot be evaluated. */
export function repeatDelay(step: Step, record: StepRecord, end: AttemptEnd): number | null | 'error' {
  const policy = step.repeatPolicy
  if (!policy || (end.outcome !== 'succeeded' && end.outcome !== 'failed')) return null
  const done = record.doneCount + 1
  const limit = end.facts?.repeatLimit ?? toNumber(policy.limit)
  if (limit !== undefined && limit > 0 && done >= limit) return null
  if (policy.condition && end.facts?.repeatCondition === 'error') return 'error'
  if (!goesOn(step, end)) return null
  const interval = end.facts?.repeatIntervalSec ?? toNumber(policy.intervalSec) ?? 0
  const most = end.facts?.repeatMaxIntervalSec ?? toNumber(policy.maxIntervalSec)
  return backoffMs(interval, policy.backoff, most, done)
}

function goesOn(step: Step, end: AttemptEnd): boolean {
  const policy = step.repeatPolicy!
  const whileHolds = policy.mode === 'while'
  if (policy.condition)
    return end.facts?.repeatCondition !== undefined && (end.facts.repeatCondition === 'met') === whileHolds
  if (policy.exitCodes.length > 0) return policy.exitCodes.includes(end.exitCode) === whileHolds
  return (end.outcome === 'succeeded') === whileHolds
}

/** Does any clause of continue_on let dependents of this failure run? */
function covers(step: Step, end: AttemptEnd): boolean {
  const policy = step.continueOn
  if (!policy || end.outcome === 'succeeded') return false
  return policy.failure || policy.exitCodes.includes(end.exitCode) || end.facts?.continueOnOutput === true
}

/** As in the reference, a timed-out step and one whose exit code retry_policy leaves out are not marked succeeded. */
function marksSuccess(step: Step, end: AttemptEnd): boolean {
  const codes = step.retryPolicy?.exitCodes ?? []
  const leftOut = codes.length > 0 && !codes.includes(end.exitCode)
  return step.continueOn?.markSuccess === true && end.outcome === 'failed' && !leftOut
}

/** interval x factor^n seconds, capped, in ms; never negative, never over 366 days. */
export function backoffMs(
  intervalSec: number,
  factor: number | undefined,
  maxSec: number | undefined,
  n: number,
): number {
  const grown = intervalSec * (factor && factor > 1 ? factor ** n : 1)
  const capped = maxSec !== undefined && maxSec > 0 ? Math.min(grown, maxSec) : grown
  return Math.round(Math.min(Math.max(capped, 0), 366 * 86_400) * 1000)
}

function toNumber(value: NumberOrExpression | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}
