// DAGs that are due at the same moment: how late each run is accepted, and its first byte is written.
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { logText, type Run } from '../fixtures/runs.ts'
import { pause, until } from '../fixtures/wait.ts'
import { type Figure, percentile } from './measure.ts'

const MINUTE = 60_000
/** Due times that are looked at with few DAGs. */
const ROUNDS = 3

type DueRun = Run & { scheduleTime?: string; createdAtMs?: number }

/** A product with so many DAGs that are due each minute, and the first due time that lies far enough ahead. */
async function begin(count: number, command: string): Promise<{ product: Product; due: number; names: string[] }> {
  const dir = freshDir('edgedag-bench-')
  const names = Array.from({ length: count }, (_, i) => `due-${i}`)
  for (const name of names) writeDag(dir, name, `schedule: "* * * * *"\nsteps:\n  - name: stamp\n    ${command}\n`)
  const product = await startProduct({ dir })
  const due = Math.ceil((Date.now() + 5_000) / MINUTE) * MINUTE
  return { product, due, names }
}

/** The run of each DAG of that due time, once it is over. */
async function runsOf(product: Product, names: string[], due: number): Promise<DueRun[]> {
  const time = `${new Date(due).toISOString().slice(0, 19)}Z`
  const runs: DueRun[] = []
  for (const name of names) {
    const run = await until(
      `the run of ${name}`,
      async () => {
        const { dagRuns } = await product.client.get<{ dagRuns: DueRun[] }>(`/dags/${name}/dag-runs?limit=10`)
        return dagRuns.find(each => each.scheduleTime === time && each.statusLabel === 'succeeded')
      },
      60_000,
      500,
    )
    runs.push(run)
  }
  return runs
}

const lateness = (runs: DueRun[], due: number): number[] => runs.map(run => (run.createdAtMs ?? Number.NaN) - due)

export async function benchDueFew(): Promise<Figure[]> {
  const { product, due, names } = await begin(20, 'command: date +%s%N')
  try {
    const accepted: number[] = []
    const written: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const at = due + round * MINUTE
      await pause(at + 5_000 - Date.now())
      const runs = await runsOf(product, names, at)
      accepted.push(...lateness(runs, at))
      for (const run of runs) written.push(Number((await logText(product.client, run, 'stamp')).trim()) / 1e6 - at)
    }
    return [
      {
        name: '20 DAGs due, accepted, p99',
        value: percentile(accepted, 99),
        unit: 'ms',
        limit: { of: 'value', atMost: 250 },
      },
      {
        name: '20 DAGs due, first byte, p50',
        value: percentile(written, 50),
        unit: 'ms',
        limit: { of: 'value', atMost: 100 },
        reference: '955 ms',
      },
    ]
  } finally {
    await product.end()
  }
}

export async function benchDueMany(): Promise<Figure[]> {
  const { product, due, names } = await begin(1_000, 'type: noop')
  try {
    await pause(due + 15_000 - Date.now())
    const late = lateness(await runsOf(product, names, due), due)
    return [
      {
        name: '1,000 DAGs due, the last accepted',
        value: Math.max(...late),
        unit: 'ms',
        limit: { of: 'value', atMost: 2_000 },
        note: `p50 ${percentile(late, 50).toFixed(0)} ms`,
      },
    ]
  } finally {
    await product.end()
  }
}
