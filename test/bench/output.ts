// 200 MB from one step: how fast it is all in storage, and how big the agent gets on the way.
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { exec, rssOf } from '../fixtures/processes.ts'
import { freshDir, startProduct, writeDag } from '../fixtures/product.ts'
import { settled, startDag } from '../fixtures/runs.ts'
import type { Figure } from './measure.ts'

const MB = 1024 * 1024
const SIZE_MB = 200
const COMMAND = `yes 'a line of output, neither short nor long, always the same 0123456789' | head -c ${SIZE_MB * MB}`

async function toFile(dir: string): Promise<number> {
  const from = performance.now()
  await exec('sh', ['-c', `${COMMAND} > ${join(dir, 'floor')}`])
  return performance.now() - from
}

export async function benchOutput(): Promise<Figure[]> {
  const dir = freshDir('edgedag-bench-')
  writeDag(dir, 'flood', `steps:\n  - name: flood\n    command: "${COMMAND}"\n`)
  const product = await startProduct({ dir })
  try {
    const floor = await toFile(dir)
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, rssOf(product.agentPid()))
    }, 20)
    const from = performance.now()
    const runId = await startDag(product.client, 'flood')
    const run = await settled(product.client, 'flood', runId, 120_000, 100)
    const answer = await product.client.raw('GET', `/dag-runs/flood/${runId}/steps/flood/log/download`)
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      hash.update(chunk)
      bytes += chunk.length
    }
    const took = performance.now() - from
    clearInterval(watch)
    const wanted = (await exec('sh', ['-c', `${COMMAND} | sha256sum`])).stdout.split(' ')[0]
    if (run.statusLabel !== 'succeeded' || hash.digest('hex') !== wanted)
      throw new Error(`the output is not complete: ${bytes} bytes, run ${run.statusLabel}`)
    return [
      {
        name: `${SIZE_MB} MB of output, stored and read back whole`,
        value: took,
        unit: 'ms',
        floor,
        floorName: 'the same into a file',
      },
      { name: 'agent at its biggest meanwhile', value: most / MB, unit: 'MB', limit: { of: 'value', atMost: 150 } },
    ]
  } finally {
    await product.end()
  }
}
