// Queues against what really runs. Promise: a queue of concurrency n never has more than n of its runs at work at once.
import type { WorldPlan } from '../schedule/world-plan.ts'
import { endsAfterWait, type TrueRun, type Truth } from './truth.ts'

/** Asked whenever a process is started: answers what is wrong. Runs that were started past their queue do not count. */
export function createQueueCheck(plan: WorldPlan, truth: Truth): (run: TrueRun, step: string) => void {
  const queueOf = new Map<string, string>()
  for (const { runId, dag, mode } of plan.runs) {
    const { queue } = plan.dags[dag]!
    if (mode === 'enqueue' && queue !== null) queueOf.set(runId, queue)
  }
  return (run, step) => {
    if (endsAfterWait(run, step)) return
    const name = queueOf.get(run.runId)
    const queue = plan.queues.find(each => each.name === name)
    if (queue === undefined) return
    const others = [...queueOf].filter(
      ([runId, its]) => its === name && runId !== run.runId && truth.isAtWork(truth.runs.get(runId)!),
    )
    if (others.length < queue.max || run.isAbandoned) return
    truth.violate(
      run.runId,
      `it is at work together with ${others.map(([runId]) => runId).join(', ')} although queue ${queue.name} lets ${queue.max} run at once`,
    )
  }
}
