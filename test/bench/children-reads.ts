// What people look at while a run calls a thousand others: lists, the run, its children; how long each takes against the same reads
// when nothing runs, and how large the answers are.
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { getRun, settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { type Figure, median, percentile } from './measure.ts'

const CHILDREN = 1000
/** Rounds of all reads when nothing runs; while the children run they go on until those are over. */
const IDLE_ROUNDS = 40
const PAUSE_MS = 20
/** A page must come this soon, whatever goes on; generous, for a shared machine. */
const PAGE_MS = 1_000
const DETAILS_BYTES = 128 * 1024

const PARENT = `steps:
  - name: all
    call: small
    parallel:
      items: ${JSON.stringify(Array.from({ length: CHILDREN }, (_, i) => `item-${i}`))}
---
name: small
steps:
  - { name: s, command: sleep 0.01 }
`

interface Reads {
  name: string
  ms: number[]
  bytes: number
}

const pathsOf = (run: string, child: string): Record<string, string> => ({
  'the list of runs': '/dag-runs?limit=50',
  'the list of DAGs': '/dags?perPage=100',
  "the run's page": run,
  'a page of its children': `${run}/sub-dag-runs?step=all&limit=50&offset=500`,
  'all its children': `${run}/sub-dag-runs`,
  "a child's page": `${run}/sub-dag-runs/${child}`,
})

/** Reads all paths one after another, round by round, while `goesOn`. */
async function readAll(product: Product, paths: Record<string, string>, goesOn: (round: number) => Promise<boolean>) {
  const reads = new Map<string, Reads>(Object.keys(paths).map(name => [name, { name, ms: [], bytes: 0 }]))
  for (let round = 0; await goesOn(round); round++) {
    for (const [name, path] of Object.entries(paths)) {
      const from = performance.now()
      const answer = await product.client.raw('GET', path)
      const { length } = await answer.text()
      const read = reads.get(name)!
      read.ms.push(performance.now() - from)
      read.bytes = Math.max(read.bytes, length)
    }
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
  return reads
}

export async function benchChildrenReads(): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  writeDag(dir, 'thousand', PARENT)
  const product = await startProduct({ dir, args: ['--capacity', '20'] })
  try {
    const before = await startDag(product.client, 'thousand')
    await settled(product.client, 'thousand', before, 600_000, 200)
    const firstChild = async (runId: string) =>
      until('a child', async () => (await getRun(product.client, 'thousand', runId)).nodes[0]?.subRuns?.[0]?.dagRunId)
    const at = (runId: string) => `/dag-runs/thousand/${runId}`
    const idle = await readAll(product, pathsOf(at(before), await firstChild(before)), async n => n < IDLE_ROUNDS)
    const runId = await startDag(product.client, 'thousand')
    const child = await firstChild(runId)
    const isGoing = async () => (await getRun(product.client, 'thousand', runId)).statusLabel === 'running'
    const busy = await readAll(product, pathsOf(at(runId), child), isGoing)
    return [...busy.values()].flatMap((read): Figure[] => {
      const floor = idle.get(read.name)!
      const note = `p50 ${median(read.ms).toFixed(0)} ms, idle ${median(floor.ms).toFixed(0)} ms, ${(read.bytes / 1024).toFixed(0)} KB, ${read.ms.length} reads`
      const name = `${read.name}, ${CHILDREN} children running`
      const p95 = { name, value: percentile(read.ms, 95), unit: 'ms p95', note }
      if (read.name === "the run's page")
        return [
          { ...p95, limit: { of: 'value', atMost: PAGE_MS } },
          { name: `size of ${name}`, value: read.bytes, unit: 'bytes', limit: { of: 'value', atMost: DETAILS_BYTES } },
        ]
      return [{ ...p95, ...(read.name === 'all its children' ? {} : { limit: { of: 'value', atMost: PAGE_MS } }) }]
    })
  } finally {
    await product.end()
  }
}
