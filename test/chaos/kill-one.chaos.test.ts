// kill -9 of one process of the product in the middle of a step, while the others live on.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newDir } from '../e2e/support/mark.ts'
import { serve } from '../e2e/support/serve.ts'
import { kill, statOf } from '../fixtures/processes.ts'
import { isGone, type Product } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import { until } from '../fixtures/wait.ts'
import { expectCompleteRun, runningStep, writeWorkload } from './workload.ts'

let product: Product
beforeEach(async () => {
  const dir = newDir()
  writeWorkload(dir)
  product = await serve({ dir })
})
afterEach(() => product.end())

test.each([
  ['agent', (p: Product) => p.agentPid()],
  ['control plane (workerd)', (p: Product) => p.workerdPid()],
])(
  'kill -9 of the %s: the step goes on in the same process, and the run ends as if nothing had happened',
  async (_, victim) => {
    const { client, dir } = product
    const runId = await startDag(client, 'work')
    const step = await runningStep(dir, 'work')
    const pid = victim(product)
    kill(pid, 'SIGKILL')
    await until('its death', () => isGone(pid))
    expect(statOf(step.pid)?.startTime).toBe(step.startTime)
    const next = await until('its successor', () => victim(product) || undefined)
    expect(next).not.toBe(pid)
    const run = await settled(client, 'work', runId, 60_000)
    await expectCompleteRun(client, dir, run)
  },
)
