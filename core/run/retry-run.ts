// A new attempt of a finished run (semantics 13): what did not succeed and everything behind it runs again, or one step only.
import { type Draft, putStep, stepRecord } from './draft.ts'
import { tellDag } from './give-back.ts'
import { cleared } from './reset.ts'
import { freshStep, type StepRecord } from './state.ts'
import type { RunEvent } from './types.ts'

type Retry = Extract<RunEvent, { type: 'retry_requested' }>

export function retryRun(d: Draft, event: Retry): void {
  const { head } = d
  if (head.phase !== 'ended') return
  if (event.step !== undefined && !d.graph.position.has(event.step)) return
  newAttempt(d, event)
  tellDag(d)
  if (event.step === undefined) for (const name of toReset(d)) reset(d, name)
  else putStep(d, { ...cleared(stepRecord(d, event.step) ?? freshStep(event.step)), status: 'retrying', again: true })
  for (const name of d.graph.handlers.keys()) if (stepRecord(d, name)) reset(d, name)
}

function newAttempt(d: Draft, event: Retry): void {
  const { head } = d
  Object.assign(head, {
    attempt: head.attempt + 1,
    attemptId: d.ctx.newId(6),
    trigger: 'retry',
    status: 'queued',
    phase: 'steps',
    startedAt: null,
    finishedAt: null,
    preparedOn: null,
    initDone: false,
    conditions: null,
    stop: null,
    cancel: null,
    timedOut: false,
    error: null,
    handlerQueue: [],
    handlerFailed: false,
    outcome: null,
    only: event.step ?? null,
    slot: event.slot ?? head.slot,
    logsSettled: false,
    ...(d.head.profile === undefined ? {} : { profile: null }),
    contextRev: 0,
    timeoutLeftMs: null,
    // The host may have put its account of the run away: its count may start again. Fences keep old reports out.
    runners: head.runners.map(runner => ({ ...runner, seq: 0, rev: 0 })),
  } satisfies Partial<typeof head>)
}

/** Steps that did not succeed and everything behind them; what was skipped or succeeded before them stays. */
function toReset(d: Draft): Set<string> {
  const { graph } = d
  const names = new Set<string>()
  const queue = graph.steps.flatMap((step, i) => (stays(stepRecord(d, step.name)) ? [] : [i]))
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    const name = graph.steps[i]!.name
    if (names.has(name)) continue
    names.add(name)
    queue.push(...graph.dependents[i]!)
  }
  return names
}

function stays(record: StepRecord | undefined): boolean {
  const status = record?.status
  return status === 'succeeded' || status === 'skipped' || status === 'partially_succeeded'
}

function reset(d: Draft, name: string): void {
  const record = stepRecord(d, name)
  if (record) putStep(d, cleared(record))
}
