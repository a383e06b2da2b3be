// What a called run tells the run that has called it, derived from its state alone.
import type { Dag } from '../../spec/dag.ts'
import { capturedVariables, sealedOutputs } from '../outputs.ts'
import type { RunState } from '../state.ts'
import { TERMINAL_RUN_STATUSES } from '../status.ts'
import type { ChildNews } from './child-types.ts'

/** The newest word of a run for its parent; outputs travel with the last one. */
export function newsOf(state: RunState, dag: Dag): ChildNews {
  const { head } = state
  const isOver = TERMINAL_RUN_STATUSES.has(head.status)
  const sealed = isOver ? sealedOutputs(state, dag) : []
  const error = isOver ? errorOf(state, dag) : undefined
  return {
    id: head.spec.runId,
    attempt: head.attempt,
    status: head.status,
    startedAt: head.startedAt,
    finishedAt: head.finishedAt,
    runner: head.hostname ?? head.runnerId,
    ...(error === undefined ? {} : { error }),
    ...(isOver && [...state.steps.values()].some(step => step.manual !== undefined) ? { amended: true } : {}),
    ...(isOver ? { outputs: capturedVariables(state, dag) } : {}),
    ...(sealed.length > 0 ? { sealedOutputs: sealed } : {}),
  }
}

/** Why a run is not a success: its own error, an unmet condition, or its first failed step. */
function errorOf({ head, steps }: RunState, dag: Dag): string | undefined {
  if (head.status === 'succeeded') return undefined
  if (head.error !== null) return head.error
  const unmet = head.cancel === 'precondition' ? head.conditions?.find(condition => !condition.met) : undefined
  if (unmet) return `precondition not met${unmet.error === undefined ? '' : `: ${unmet.error}`}`
  for (const { name } of dag.steps) {
    const record = steps.get(name)
    if (record?.status === 'failed') return `step ${name}: ${record.error ?? `exit status ${record.exitCode ?? 1}`}`
  }
  return undefined
}
