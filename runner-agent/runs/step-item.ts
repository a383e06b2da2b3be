// The order for one attempt of a step, and what became of its process.
import type { PlanItem } from '@edgedag/core/protocol/plans'
import type { FinishedEvent } from './host-run-state.ts'

export type StepItem = Extract<PlanItem, { kind: 'step' }>

export interface Verdict {
  outcome: FinishedEvent['outcome']
  exitCode: number
  error?: string
}
