// Times that hosts tell, by clocks that may be wrong or jump. Promise: they give durations; none stands outside its run, or before what had to
// be over first.
import { type Draft, findNode, stepRecord } from './draft.ts'

/** Not before the run's beginning, nor ahead of the control plane's clock. */
export function clampTime(d: Draft, at: number): number {
  return Math.max(Math.min(at, d.ctx.now), d.head.startedAt ?? at)
}

/** The beginning of an attempt: not before the end of the one before, nor of what the step depends on. */
export function beginTime(d: Draft, name: string, at: number): number {
  const before = [name, ...(findNode(d, name)?.depends ?? [])]
  return before.reduce((latest, each) => Math.max(latest, stepRecord(d, each)?.finishedAt ?? 0), clampTime(d, at))
}
