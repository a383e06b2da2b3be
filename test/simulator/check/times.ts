// Times that hosts have told, whatever their clocks do. Promise: nothing of a run begins before it or ends after it, and nothing ends
// before it has begun, or begins before what it depends on is over; no word of it leaves a time that lies ahead of the control plane's clock.
import type { JournalEntry } from '@edgedag/core/run/checkpoint'
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'

export function* checkTimes({ head, steps }: RunState, dag: Dag): Generator<string> {
  const depends = new Map(head.only === null ? dag.steps.map(step => [step.name, step.depends]) : [])
  const { startedAt, finishedAt, attempt } = head
  for (const step of steps.values()) {
    const { startedAt: from, finishedAt: to } = step
    if (from == null || to == null || startedAt === null || finishedAt === null) continue
    if (to < from) yield `${step.name} ended ${from - to} ms before it began`
    // What is kept of an attempt before may have begun before the end of a step that was retried alone since.
    for (const name of from < startedAt ? [] : (depends.get(step.name) ?? [])) {
      const early = (steps.get(name)?.finishedAt ?? 0) - from
      if (early > 0) yield `${step.name} began ${early} ms before ${name} was over`
    }
    if (attempt === 1 && from < startedAt) yield `${step.name} began ${startedAt - from} ms before its run`
    if (to > finishedAt) yield `${step.name} ended ${to - finishedAt} ms after its run`
  }
}

/** Times that a clock showed which has been set back since. */
export function* timesAhead({ head, steps }: RunState, { at }: Pick<JournalEntry, 'at'>): Generator<string> {
  if (head.phase === 'ended') return
  if ((head.startedAt ?? 0) > at) yield `it begins ${head.startedAt! - at} ms after this was written`
  for (const { name, startedAt = 0, finishedAt = 0 } of steps.values()) {
    const ahead = Math.max(startedAt, finishedAt) - at
    if (ahead > 0) yield `${name} has a time ${ahead} ms after this was written`
  }
}
