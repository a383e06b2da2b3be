// Taking runs out of a queue. Promise: the DAG of each run forgets it together with its place, in batches; what was not reached stays.
import type { QueuedItem } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import type { QueueHandle } from './find-queue.ts'

const BATCH = 500
/** More batches than a queue can hold. */
const MAX_BATCHES = 1_000

async function dequeue(deps: ApiDeps, items: QueuedItem[]): Promise<string[]> {
  const byDag = Map.groupBy(items, ({ dagId }) => dagId)
  const gone = await Promise.all(
    [...byDag].map(([dagId, its]) => deps.object('dag', dagId).dequeueAll(its.map(({ runId }) => runId))),
  )
  return gone.flat()
}

/** Everything that waits when it is asked; answers how many runs it was. */
export async function clearQueue(deps: ApiDeps, queue: QueueHandle): Promise<number> {
  let cleared = 0
  // Whoever is let in meanwhile leaves the line as well; one that nobody can take out is passed over.
  let stuck = 0
  for (let i = 0; i < MAX_BATCHES; i++) {
    const items = await queue.items({ from: stuck, limit: BATCH })
    if (items.length === 0) break
    const gone = await dequeue(deps, items)
    cleared += gone.length
    stuck += items.length - gone.length
  }
  return cleared
}

/** Takes out one run, or the first (`next`); its id, or null: it does not wait here. */
export async function dequeueOne(deps: ApiDeps, queue: QueueHandle, runId: string): Promise<string | null> {
  const from = runId === 'next' ? 0 : (await queue.positionOf(runId)) - 1
  if (from < 0) return null
  const [item] = await queue.items({ from, limit: 1 })
  // Others may have gone since: then it is somewhere before.
  if (item === undefined) return null
  if (runId !== 'next' && item.runId !== runId) return await dequeueOne(deps, queue, runId)
  return (await dequeue(deps, [item]))[0] ?? null
}
