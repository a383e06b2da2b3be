// From the request to the first byte of the first step, on an idle product: started, and enqueued.
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { logText, settled } from '../fixtures/runs.ts'
import { pause } from '../fixtures/wait.ts'
import { bareSpawn, epochMs, type Figure, mean, percentile } from './measure.ts'

const SAMPLES = 100

/** `date` is the step: its own start is in the figure, against us. */
async function sample(product: Product, mode: 'start' | 'enqueue'): Promise<{ firstByte: number; answer: number }> {
  const from = epochMs()
  const { dagRunId } = await product.client.post<{ dagRunId: string }>(`/dags/stamp/${mode}`, {})
  const answer = epochMs() - from
  await pause(60)
  const run = await settled(product.client, 'stamp', dagRunId)
  const stamp = Number((await logText(product.client, run, 'stamp')).trim()) / 1e6
  return { firstByte: stamp - from, answer }
}

/** What `date` itself takes from the spawn to its stamp. */
async function stampFloor(): Promise<number> {
  return (await bareSpawn(60)).p50
}

export async function benchFirstByte(): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  writeDag(dir, 'stamp', 'steps:\n  - name: stamp\n    command: date +%s%N\n')
  const product = await startProduct({ dir })
  try {
    const figures: Figure[] = []
    const first = await sample(product, 'start')
    for (let i = 0; i < 8; i++) await sample(product, i % 2 === 0 ? 'start' : 'enqueue')
    const floors: number[] = []
    const taken: Record<'start' | 'enqueue', { firstByte: number; answer: number }[]> = { start: [], enqueue: [] }
    for (let i = 0; i < SAMPLES; i++) {
      if (i % 25 === 0) floors.push(await stampFloor())
      for (const mode of ['start', 'enqueue'] as const) taken[mode].push(await sample(product, mode))
    }
    for (const mode of ['start', 'enqueue'] as const) {
      const times = taken[mode].map(t => t.firstByte)
      const reference = mode === 'start' ? ['109 ms', '226 ms'] : ['2,700 ms', undefined]
      for (const [i, p] of [50, 99].entries()) {
        figures.push({
          name: `${mode} to first byte, p${p}`,
          value: percentile(times, p),
          unit: 'ms',
          floor: mean(floors),
          floorName: "Node's bare spawn",
          limit: { of: 'value', atMost: p === 50 ? 25 : 100 },
          ...(reference[i] ? { reference: reference[i] } : {}),
          ...(p === 50
            ? {
                note: `the request was answered after ${percentile(
                  taken[mode].map(t => t.answer),
                  50,
                ).toFixed(1)} ms`,
              }
            : {}),
        })
      }
    }
    figures.push({ name: 'first run after boot, start to first byte', value: first.firstByte, unit: 'ms' })
    return figures
  } finally {
    await product.end()
  }
}
