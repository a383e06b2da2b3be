// What a Run believes of its steps against what has really happened.
import type { RunState } from '@edgedag/core/run/state'
import type { RunStatus } from '@edgedag/core/run/status'
import { hasEffect } from '../schedule/edge-steps.ts'
import { stepOf, type TrueRun } from './truth.ts'

/** How often a step has changed something outside. */
export type EffectsOf = (runId: string, step: string) => number

/** Each attempt of a step with an effect has had it once at most, and one that has succeeded has had it. */
function* againstOutside({ steps }: RunState, { runId, dag }: TrueRun, effects: EffectsOf): Generator<string> {
  for (const step of dag.steps.filter(hasEffect)) {
    const record = steps.get(step.name)
    const count = effects(runId, step.name)
    if (count > (record?.attempt ?? 0)) yield `step ${step.name} was done ${count} times in ${record?.attempt} attempts`
    if (record?.status === 'succeeded' && record.exitCode === 0 && record.manual === undefined && count === 0)
      yield `step ${step.name} is succeeded, and nothing has come of it`
  }
}

/** It never began: another run of its concurrency key was in its way, or took its place. */
export const gaveWay = (status: RunStatus, { dag, executions }: TrueRun): boolean =>
  status === 'aborted' && executions.length === 0 && (dag.concurrency?.onConflict ?? 'queue') !== 'queue'

/** What the Run believes of its steps has really happened, and what has happened it knows. */
export function* againstTruth(state: RunState, truth: TrueRun, effects: EffectsOf): Generator<string> {
  for (const { step, attempt } of truth.executions) {
    if ((state.steps.get(step)?.attempt ?? 0) < attempt)
      yield `attempt ${attempt} of ${step} was executed, and the run does not know of it`
  }
  if (truth.isAtEdge) {
    if (truth.executions.length > 0) yield 'it belongs to the edge, and a host has executed steps of it'
    return yield* againstOutside(state, truth, effects)
  }
  for (const record of state.steps.values()) {
    if (record.status !== 'succeeded' || record.manual !== undefined) continue
    if (stepOf(truth.dag, record.name)?.call !== undefined) continue
    const execution = truth.executions.find(each => each.step === record.name && each.attempt === record.result)
    const failedAndCovered = truth.dag.steps.find(each => each.name === record.name)?.continueOn?.markSuccess === true
    const repeated = truth.dag.steps.find(each => each.name === record.name)?.repeatPolicy !== undefined
    if (execution === undefined && failedAndCovered) continue
    if (execution === undefined)
      yield `step ${record.name} is succeeded, and attempt ${record.result} of it was never executed`
    else if (execution.exitCode !== 0 && !failedAndCovered && !repeated)
      yield `step ${record.name} is succeeded, and exited with ${execution.exitCode}`
  }
}
