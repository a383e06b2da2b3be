// Queues and what is in them as JSON of the REST API.
import type { QueueDescription, QueuedItem, RunSummary } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { runSummaryJson } from '../run-json.ts'
import { timeText } from '../time.ts'
import type { QueueHandle } from './find-queue.ts'

/** Running ones that are shown with a queue. */
const MOST_RUNNING = 100

/** The rows of runs, one question for each DAG; in the order asked for, unknown ones left out. */
export async function linesOf(deps: ApiDeps, runs: { runId: string; dagId: string }[]): Promise<RunSummary[]> {
  const byDag = Map.groupBy(runs, ({ dagId }) => dagId)
  const byId = new Map<string, RunSummary>()
  const ask = async (dagId: string, runIds: string[]): Promise<void> => {
    for (const line of await deps.object('dag', dagId).lines(runIds)) byId.set(`${dagId}/${line.runId}`, line)
  }
  await Promise.all(
    [...byDag].map(([dagId, its]) =>
      ask(
        dagId,
        its.map(({ runId }) => runId),
      ),
    ),
  )
  return runs.flatMap(({ dagId, runId }) => byId.get(`${dagId}/${runId}`) ?? [])
}

export async function queueJson(deps: ApiDeps, { type, configured }: QueueHandle, queue: QueueDescription) {
  const { name, maxConcurrency, paused, leaving, running, queuedCount, meanMs } = queue
  return {
    name,
    type,
    maxConcurrency,
    paused,
    configured: configured !== null,
    ...(configured === null || configured === 'user' ? {} : { configFile: configured.file }),
    ...(leaving ? { leaving } : {}),
    runningCount: running.length,
    queuedCount,
    ...(meanMs === null ? {} : { averageRunMs: Math.round(meanMs) }),
    running: (await linesOf(deps, running.slice(0, MOST_RUNNING))).map(runSummaryJson),
  }
}

/** Items with the rows of their runs; one whose run is gone is left out. */
export async function itemsJson(deps: ApiDeps, queue: QueueDescription, items: QueuedItem[]) {
  const lines = new Map((await linesOf(deps, items)).map(line => [line.runId, line]))
  return items.flatMap(({ runId, priority, position, startsAt }) => {
    const line = lines.get(runId)
    if (line === undefined) return []
    const reason = queue.paused ? 'the queue is paused' : `position ${position} of ${queue.queuedCount}`
    return [
      {
        ...runSummaryJson({ ...line, reason: line.reason?.startsWith('waits for ') ? line.reason : reason }),
        priority,
        position,
        ...(startsAt === null ? {} : { expectedStart: timeText(startsAt) }),
      },
    ]
  })
}
