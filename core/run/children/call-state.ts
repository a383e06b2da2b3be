// Small questions about the calls of a run, for everything that has to know whether a step is busy with children.
import { callRecord, type Draft, planRecord, putCall } from '../draft.ts'
import { isGoodStatus, TERMINAL_RUN_STATUSES } from '../status.ts'
import type { CallRecord, ChildRecord } from './call-record.ts'

export const isOver = (child: ChildRecord): boolean => TERMINAL_RUN_STATUSES.has(child.status)
export const isGood = ({ status }: ChildRecord): boolean => isGoodStatus(status)

/** The call of this attempt of a step, if the host has told all of it and it is not over: no plan's end can lose it. */
export function openCall(d: Draft, step: string, attempt: number): CallRecord | undefined {
  const call = d.index.openCalls.has(step) ? callRecord(d, step) : undefined
  return call?.attempt === attempt && call.phase !== 'gathering' ? call : undefined
}

/** Nothing of these plans, and no child, lives: a stop has been carried out. */
export const isAnswered = (d: Draft, plans: readonly string[]): boolean =>
  d.index.openCalls.size === 0 && !plans.some(id => planRecord(d, id))

/** Open calls that no host is busy with: they take part in max_active_steps like a running step. */
export function idleCalls(d: Draft): number {
  let count = 0
  for (const step of d.index.openCalls) if (d.index.planOf.get(step) === null) count += 1
  return count
}

/** Calls whose children are over and whose result no host publishes yet. */
export function toConclude(d: Draft): CallRecord[] {
  const calls: CallRecord[] = []
  for (const step of d.index.openCalls) {
    const call = callRecord(d, step)
    if (call?.phase === 'concluding' && d.index.planOf.get(step) === null) calls.push(call)
  }
  return calls
}

/** The attempt is over, whatever ended it. Children that live on (of an abandoned run) are stopped. */
export function closeCall(d: Draft, step: string): void {
  const call = d.index.openCalls.has(step) ? callRecord(d, step) : undefined
  if (call) putCall(d, call.active > 0 ? { ...call, phase: 'stopping', stopped: 0 } : { ...call, phase: 'over' })
}
