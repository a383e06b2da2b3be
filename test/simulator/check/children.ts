// Runs that a run has called, when everything has come to rest: each was made once, is over before its parent, and has ended as its
// parent believes.
import type { RunState } from '@edgedag/core/run/state'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/types'
import type { CalledRun } from '../schedule/children.ts'
import { againstTruth } from './end.ts'
import type { History } from './history.ts'
import { replay } from './journal.ts'
import type { Truth } from './truth.ts'

export interface ChildrenChecked {
  problems: string[]
  isDisturbed: boolean
  /** How each child of the last call has ended, by step and parameters; a child that was never made is absent. */
  statuses: Map<string, string>
}

export const childKey = (step: string, params: string): string => `${step}\n${params}`

/** `historyOf` answers null where there is nothing of a run. */
export function checkChildren(
  parent: RunState,
  called: readonly CalledRun[],
  truth: Truth,
  historyOf: (runId: string) => History | null,
): ChildrenChecked {
  const checked: ChildrenChecked = { problems: [], isDisturbed: false, statuses: new Map() }
  const records = new Map([...parent.children.values()].map(child => [child.id, child]))
  for (const { runId, step, params, sealed, iteration, dag } of called) {
    const isLast = iteration === (parent.calls.get(step)?.iteration ?? 0)
    const say = (text: string): void => void checked.problems.push(`child ${runId} of ${step}: ${text}`)
    const own = truth.runs.get(runId)!
    const record = records.get(runId)
    const history = historyOf(runId)
    if (record === undefined && history !== null) say('its parent does not know it')
    if (history === null) {
      if (own.executions.length > 0) say('it was executed, and there is nothing of it')
      if (isLast && parent.steps.get(step)?.status === 'succeeded' && record?.refused !== true)
        say('it was never made, and the step has succeeded')
      continue
    }
    const { state, broken, isDisturbed } = replay(history, dag)
    checked.isDisturbed ||= isDisturbed
    const given = state.head.spec
    if (given.sealedParams !== sealed || given.params !== (sealed === undefined ? params : undefined))
      say(`it was given ${given.sealedParams ?? JSON.stringify(given.params)} for parameters`)
    if (isLast) checked.statuses.set(childKey(step, params), state.head.status)
    for (const text of [...broken, ...againstTruth(state, own)]) say(text)
    if (!TERMINAL_RUN_STATUSES.has(state.head.status)) {
      say(`it is ${state.head.status}, and its parent has ended`)
      continue
    }
    if (own.isAbandoned || record === undefined) continue
    if ((state.head.finishedAt ?? 0) > (parent.head.finishedAt ?? 0)) say('it ended after its parent')
    if (record.attempt === state.head.attempt && record.status !== state.head.status)
      say(`it is ${state.head.status}, and its parent has it as ${record.status}`)
  }
  for (const child of records.values())
    if (!called.some(each => each.runId === child.id)) checked.problems.push(`child ${child.id} was never asked for`)
  return checked
}
