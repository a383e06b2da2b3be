// Queues and concurrency keys against what really runs. Promise: of runs that exclude each other never more are at work at once than
// their queue (a named one or a DAG's own) or their key allows, whether they begin, are retried, or go on after a decision.
import type { WorldPlan } from '../schedule/world-plan.ts'
import { endsAfterWait, type TrueRun, type Truth } from './truth.ts'

/** Runs of which only so many may be at work at once. */
interface Group {
  name: string
  max: number
  runIds: string[]
  /** The run counts now. */
  counts(runId: string): boolean
}

/** Asked whenever a process is started: answers what is wrong. */
export function createQueueCheck(plan: WorldPlan, truth: Truth): (run: TrueRun, step: string) => void {
  const groupsOf = new Map<string, Group[]>()
  for (const group of [...queueGroups(plan, truth), ...keyGroups(plan, truth)])
    for (const runId of group.runIds) groupsOf.set(runId, [...(groupsOf.get(runId) ?? []), group])
  return (run, step) => {
    if (endsAfterWait(run, step) || run.isAbandoned) return
    for (const { name, max, runIds, counts } of groupsOf.get(run.runId) ?? []) {
      if (!counts(run.runId)) continue
      const others = runIds.filter(
        runId => runId !== run.runId && counts(runId) && truth.isAtWork(truth.runs.get(runId)!),
      )
      if (others.length < max) continue
      const who = others.join(', ')
      truth.violate(run.runId, `it is at work together with ${who} although ${name} lets ${max} run at once`)
    }
  }
}

function gather<T>(list: readonly T[], keyOf: (each: T) => string | null): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const key = keyOf(each)
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return groups
}

/** Runs that were started past their queue count once they are retried. Of a DAG with keys those stand in for its own queue. */
function queueGroups({ runs, dags, queues }: WorldPlan, truth: Truth): Group[] {
  const queued = new Set(runs.filter(({ mode }) => mode === 'enqueue').map(({ runId }) => runId))
  const counts = (runId: string): boolean => queued.has(runId) || truth.runs.get(runId)!.isRetried
  const groups = gather(runs, ({ runId, dag }) => {
    const { queue, fileName } = dags[dag]!
    if (queue !== null) return queue
    return truth.runs.get(runId)!.dag.concurrency === undefined ? `of ${fileName}` : null
  })
  return [...groups].map(([name, members]) => ({
    name: `queue ${name}`,
    max: queues.find(queue => queue.name === name)?.max ?? 1,
    runIds: members.map(({ runId }) => runId),
    counts,
  }))
}

function keyGroups({ runs }: WorldPlan, truth: Truth): Group[] {
  const groups = gather(runs, ({ runId, dag, value }) => {
    const key = truth.runs.get(runId)!.dag.concurrency?.key
    return key === undefined ? null : `${key.replace('${V}', String(value))} of dag ${dag}`
  })
  return [...groups].map(([name, members]) => ({
    name: `key ${name}`,
    max: truth.runs.get(members[0]!.runId)!.dag.concurrency!.limit,
    runIds: members.map(({ runId }) => runId),
    counts: () => true,
  }))
}
