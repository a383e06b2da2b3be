// Which push-backs a step has seen. Promise: pages, variables and the check of a decision count them alike.
import type { PushBack, StepRecord } from '../step-record.ts'

type Lookup = (step: string) => StepRecord | undefined

/** What a step is told of its push-backs, oldest first: the history of the one that made it run again, up to that; empty: none. */
export function pushBacksOf({ pushedBack }: StepRecord, lookup: Lookup): PushBack[] {
  if (!pushedBack) return []
  const history = lookup(pushedBack.gate)?.pushBacks ?? []
  return history.filter(({ iteration }) => iteration <= pushedBack.iteration)
}

/** The number of the newest push-back that a step has seen; 0: none. */
export const iterationOf = (record: StepRecord | undefined, lookup: Lookup): number =>
  (record && pushBacksOf(record, lookup).at(-1)?.iteration) ?? 0

/** The history of a step with an approval before its next push-back: its own, and another's that made it run again since. */
export function historyOf(gate: StepRecord, lookup: Lookup): PushBack[] {
  const own = gate.pushBacks ?? []
  const since = own.at(-1)?.iteration ?? 0
  return [...own, ...pushBacksOf(gate, lookup).filter(({ iteration }) => iteration > since)]
}

/** The number of a push-back that runs these again: greater than any that one of them has seen, so that it tells which wait is meant. */
export const nextIteration = (steps: readonly string[], lookup: Lookup): number =>
  Math.max(0, ...steps.map(name => iterationOf(lookup(name), lookup))) + 1
