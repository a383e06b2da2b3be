// The end of a plan before its end.
import { openCall } from './children/call-state.ts'
import { type Draft, removePlan, stepRecord } from './draft.ts'
import { abortNode } from './finish-step.ts'
import type { PlanRecord } from './state.ts'

/** Ends a plan whose remaining steps will not run: what was running was killed, the rest is given back. */
export function closePlan(d: Draft, plan: PlanRecord, why: string): void {
  removePlan(d, plan)
  for (const item of plan.items) {
    if (item.kind !== 'step') continue
    const record = stepRecord(d, item.step)
    const runs = record && record.attempt === item.attempt && record.result < item.attempt
    if (runs && !openCall(d, item.step, item.attempt)) abortNode(d, item.step, why)
  }
}
