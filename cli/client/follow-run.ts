// Follows a run to its end over the live socket, and by asking again where the socket is down.
import type { Answers } from '@edgedag/core/api/generated/answers'
import { WebSocket } from 'ws'
import type { ApiClient } from './api-client.ts'
import { isSettled, type NodeDetails, type RunDetails } from './run-details.ts'

interface LiveMessage {
  type: 'snapshot' | 'patch' | 'log'
  run?: Partial<RunDetails>
  nodes?: NodeDetails[]
}

/** Asked this often beside the socket, so that a lost message only delays. */
const POLL_MS = 2000
const FAST_POLL_MS = 200

export const runPath = (name: string, runId: string): string =>
  `/dag-runs/${encodeURIComponent(name)}/${encodeURIComponent(runId)}`

export async function getRun(client: ApiClient, name: string, runId: string): Promise<RunDetails> {
  return (await client.get<Answers['GET /dag-runs/{name}/{dagRunId}']>(runPath(name, runId))).dagRunDetails
}

/**
 * Resolves with the run's last details once it is settled. `changed` is called at the start and with each change.
 * Short outages of the server are waited out for `patienceMs`.
 */
export async function followRun(
  client: ApiClient,
  name: string,
  runId: string,
  changed: (run: RunDetails) => void,
  patienceMs = 60_000,
): Promise<RunDetails> {
  let socketUp = false
  let wake = () => {}
  const socket = new WebSocket(
    `${client.url.replace(/^http/, 'ws')}/api/v1/live?topic=${encodeURIComponent(`run:${name}:${runId}`)}`,
    { headers: { authorization: `Bearer ${client.token}` } },
  )
  socket.on('open', () => {
    socketUp = true
  })
  socket.on('message', data => {
    const message = JSON.parse(String(data)) as LiveMessage
    if (message.type !== 'log') wake()
  })
  socket.on('close', () => {
    socketUp = false
    wake()
  })
  socket.on('error', () => {})
  let failingSince: number | undefined
  let last = ''
  try {
    for (;;) {
      const woken = new Promise<void>(resolve => {
        wake = resolve
      })
      try {
        const run = await getRun(client, name, runId)
        failingSince = undefined
        const text = JSON.stringify(run)
        if (text !== last) changed(run)
        last = text
        if (isSettled(run)) return run
      } catch (error) {
        failingSince ??= performance.now()
        if (performance.now() - failingSince > patienceMs || 'status' in (error as object)) throw error
      }
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        woken,
        new Promise(resolve => {
          timer = setTimeout(resolve, socketUp ? POLL_MS : FAST_POLL_MS)
        }),
      ])
      clearTimeout(timer)
    }
  } finally {
    socket.terminate()
  }
}
