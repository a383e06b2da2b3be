// kill -9 of host, control plane and agent in one instant, at twelve points of a run. Only the step's process is left alone.
import { expect, test } from 'vitest'
import { newDir } from '../e2e/support/mark.ts'
import { serve } from '../e2e/support/serve.ts'
import { kill, statOf } from '../fixtures/processes.ts'
import { exitOf, isGone, type Product, removeAll } from '../fixtures/product.ts'
import { settled } from '../fixtures/runs.ts'
import { pause, until } from '../fixtures/wait.ts'
import { expectCompleteRun, isLostBeforeItsStart, pidsOf, STEPS, writeWorkload } from './workload.ts'

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1)
/** From the request to a little behind the run's usual end. */
const SPAN_MS = 2_000

/** A small deterministic generator: the same seed shoots at the same moment. */
function momentOf(seed: number): number {
  let x = (seed * 0x9e3779b9) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0
  // One point in each twelfth of the span, somewhere in it.
  return ((seed - 1 + ((x ^ (x >>> 16)) >>> 0) / 2 ** 32) / SEEDS.length) * SPAN_MS
}

/** All at once: nothing of the product gets to say a last word. */
async function killEverything(product: Product): Promise<void> {
  const pids = product.pids().filter(pid => pid > 0)
  for (const pid of pids) kill(pid, 'SIGKILL')
  await exitOf(product.host)
  await until('the death of all', () => pids.every(isGone))
}

test.each(SEEDS.map(seed => [seed, momentOf(seed)]))(
  'point %i (at %i ms): after a restart each step has run once, with its own pid, all its output and its real exit code',
  async (seed, moment) => {
    const dir = newDir()
    writeWorkload(dir)
    const first = await serve({ dir })
    const dagRunId = `chaos-${seed}`
    let product = first
    try {
      const asked = first.client.post('/dags/work/start', { dagRunId }).then(
        () => true,
        () => false,
      )
      await pause(moment)
      await killEverything(first)
      const accepted = await asked
      const alive = STEPS.flatMap(step => pidsOf(dir, step).map(statOf)).filter(stat => stat !== undefined)
      product = await serve({ dir })
      for (const stat of alive) {
        // It has ended by itself in the meantime, or it is still that very process.
        const now = statOf(stat.pid)
        expect(now === undefined || now.startTime === stat.startTime).toBe(true)
      }
      if (!accepted && STEPS.every(step => pidsOf(dir, step).length === 0)) {
        // The request was lost before anybody promised anything: then it can simply be made again.
        await product.client.post('/dags/work/start', { dagRunId }).catch(error => expect(error.status).toBe(409))
      }
      const run = await settled(product.client, 'work', dagRunId, 90_000)
      if (!isLostBeforeItsStart(dir, run)) await expectCompleteRun(product.client, dir, run)
    } finally {
      await product.stop()
      removeAll(dir)
    }
  },
  180_000,
)
