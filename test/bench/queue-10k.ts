// A queue with 10,000 runs in it, as clients see it: enqueueing them, places and pages, order, pauses, taking out one, clearing.
import { freshDir, startProduct, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { countersOf, type Figure, percentile } from './measure.ts'

const ITEMS = 10_000
const AT_ONCE = 20
const SAMPLES = 40
/** A page of items, as the queues page asks for it. */
const PAGE = 50

const idOf = (i: number): string => `w-${i}`

async function inLanes(count: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const from = performance.now()
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return performance.now() - from
}

async function timed(ask: (i: number) => Promise<unknown>, samples = SAMPLES): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < samples; i++) {
    const from = performance.now()
    await ask(i)
    times.push(performance.now() - from)
  }
  return times
}

/** `queue`: a named one, or the DAG's own. */
async function measure(kind: 'named' | 'own'): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  const name = kind === 'named' ? 'wide' : 'many'
  writeDag(
    dir,
    'many',
    `${kind === 'named' ? `queue: ${name}\n` : ''}params: {N: 0}\nsteps:\n  - name: s\n    command: "true"\n`,
  )
  const product = await startProduct({ dir })
  const { client } = product
  const queue = `/queues/${name}`
  const figure = (what: string, times: number[], atMost: number): Figure => ({
    name: `${kind} queue of ${ITEMS}: ${what}`,
    value: percentile(times, 95),
    unit: 'ms p95',
    limit: { of: 'value', atMost },
    note: `p50 ${percentile(times, 50).toFixed(1)} ms, ${times.length} samples`,
  })
  try {
    await until('the DAG', () =>
      client.get('/dags/many').then(
        () => true,
        () => false,
      ),
    )
    if (kind === 'named') await client.put(queue, { maxConcurrency: 2 })
    await client.post(`${queue}/pause`, {})
    const enqueueMs = await inLanes(ITEMS, i =>
      client.post('/dags/many/enqueue', { dagRunId: idOf(i), params: `N=${i}` }),
    )
    const count = async () => (await client.get<{ queuedCount: number }>(queue)).queuedCount
    await until('all of them in the queue', async () => (await count()) === ITEMS, 60_000)
    const middle = (i: number) => idOf(1_000 + i * 200)
    const figures: Figure[] = [
      {
        name: `${kind} queue: enqueued by ${AT_ONCE} clients`,
        value: ITEMS / (enqueueMs / 1000),
        unit: 'runs/s',
        limit: { of: 'value', atLeast: 100 },
      },
      figure('all queues', await timed(() => client.get('/queues')), 30),
      figure('the first page', await timed(() => client.get(`${queue}/items?limit=${PAGE}`)), 30),
      figure(
        'a page in the middle',
        await timed(i => client.get(`${queue}/items?limit=${PAGE}&cursor=${i * 200}`)),
        30,
      ),
      figure(
        'place, reason and expected start of one',
        await timed(i => client.get(`/dag-runs/many/${middle(i)}`)),
        30,
      ),
    ]
    const before = await countersOf(client)
    const moves = await timed(i =>
      client.post(`${queue}/items/${middle(i)}/move`, i % 2 ? { to: 'first' } : { before: idOf(5) }),
    )
    const after = await countersOf(client)
    const rows = (after.total.rows ?? 0) - (before.total.rows ?? 0)
    figures.push(
      figure('one moved', moves, 30),
      {
        name: `${kind} queue of ${ITEMS}: rows written by a move`,
        value: rows / SAMPLES,
        unit: 'rows',
        limit: { of: 'value', atMost: 1 },
      },
      figure(
        'priority of one',
        await timed(i => client.put(`${queue}/items/${middle(i)}/priority`, { priority: i % 2 ? 'high' : 'low' })),
        30,
      ),
      figure('one taken out', await timed(i => client.raw('DELETE', `${queue}/items/${idOf(ITEMS - 1 - i)}`)), 100),
      figure('paused again', await timed(() => client.post(`${queue}/pause`, {})), 30),
      figure('cleared', await timed(() => client.post(`${queue}/clear`, {}), 1), 10_000),
    )
    if ((await count().catch(() => 0)) !== 0) throw new Error('the queue was not cleared')
    return figures
  } finally {
    await product.end()
  }
}

export async function benchQueue10k(): Promise<Figure[]> {
  return [...(await measure('named')), ...(await measure('own'))]
}
