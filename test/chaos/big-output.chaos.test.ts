// 200 MB from one step: all of it arrives, and the agent stays small meanwhile.

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { newDir } from '../e2e/support/mark.ts'
import { serve } from '../e2e/support/serve.ts'
import { rssOf } from '../fixtures/processes.ts'
import { writeDag } from '../fixtures/product.ts'
import { node, settled, startDag } from '../fixtures/runs.ts'

const BYTES = 200 * 1024 * 1024
const MAX_AGENT_RSS = 150 * 1024 * 1024
const COMMAND = `yes 'a line of output that is neither short nor long, and always the same 0123456789' | head -c ${BYTES}`

async function hashOf(stream: AsyncIterable<Uint8Array>): Promise<{ bytes: number; hash: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, hash: hash.digest('hex') }
}

test('200 MB of one step are complete in storage, while the agent stays below 150 MB', async () => {
  const dir = newDir()
  writeDag(dir, 'flood', `steps:\n  - name: flood\n    command: "${COMMAND}"\n`)
  const product = await serve({ dir })
  try {
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, rssOf(product.agentPid()))
    }, 20)
    const runId = await startDag(product.client, 'flood')
    const run = await settled(product.client, 'flood', runId, 120_000, 200)
    expect([node(run, 'flood').statusLabel, node(run, 'flood').exitCode]).toEqual(['succeeded', 0])
    const answer = await product.client.raw('GET', `/dag-runs/flood/${runId}/steps/flood/log/download`)
    const got = await hashOf(answer.body as unknown as AsyncIterable<Uint8Array>)
    clearInterval(watch)
    const wanted = await hashOf(spawn('sh', ['-c', COMMAND], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout)
    expect(got).toEqual(wanted)
    expect(most).toBeLessThanOrEqual(MAX_AGENT_RSS)
  } finally {
    await product.end()
  }
}, 240_000)
