// Chains and wide graphs of `true`: what one more step costs, and whether that grows with the run.
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import { agentSizedSpawn, bareSpawn, type Figure, mean, median } from './measure.ts'

const SIZES = [40, 200, 1000]

interface Shape {
  name: string
  title: string
  /** Times the floor that is promised at every size; the flatness is promised for all. */
  atMost?: number
  reference?: string[]
  text(count: number): string
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')

const SHAPES: Shape[] = [
  {
    name: 'chain',
    title: 'chain',
    atMost: 2,
    reference: ['10', '16', '58'],
    text: count => `type: chain\nsteps:\n${lines(count, i => `  - { name: s${i}, command: "true" }`)}`,
  },
  {
    name: 'chain-output',
    title: 'chain, output on every step',
    text: count =>
      `type: chain\nsteps:\n${lines(count, i => `  - { name: s${i}, command: "echo v${i}", output: OUT_${i} }`)}`,
  },
  {
    // A loop ends a segment: each of these steps is a plan of its own, with a round trip to the Run.
    name: 'chain-stepwise',
    title: 'chain, segments off',
    text: count =>
      `type: chain\nsteps:\n${lines(count, i => `  - { name: s${i}, command: "true", repeat_policy: { repeat: while, exit_code: [9], limit: 2 } }`)}`,
  },
  {
    name: 'wide',
    title: 'graph, all side by side',
    text: count =>
      `type: graph\nmax_active_steps: 10\nsteps:\n${lines(count, i => `  - { name: s${i}, command: "true" }`)}`,
  },
]

/** Milliseconds for one more step: from the first step's end to the last one's, by the host's own clock. */
async function costPerStep(product: Product, name: string, count: number): Promise<number> {
  const runId = await startDag(product.client, name)
  // Nobody looks while it runs: reading a run of 1,000 steps is work for the same two cores.
  await new Promise(resolve => setTimeout(resolve, count * 2.5))
  await lineSettled(product, name)
  const run = await settled(product.client, name, runId, 120_000, 400)
  if (run.statusLabel !== 'succeeded') throw new Error(`${name} ${run.statusLabel}: ${run.error ?? ''}`)
  const ends = run.nodes.map(n => n.finishedAtMs ?? Number.NaN)
  const from = Math.min(...run.nodes.map(n => n.finishedAtMs ?? Number.NaN))
  return (Math.max(...ends) - from) / (count - 1)
}

/** Waits by the list's short lines. */
async function lineSettled(product: Product, name: string): Promise<void> {
  for (;;) {
    const { dagRuns } = await product.client.get<{ dagRuns: { statusLabel: string }[] }>(`/dag-runs/${name}?limit=1`)
    if (dagRuns[0] && !['running', 'queued', 'not_started'].includes(dagRuns[0].statusLabel)) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

/** Times a size is measured in a round: short chains are over before the machine's mood shows. */
const REPEATS: Record<number, number> = { 40: 4, 200: 2, 1000: 1 }

/**
 * Rounds over all sizes, a floor before and after each measurement. Each cost is compared with the floors beside it, and the
 * median of these ratios counts: the machine's own mood is in both.
 */
export async function benchChain(shapeName: string, rounds = 3): Promise<Figure[]> {
  const shape = SHAPES.find(s => s.name === shapeName)
  if (!shape) throw new Error(`no shape ${shapeName}`)
  const dir = freshDir('edgedag-bench-')
  for (const count of [5, ...SIZES]) writeDag(dir, `${shape.name}-${count}`, shape.text(count))
  const product = await startProduct({ dir })
  try {
    const warm = await startDag(product.client, `${shape.name}-5`)
    await settled(product.client, `${shape.name}-5`, warm)
    const costs = new Map<number, number[]>()
    const floors = new Map<number, number[]>()
    for (let round = 0; round < rounds; round++) {
      for (const count of SIZES) {
        for (let i = 0; i < (REPEATS[count] ?? 1); i++) {
          const before = await bareSpawn(50)
          push(costs, count, await costPerStep(product, `${shape.name}-${count}`, count))
          push(floors, count, mean([before.mean, (await bareSpawn(50)).mean]))
        }
      }
    }
    return figures(shape, costs, floors, (await agentSizedSpawn()).mean)
  } finally {
    await product.end()
  }
}

function push(map: Map<number, number[]>, key: number, value: number): void {
  map.set(key, [...(map.get(key) ?? []), value])
}

function figures(
  shape: Shape,
  costs: Map<number, number[]>,
  floors: Map<number, number[]>,
  bigFloor: number,
): Figure[] {
  const ratios = (count: number) =>
    (costs.get(count) ?? []).map((cost, i) => cost / (floors.get(count)?.[i] ?? Number.NaN))
  const rows = SIZES.map((count, i): Figure => {
    const chosen = ratios(count).indexOf(median(ratios(count)))
    return {
      name: `${shape.title}, ${count} steps`,
      value: costs.get(count)?.[chosen] ?? Number.NaN,
      unit: 'ms a step',
      floor: floors.get(count)?.[chosen] ?? Number.NaN,
      floorName: "Node's bare spawn",
      ...(shape.atMost ? { limit: { of: 'ratio' as const, atMost: shape.atMost } } : {}),
      ...(shape.reference?.[i] ? { reference: `${shape.reference[i]} ms` } : {}),
      note: `from a process of 80 MB ${bigFloor.toFixed(1)}; all: ${(costs.get(count) ?? []).map(cost => cost.toFixed(1)).join(', ')}`,
    }
  })
  return [
    ...rows,
    {
      name: `${shape.title}, 1,000 against 40`,
      value: median(ratios(1000)) / median(ratios(40)),
      unit: '×',
      limit: { of: 'value', atMost: 1.3 },
    },
  ]
}
