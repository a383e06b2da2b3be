// A parent with many children of one `true` step each, on one runner: it goes on at any capacity, and a child costs what a run of its
// own costs, however many there are.
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { countersOf, type Figure } from './measure.ts'

const FEW = 100
const MANY = 1000

const items = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, i) => `n${i}`))

const parent = (count: number): string => `steps:
  - name: all
    call: one-true
    parallel: ${items(count)}
`

interface Cost {
  ms: number
  rows: number
  commits: number
}

async function costOf(product: Product, count: number, work: () => Promise<unknown>): Promise<Cost> {
  const before = await countersOf(product.client)
  const from = performance.now()
  await work()
  const ms = (performance.now() - from) / count
  const after = await countersOf(product.client)
  const grown = (key: string) => ((after.total[key] ?? 0) - (before.total[key] ?? 0)) / count
  return { ms, rows: grown('rows'), commits: grown('commits') }
}

async function runParent(product: Product, name: string): Promise<void> {
  const run = await settled(product.client, name, await startDag(product.client, name), 600_000, 100)
  if (run.statusLabel !== 'succeeded')
    throw new Error(`${name} is ${run.statusLabel}: ${run.error ?? run.nodes[0]?.error}`)
}

/** The same runs on their own, all started at once. */
async function runAlone(product: Product, count: number): Promise<void> {
  let left = count
  const lane = async () => {
    while (left-- > 0) await startDag(product.client, 'one-true')
  }
  await Promise.all(Array.from({ length: 20 }, lane))
  await until(
    `the end of ${count} runs`,
    async () => {
      const { dagRuns } = await product.client.get<{ dagRuns: { statusLabel: string }[] }>(
        '/dag-runs/one-true?limit=500',
      )
      return dagRuns.filter(run => run.statusLabel === 'succeeded').length >= count
    },
    600_000,
    100,
  )
}

async function atCapacity(capacity: number): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  writeDag(dir, 'one-true', 'steps:\n  - name: s\n    command: "true"\n')
  writeDag(dir, 'few', parent(FEW))
  writeDag(dir, 'many', parent(MANY))
  const product = await startProduct({ dir, args: ['--capacity', String(capacity)] })
  try {
    await runParent(product, 'few')
    const few = await costOf(product, FEW, () => runParent(product, 'few'))
    const many = await costOf(product, MANY, () => runParent(product, 'many'))
    const alone = await costOf(product, FEW, () => runAlone(product, FEW))
    const note = `${FEW} children: ${few.ms.toFixed(1)} ms, ${few.rows.toFixed(1)} rows, ${few.commits.toFixed(1)} commits each`
    return [
      {
        name: `a child of ${MANY}, capacity ${capacity}`,
        value: many.ms,
        unit: 'ms',
        floor: alone.ms,
        floorName: 'a run on its own',
        limit: { of: 'ratio', atMost: 1.5 },
        note,
      },
      {
        name: `rows a child of ${MANY}, capacity ${capacity}`,
        value: many.rows,
        unit: 'rows',
        floor: alone.rows,
        floorName: 'a run on its own',
        limit: { of: 'ratio', atMost: 1.5 },
        note: `commits ${many.commits.toFixed(1)}, alone ${alone.commits.toFixed(1)}`,
      },
      {
        name: `from ${FEW} to ${MANY} children, capacity ${capacity}`,
        value: many.ms,
        unit: 'ms',
        floor: few.ms,
        floorName: `a child of ${FEW}`,
        limit: { of: 'ratio', atMost: 1.5 },
      },
    ]
  } finally {
    await product.end()
  }
}

export async function benchChildren(): Promise<Figure[]> {
  return [...(await atCapacity(100)), ...(await atCapacity(1))]
}
