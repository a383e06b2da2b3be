// What stays in memory: 3,000 one-step runs one after another, and a product that does nothing.
import { allProcesses, cpuOf, rssOf } from '../fixtures/processes.ts'
import { freshDir, type Product, startProduct, writeDag } from '../fixtures/product.ts'
import { pause } from '../fixtures/wait.ts'
import type { Figure } from './measure.ts'

const RUNS = 3_000
const MB = 1024 * 1024

/** host, workerd, agent, and the agent's spawner, which is a child of the agent. */
const processesOf = (product: Product): [string, number][] => [
  ['host', product.host.pid ?? 0],
  ['workerd', product.workerdPid()],
  ['agent', product.agentPid()],
  ...allProcesses()
    .filter(stat => stat.parent === product.agentPid())
    .map((stat): [string, number] => ['spawner', stat.pid]),
]

const totalMb = (product: Product): number => processesOf(product).reduce((sum, [, pid]) => sum + rssOf(pid), 0) / MB

const parts = (product: Product): string =>
  processesOf(product)
    .map(([name, pid]) => `${name} ${(rssOf(pid) / MB).toFixed(0)}`)
    .join(', ')

export async function benchMemory(runs = RUNS): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  writeDag(dir, 'one', 'steps:\n  - name: s\n    command: echo one of many\n')
  const product = await startProduct({ dir })
  try {
    const atThousand: number[] = [totalMb(product)]
    const from = performance.now()
    for (let i = 1; i <= runs; i++) {
      await product.client.post('/dags/one/start-sync', { timeout: 60 })
      if (i % (runs / 3) === 0) atThousand.push(totalMb(product))
    }
    const perRun = (performance.now() - from) / runs
    const [atStart = 0, , before = 0, after = 0] = atThousand
    return [
      {
        name: `memory after ${runs} runs, all processes`,
        value: after,
        unit: 'MB',
        limit: { of: 'value', atMost: 700 },
        note: `${parts(product)}; ${atStart.toFixed(0)} at the start; ${perRun.toFixed(0)} ms a run`,
      },
      { name: 'of it from the last third', value: after - before, unit: 'MB', limit: { of: 'value', atMost: 50 } },
    ]
  } finally {
    await product.end()
  }
}

const IDLE_MS = 20_000

export async function benchIdle(): Promise<Figure[]> {
  const product = await startProduct({ dir: freshDir('edgedag-bench-') })
  try {
    await pause(5_000)
    const cpu = (): number => processesOf(product).reduce((sum, [, pid]) => sum + cpuOf(pid), 0)
    const before = cpu()
    await pause(IDLE_MS)
    const share = ((cpu() - before) / IDLE_MS) * 100
    return [
      {
        name: 'idle, all processes',
        value: totalMb(product),
        unit: 'MB',
        limit: { of: 'value', atMost: 350 },
        reference: '84 MB',
        note: parts(product),
      },
      { name: 'idle, CPU', value: share, unit: '%', reference: '0.17 %' },
    ]
  } finally {
    await product.end()
  }
}
