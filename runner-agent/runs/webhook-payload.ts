// WEBHOOK_PAYLOAD and WEBHOOK_HEADERS of a run that a webhook started. A payload too large for a frame is fetched, once: what was
// prepared is kept with the run.
import { createHmac } from 'node:crypto'
import type { RunContext } from '@edgedag/core/protocol/plans'
import { err, ok, type Problem, type Result } from '@edgedag/core/result'
import type { AgentHost } from './host.ts'

const TRIES = 6
const FIRST_PAUSE_MS = 500
const TIMEOUT_MS = 30_000

type Variables = Record<string, string>

/** The variables; none for a run of another trigger. */
export const webhookVariables = async (host: AgentHost, context: RunContext): Promise<Result<Variables>> => {
  const { webhook } = context
  if (webhook === undefined) return ok({})
  const { payload, blob, headers } = webhook
  const text = payload ?? (blob === undefined ? '{}' : await fetchPayload(host, context, blob))
  return typeof text === 'string' ? ok({ WEBHOOK_PAYLOAD: text, WEBHOOK_HEADERS: headers }) : err([text])
}

const fetchPayload = async (host: AgentHost, context: RunContext, blob: string): Promise<string | Problem> => {
  const { runId } = context
  const url = new URL(`/api/v1/runner/payloads/${runId}/${blob}`, host.url)
  const key = Buffer.from(context.uploadKey, 'base64url')
  const signature = createHmac('sha256', key).update(`${runId}/payloads/${blob}`).digest('hex')
  let last = ''
  for (let tried = 0; tried < TRIES; tried++) {
    if (tried > 0) await new Promise(resolve => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (tried - 1)))
    try {
      const answer = await fetch(url, {
        headers: { authorization: `Bearer ${host.credential}`, 'x-edgedag-signature': signature },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (answer.ok) return await answer.text()
      last = `HTTP ${answer.status}`
      if (answer.status === 404) break
    } catch (error) {
      last = (error as Error).message
    }
  }
  return { code: 'webhook.payload', message: `the payload of the webhook could not be fetched: ${last}` }
}
