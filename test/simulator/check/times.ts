// Times that hosts have told, whatever their clocks do. Promise: nothing of a run begins before it or ends after it, and nothing ends
// before it has begun.
import type { RunState } from '@edgedag/core/run/state'

export function* checkTimes({ head, steps }: RunState): Generator<string> {
  const { startedAt, finishedAt, attempt } = head
  for (const step of steps.values()) {
    const { startedAt: from, finishedAt: to } = step
    if (from == null || to == null || startedAt === null || finishedAt === null) continue
    if (to < from) yield `${step.name} ended ${from - to} ms before it began`
    if (attempt === 1 && from < startedAt) yield `${step.name} began ${startedAt - from} ms before its run`
    if (to > finishedAt) yield `${step.name} ended ${to - finishedAt} ms after its run`
  }
}
