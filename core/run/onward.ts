// Going on from one step, whatever has become of those before it: a retry from a step, and a push-back in a retry of one step alone.
import { type Draft, putStep, stepRecord } from './draft.ts'
import { settle } from './readiness.ts'
import { cleared } from './reset.ts'
import { freshStep } from './step-record.ts'

/** The step runs whatever has become of those before it. */
export function again(d: Draft, name: string): void {
  putStep(d, { ...cleared(stepRecord(d, name) ?? freshStep(name)), status: 'retrying', again: true })
}

/** The step runs, and behind it these, which are reset; everything else stays as it is, and what has not run by now will not. */
export function goOnFrom(d: Draft, from: string, names: ReadonlySet<string>): void {
  again(d, from)
  for (const { name } of d.graph.steps) {
    if (names.has(name)) continue
    const record = stepRecord(d, name) ?? freshStep(name)
    // Steps behind it must not wait for one that is not part of this, and follow what has become of it.
    if (record.status === 'not_started') settle(d, { ...record, status: 'aborted', error: 'not part of this retry' })
    else settle(d, record)
  }
}
