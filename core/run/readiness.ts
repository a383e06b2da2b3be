// Settling a node and telling its dependents (semantics 4.1): an upstream abort reaches them at once, an upstream skip once
// all their dependencies are over, so that the result does not depend on timing.
import { clearTimer, type Draft, findNode, putStep, stepOrFresh } from './draft.ts'
import { gateOf } from './gate.ts'
import type { StepRecord } from './step-record.ts'

/** Timer of a running attempt with a time limit: the Run's fallback for the agent's own clock. */
export const overdueKey = (name: string): string => `overdue/${encodeURIComponent(name)}`

export const againKey = (name: string): string => `again/${encodeURIComponent(name)}`

/** Gives a node its final record and passes the consequence on to steps that it keeps from running. */
export function settle(d: Draft, record: StepRecord): void {
  clearTimer(d, againKey(record.name))
  clearTimer(d, overdueKey(record.name))
  const { again: _again, nextAt: _nextAt, maybe: _maybe, pid: _pid, ...rest } = record
  putStep(d, rest)
  const queue = [record.name]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) queue.push(...tellDependents(d, name))
}

function tellDependents(d: Draft, name: string): string[] {
  const { graph, index } = d
  const i = graph.position.get(name)
  const step = findNode(d, name)
  if (i === undefined || !step || d.head.only !== null) return []
  const gate = gateOf(stepOrFresh(d, name), step)
  if (gate === 'open') return []
  const reached: string[] = []
  for (const dependent of graph.dependents[i]!) {
    const next = graph.steps[dependent]!.name
    const record = stepOrFresh(d, next)
    if (record.status !== 'not_started') continue
    if (gate === 'abort') {
      putStep(d, { ...record, status: 'aborted', error: 'upstream failed', finishedAt: d.ctx.now })
    } else if (index.undecided.get(dependent) === 0 && index.blocked.get(dependent) > 0) {
      putStep(d, { ...record, status: 'skipped', error: 'upstream skipped', finishedAt: d.ctx.now })
    } else continue
    reached.push(next)
  }
  return reached
}
