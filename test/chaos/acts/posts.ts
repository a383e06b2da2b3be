// Requests of steps at the edge, to a server that counts them: none is sent twice, and one whose answer is not known is told lost.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { type Act, ended, hasLost, insist, linger } from './act.ts'

/** A server thinks for a moment, so that kills fall between a request and its answer. */
const THINKS_MS = 150

export function posts(count: number): Act {
  const runIds = Array.from({ length: count }, (_, i) => `post-${i}`)
  const got: string[] = []
  const server: Server = createServer((request, response) => {
    got.push((request.url ?? '').slice(1))
    request.resume()
    setTimeout(() => response.end('{}'), THINKS_MS)
  })
  const dags: Record<string, string> = {}
  return {
    dags,
    async open() {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      dags.post = `steps:
  - name: send
    type: http
    config: { method: POST, url: "http://127.0.0.1:${port}/\${DAG_RUN_ID}", body: "{}" }
`
    },
    async play(stage) {
      for (const dagRunId of runIds) {
        await insist(() => stage.client().post('/dags/post/start', { dagRunId }))
        await linger(stage, 400)
      }
    },
    async judge(stage) {
      for (const runId of runIds) {
        const run = await ended(stage, 'post', runId)
        const times = got.filter(id => id === runId).length
        if (hasLost(run)) expect([runId, run.statusLabel, times <= 1]).toEqual([runId, 'failed', true])
        else expect([runId, run.statusLabel, times]).toEqual([runId, 'succeeded', 1])
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
