// What the state of a step means for those that depend on it (semantics 4.1).
import type { Step } from '../spec/dag.ts'
import type { StepRecord } from './step-record.ts'

/** `open`: undecided; `pass`: dependents may run; `abort` and `skip`: what dependents become. */
export type Gate = 'open' | 'pass' | 'abort' | 'skip'

export function gateOf(record: StepRecord | undefined, step: Step): Gate {
  switch (record?.status) {
    case 'succeeded':
    case 'partially_succeeded':
      return 'pass'
    case 'failed':
      return record.covered ? 'pass' : 'abort'
    case 'skipped':
      return step.continueOn?.skipped ? 'pass' : 'skip'
    case 'aborted':
    case 'rejected':
      return 'abort'
    default:
      return 'open'
  }
}
