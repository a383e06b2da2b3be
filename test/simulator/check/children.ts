// Runs that a run has called, and those below them, when everything has come to rest: each was made once, is over before its parent,
// and has ended as its parent believes.
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { homeRunner } from '@edgedag/core/run/placement/place'
import type { RunState } from '@edgedag/core/run/state'
import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import { againstTruth, type EffectsOf } from './against-truth.ts'
import { compareWithExpected } from './expected.ts'
import type { History } from './history.ts'
import { replay } from './journal.ts'
import type { Looks } from './looks.ts'
import type { TrueRun } from './truth.ts'

export interface ChildrenChecked {
  problems: string[]
  isDisturbed: boolean
  /** How each child of the last call has ended, by step and parameters; a child that was never made is absent. */
  statuses: Map<string, string>
}

export const childKey = (step: string, params: string): string => `${step}\n${params}`

/** What is stored of a run; null: nothing. */
export type HistoryOf = (runId: string) => History | null

export interface ChildrenContext {
  historyOf: HistoryOf
  /** Somebody has stopped the run at the top. */
  isStopped: boolean
  /** Of the caller: what it has called may have been begun anywhere. */
  isParentDisturbed: boolean
  /** Times of two runs are not of one clock. */
  hasJumped: boolean
  looks: Looks
  effects: EffectsOf
}

/** The host on which calls are evaluated; undefined: none. */
function homeOf({ head }: RunState): string | undefined {
  const home = homeRunner(head)
  return home === null || home === EDGE_RUNNER ? undefined : home
}

export function checkChildren(parent: RunState, run: TrueRun, context: ChildrenContext): ChildrenChecked {
  const checked: ChildrenChecked = { problems: [], isDisturbed: false, statuses: new Map() }
  const records = new Map([...parent.children.values()].map(child => [child.id, child]))
  for (const { called, run: own } of run.children) {
    const { runId, step, params, sealed, iteration } = called
    const isLast = iteration === (parent.calls.get(step)?.iteration ?? 0)
    const say = (text: string): void => void checked.problems.push(`child ${runId} of ${step}: ${text}`)
    const record = records.get(runId)
    const history = context.historyOf(runId)
    if (record === undefined && history !== null) say('its parent does not know it')
    if (history === null) {
      if (own.executions.length > 0) say('it was executed, and there is nothing of it')
      if (isLast && parent.steps.get(step)?.status === 'succeeded' && record?.refused !== true)
        say('it was never made, and the step has succeeded')
      continue
    }
    const leaks = [...context.looks.stored(history)]
    const replayed = replay(history, own.dag)
    const { state, broken, isDisturbed } = replayed
    const below = checkChildren(state, own, { ...context, isParentDisturbed: isDisturbed })
    checked.isDisturbed ||= isDisturbed || below.isDisturbed
    const given = state.head.spec
    if (given.sealedParams !== sealed || given.params !== (sealed === undefined ? params : undefined))
      say(`it was given ${given.sealedParams ?? JSON.stringify(given.params)} for parameters`)
    const home = homeOf(parent)
    if (!context.isParentDisturbed && own.dag.workerSelector === undefined && given.parent?.runnerId !== home)
      say(`it follows ${given.parent?.runnerId}, and its caller is at home on ${home}`)
    if (isLast) checked.statuses.set(childKey(step, params), state.head.status)
    for (const text of [
      ...leaks,
      ...broken,
      ...context.looks.replayed(runId, replayed, history),
      ...below.problems,
      ...againstTruth(state, own, context.effects),
    ])
      say(text)
    if (!TERMINAL_RUN_STATUSES.has(state.head.status)) {
      say(`it is ${state.head.status}, and its parent has ended`)
      continue
    }
    if (!isDisturbed && !below.isDisturbed && !context.isStopped)
      for (const text of compareWithExpected(state, own, below.statuses)) say(text)
    if (own.isAbandoned || record === undefined) continue
    if (!context.hasJumped && (state.head.finishedAt ?? 0) > (parent.head.finishedAt ?? 0))
      say('it ended after its parent')
    if (record.attempt === state.head.attempt && record.status !== state.head.status)
      say(`it is ${state.head.status}, and its parent has it as ${record.status}`)
  }
  for (const child of records.values())
    if (!run.children.some(each => each.called.runId === child.id))
      checked.problems.push(`child ${child.id} was never asked for`)
  return checked
}
