// Who may start now. Promise: never more than the limit, high priority first, then first come first served.

export interface Waiting {
  runId: string
  priority: 'high' | 'low'
  /** Order of arrival. */
  order: number
}

/** True when `a` is to be admitted before `b`. */
export function comesBefore(a: Waiting, b: Waiting): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority === 'high'
}

/** The waiting items that free slots let in, in the order of their admission. */
export function admissible<T extends Waiting>(waiting: readonly T[], running: number, maxConcurrency: number): T[] {
  const free = maxConcurrency - running
  if (free <= 0 || waiting.length === 0) return []
  return [...waiting].sort((a, b) => (comesBefore(a, b) ? -1 : 1)).slice(0, free)
}

/** Place in the line, from 1; 0 for an item that is not in it. */
export function positionOf(waiting: readonly Waiting[], runId: string): number {
  const item = waiting.find(candidate => candidate.runId === runId)
  if (item === undefined) return 0
  return 1 + waiting.filter(other => other !== item && comesBefore(other, item)).length
}
