// Lists over a long history: 10,000 runs listed and filtered, 1,000 DAGs listed, as a client sees it. The runs are real ones, made by
// queueing and dropping them: nothing is written past the product.
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { type Figure, percentile } from './measure.ts'

const RUNS = 10_000
const DAGS = 1_000
const OF_RUNS = 20
const AT_ONCE = 40
const SAMPLES = 60

async function inLanes(count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

/** Runs of suspended DAGs that only a schedule wants are over at once: history without a process each. */
async function fill({ client }: Product): Promise<void> {
  await inLanes(OF_RUNS, i => client.post(`/dags/bench-${i}/suspend`, { suspend: true }))
  await inLanes(RUNS, i =>
    client.post(`/dags/bench-${i % OF_RUNS}/enqueue`, {
      dagRunId: `h-${i}`,
      triggerType: 'scheduler',
      params: `N=${i}`,
    }),
  )
  await until(
    `${RUNS} runs in the lists`,
    async () => {
      const { dagRuns } = await client.get<{ dagRuns: unknown[] }>(`/dag-runs?dagRunId=h-${RUNS - 1}&status=3`)
      return dagRuns.length === 1
    },
    120_000,
    500,
  )
}

async function timed(ask: (i: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const from = performance.now()
    await ask(i)
    times.push(performance.now() - from)
  }
  return times
}

export async function benchHistory(): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  for (let i = 0; i < DAGS; i++)
    writeDag(dir, `bench-${i}`, `labels: [n=${i % 7}]\nparams: {N: 0}\nsteps:\n  - name: s\n    command: "true"\n`)
  const product = await startProduct({ dir })
  const { client } = product
  try {
    await until(
      'the list of DAGs',
      async () => {
        const { pagination } = await client.get<{ pagination: { totalRecords: number } }>('/dags?perPage=1')
        return pagination.totalRecords >= DAGS
      },
      120_000,
      500,
    )
    await fill(product)
    const figure = (name: string, times: number[], reference: string): Figure => ({
      name,
      value: percentile(times, 95),
      unit: 'ms p95',
      limit: { of: 'value', atMost: 30 },
      reference,
      note: `p50 ${percentile(times, 50).toFixed(1)} ms, ${SAMPLES} samples`,
    })
    await client.get('/dag-runs?limit=100')
    return [
      figure(`newest 100 of ${RUNS} runs`, await timed(() => client.get('/dag-runs?limit=100')), 'p50 101 ms'),
      figure(
        `${RUNS} runs filtered to one by a parameter`,
        await timed(i => client.get(`/dag-runs?params=N%3D${i * 151}&limit=100`)),
        'p50 101 ms',
      ),
      figure(
        `${RUNS} runs filtered by status and name`,
        await timed(i => client.get(`/dag-runs?status=3&name=bench-${i % OF_RUNS}&limit=100`)),
        'p50 101 ms',
      ),
      figure(`100 of ${DAGS} DAGs`, await timed(() => client.get('/dags?perPage=100')), '610 ms first, then 18 ms'),
      figure(`${DAGS} DAG files searched`, await timed(() => client.get('/search/dags?q=command&limit=20')), ''),
    ]
  } finally {
    await product.end()
  }
}
