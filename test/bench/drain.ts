// 500 one-step runs, enqueued one REST call each into a global queue of concurrency 10, until the last has ended.

import { cpuOf } from '../fixtures/processes.ts'
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { until } from '../fixtures/wait.ts'
import { countersOf, diskSync, epochMs, type Figure, percentile } from './measure.ts'

const RUNS = 500
/** Requests that are on their way at once. */
const AT_ONCE = 20

/** Answers when each run was asked for, epoch ms. */
async function enqueueAll(product: Product, name: string, count: number): Promise<Map<string, number>> {
  const asked = new Map<string, number>()
  let left = count
  const lane = async () => {
    while (left > 0) {
      left--
      const at = epochMs()
      const { dagRunId } = await product.client.post<{ dagRunId: string }>(`/dags/${name}/enqueue`, {})
      asked.set(dagRunId, at)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return asked
}

interface Line {
  statusLabel: string
  triggerType: string
}

/** Resolves when so many runs of the DAG are over; the list is asked seldom. */
const drained = (product: Product, name: string, count: number): Promise<Line[]> =>
  until(
    `the end of ${count} runs`,
    async () => {
      const { dagRuns } = await product.client.get<{ dagRuns: Line[] }>(`/dag-runs/${name}?limit=500`)
      const over = dagRuns.filter(run => !['queued', 'running', 'not_started'].includes(run.statusLabel))
      return over.length >= count && dagRuns
    },
    120_000,
    200,
  )

async function round(
  product: Product,
  dir: string,
  name: string,
): Promise<{ rate: number; commits: number; fsync: number; enqueueMs: number; cpu: string; waits: number[] }> {
  const cpuBefore = cpuNow(product)
  const before = await countersOf(product.client)
  const { mean: fsync } = await diskSync(dir)
  const from = performance.now()
  const asked = await enqueueAll(product, name, RUNS)
  const enqueueMs = performance.now() - from
  const lines = await drained(product, name, RUNS)
  const failed = lines.filter(run => run.statusLabel !== 'succeeded')
  if (failed.length > 0) throw new Error(`${failed.length} of ${lines.length} runs did not succeed`)
  const nodes = await nodesOf(product, name, [...asked.keys()])
  const lastEnd = Math.max(...[...nodes.values()].map(node => node.finishedAtMs ?? 0))
  const seconds = (lastEnd - (performance.timeOrigin + from)) / 1000
  const after = await countersOf(product.client)
  return {
    rate: RUNS / seconds,
    commits: ((after.total.commits ?? 0) - (before.total.commits ?? 0)) / RUNS,
    fsync,
    enqueueMs: enqueueMs / RUNS,
    waits: [...asked].map(([runId, at]) => (nodes.get(runId)?.startedAtMs ?? at) - at),
    cpu: cpuNow(product)
      .map(([name, ms], i) => `${name} ${((ms - (cpuBefore[i]?.[1] ?? 0)) / RUNS).toFixed(1)}`)
      .join(', '),
  }
}

const cpuNow = (product: Product): [string, number][] => [
  ['host', cpuOf(product.host.pid ?? 0)],
  ['workerd', cpuOf(product.workerdPid())],
  ['agent', cpuOf(product.agentPid())],
]

type Node = { startedAtMs?: number; finishedAtMs?: number }

/** The step of each run, with its times by the host's clock. */
async function nodesOf(product: Product, name: string, runIds: string[]): Promise<Map<string, Node>> {
  const nodes = new Map<string, Node>()
  for (let i = 0; i < runIds.length; i += AT_ONCE) {
    const ask = async (runId: string): Promise<void> => {
      const { dagRunDetails } = await product.client.get<{ dagRunDetails: { nodes: Node[] } }>(
        `/dag-runs/${name}/${runId}`,
      )
      nodes.set(runId, dagRunDetails.nodes[0] ?? {})
    }
    await Promise.all(runIds.slice(i, i + AT_ONCE).map(ask))
  }
  return nodes
}

export async function benchDrain(rounds = 3): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  for (let i = 0; i < rounds; i++) {
    writeDag(dir, `drain-${i}`, 'queue: bench\nsteps:\n  - name: s\n    command: "true"\n')
  }
  writeDag(dir, 'drain-warm', 'queue: bench\nsteps:\n  - name: s\n    command: "true"\n')
  const product = await startProduct({ dir })
  try {
    await product.client.put('/queues/bench', { maxConcurrency: 10 })
    await enqueueAll(product, 'drain-warm', 20)
    await drained(product, 'drain-warm', 20)
    const results = []
    for (let i = 0; i < rounds; i++) results.push(await round(product, product.stateDir, `drain-${i}`))
    const best = [...results].sort((a, b) => a.rate - b.rate)[Math.floor(rounds / 2)]
    if (!best) return []
    return [
      {
        name: `${RUNS} enqueued one-step runs, concurrency 10`,
        value: best.rate,
        unit: 'runs/s',
        floor: 1000 / best.fsync,
        floorName: "this disk's fsync rate",
        limit: { of: 'value', atLeast: 50 },
        reference: '3.2 runs/s',
        note: `rounds ${results.map(r => r.rate.toFixed(0)).join(', ')}; enqueueing alone ${best.enqueueMs.toFixed(1)} ms each (80); CPU ms a run: ${best.cpu}`,
      },
      {
        name: `from enqueue to start, ${RUNS} runs in the queue`,
        value: percentile(best.waits, 50),
        unit: 'ms p50',
        note: `p99 ${percentile(best.waits, 99).toFixed(0)} ms: most of it is the line itself`,
      },
      {
        name: 'commits of the control plane a queued run',
        value: best.commits,
        unit: 'commits',
        limit: { of: 'value', atMost: 8 },
      },
    ]
  } finally {
    await product.end()
  }
}
