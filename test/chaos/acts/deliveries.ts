// Webhooks that are delivered in the storm: each one that was answered 2xx becomes one run.
import { type Act, ended, expectOnce, linger, mark } from './act.ts'

const FEWEST = 3

export function deliveries(): Act {
  const accepted: string[] = []
  let token = ''
  return {
    dags: { hooked: `steps:\n  - name: work\n    command: ${mark('hooked')}\n` },
    async prepare({ client }) {
      const made = await client().post<{ token: string }>('/dags/hooked/webhook', {})
      token = made.token
    },
    async play(stage) {
      // Until one was taken after the storm too.
      for (let n = 0; !stage.isOver() || accepted.length < FEWEST; n++) {
        const dagRunId = await deliver(stage.client().url, token, n).catch(() => undefined)
        if (dagRunId !== undefined) accepted.push(dagRunId)
        await linger(stage, 300)
      }
    },
    async judge(stage) {
      for (const runId of accepted) expectOnce(stage, 'hooked', await ended(stage, 'hooked', runId))
    },
  }
}

/** The run that it became; undefined where it was refused. Rejects where the answer did not arrive whole. */
async function deliver(url: string, token: string, n: number): Promise<string | undefined> {
  const answer = await fetch(`${url}/api/v1/webhooks/hooked`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ payload: { n } }),
  })
  return answer.ok ? ((await answer.json()) as { dagRunId: string }).dagRunId : undefined
}
