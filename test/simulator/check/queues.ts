// Queues against what really runs. Promise: a queue of concurrency n never has more than n of its runs at work at once, be it a named
// one or a DAG's own, whether they begin, are retried, or go on after a decision.
import type { WorldPlan } from '../schedule/world-plan.ts'
import { endsAfterWait, type TrueRun, type Truth } from './truth.ts'

interface Place {
  queue: string
  max: number
}

/** Asked whenever a process is started: answers what is wrong. Runs that were started past their queue count once they are retried. */
export function createQueueCheck(plan: WorldPlan, truth: Truth): (run: TrueRun, step: string) => void {
  const places = new Map<string, { place: Place; isQueued: boolean }>()
  for (const { runId, dag, mode } of plan.runs) {
    const { queue, fileName } = plan.dags[dag]!
    const max = plan.queues.find(each => each.name === queue)?.max ?? 1
    places.set(runId, { place: { queue: queue ?? `of ${fileName}`, max }, isQueued: mode === 'enqueue' })
  }
  const placeOf = (runId: string): Place | null => {
    const known = places.get(runId)
    return known?.isQueued || (known && truth.runs.get(runId)!.isRetried) ? known.place : null
  }
  return (run, step) => {
    if (endsAfterWait(run, step) || run.isAbandoned) return
    const place = placeOf(run.runId)
    if (place === null) return
    const { queue, max } = place
    const others = [...places.keys()].filter(
      runId => runId !== run.runId && placeOf(runId)?.queue === queue && truth.isAtWork(truth.runs.get(runId)!),
    )
    if (others.length >= max)
      truth.violate(
        run.runId,
        `it is at work together with ${others.join(', ')} although queue ${queue} lets ${max} run at once`,
      )
  }
}
