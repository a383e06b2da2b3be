// Taking a step back to its beginning, for another attempt of the run or after a push-back.
import { freshStep, type StepRecord } from './step-record.ts'

/** As at the beginning, but attempt numbers go on growing, and what people gave when it was pushed back stays. */
export function cleared(record: StepRecord): StepRecord {
  const { attempt, pushBacks, pushedBack } = record
  return {
    ...freshStep(record.name),
    attempt,
    result: attempt,
    ...(attempt > 0 && { former: attempt }),
    ...(pushBacks && { pushBacks }),
    ...(pushedBack && { pushedBack }),
  }
}
