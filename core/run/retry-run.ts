// A new attempt of a finished run (semantics 13): what did not succeed and everything behind it runs again, or one step only.

import { AUTO } from '../schedule/auto-retry.ts'
import { freshAttempt } from './attempt-head.ts'
import { type Draft, putStep, stepRecord } from './draft.ts'
import type { RunEvent } from './events.ts'
import { tellDag } from './give-back.ts'
import { downstream } from './graph.ts'
import { again, goOnFrom } from './onward.ts'
import { returnHome } from './placement/place.ts'
import { cleared } from './reset.ts'
import type { StepRecord } from './step-record.ts'

type Retry = Extract<RunEvent, { type: 'retry_requested' }>

export function retryRun(d: Draft, event: Retry): void {
  const { head } = d
  if (head.phase !== 'ended') return
  if (event.step !== undefined && !d.graph.position.has(event.step)) return
  newAttempt(d, event)
  tellDag(d)
  if (event.step === undefined) for (const name of toReset(d)) reset(d, name)
  else if (event.onward) resetOnward(d, event.step)
  else again(d, event.step)
  for (const name of d.graph.handlers.keys()) if (stepRecord(d, name)) reset(d, name)
}

/** A failed run that will not be retried by itself any more counts as aborted; its steps stay as they are. */
export function cancelRetry(d: Draft): void {
  const { head } = d
  if (head.phase !== 'ended' || head.status !== 'failed') return
  head.status = 'aborted'
  head.outcome = 'aborted'
  tellDag(d)
}

/** A step and all behind it. */
function resetOnward(d: Draft, from: string): void {
  const names = downstream(d.graph, [from])
  for (const name of names) reset(d, name)
  goOnFrom(d, from, names)
}

function newAttempt(d: Draft, event: Retry): void {
  const { head } = d
  returnHome(head)
  Object.assign(head, {
    ...freshAttempt(),
    attempt: head.attempt + 1,
    attemptId: d.ctx.newId(6),
    trigger: 'retry',
    ...(head.isMailed === undefined ? {} : { isMailed: false }),
    ...(event.by === AUTO ? { autoRetries: (head.autoRetries ?? 0) + 1 } : {}),
    only: event.onward ? null : (event.step ?? null),
    ...(event.step !== undefined && event.child
      ? { chosen: { step: event.step, child: event.child } }
      : head.chosen && { chosen: null }),
    slot: event.slot ?? head.slot,
    ...(d.head.profile === undefined ? {} : { profile: null }),
    contextRev: 0,
    timeoutLeftMs: null,
    // The host may have put its account of the run away: its count may start again. Fences keep old reports out.
    runners: head.runners.map(runner => ({ ...runner, seq: 0, rev: 0 })),
  } satisfies Partial<typeof head>)
}

/** Steps that did not succeed and everything behind them; what was skipped or succeeded before them stays. */
function toReset(d: Draft): Set<string> {
  const open = d.graph.steps.filter(step => !stays(stepRecord(d, step.name)))
  return downstream(
    d.graph,
    open.map(step => step.name),
  )
}

function stays(record: StepRecord | undefined): boolean {
  const status = record?.status
  return status === 'succeeded' || status === 'skipped' || status === 'partially_succeeded'
}

function reset(d: Draft, name: string): void {
  const record = stepRecord(d, name)
  if (record) putStep(d, cleared(record))
}
