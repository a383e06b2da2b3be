// How the run of a case begins: over the API, by the role that it names, or through the DAG's webhook.
import { type ApiClient, ApiError } from '../../cli/client/api-client.ts'
import type { LoadedCase, WebhookStart } from './case-file.ts'
import { clientOf } from './principals.ts'

export type Begun = { runId: string; webhookStatus?: number } | { refused: string; webhookStatus?: number }

/** The words of a refusal; anything else is thrown on. */
export const refusal = (error: unknown): { refused: string } => {
  if (error instanceof ApiError && error.status >= 400 && error.status < 500 && !isNoPath(error))
    return { refused: error.message || 'refused' }
  throw error
}

/** The API has no such path: a feature that is missing, not an input that is refused. */
export const isNoPath = (error: ApiError): boolean =>
  error.status === 405 || (error.status === 404 && /is not part of the API/.test(error.message))

/** A way into the DAG for others, made once a case. */
async function makeWebhook(client: ApiClient, file: string): Promise<string> {
  return (await client.post<{ token: string }>(`/dags/${encodeURIComponent(file)}/webhook`, {})).token
}

const tokens = new WeakMap<ApiClient, Map<string, Promise<string>>>()

function tokenOf(client: ApiClient, file: string): Promise<string> {
  const known = tokens.get(client) ?? new Map<string, Promise<string>>()
  tokens.set(client, known)
  const token = known.get(file) ?? makeWebhook(client, file)
  known.set(file, token)
  return token
}

function bodyOf(w: WebhookStart): string | undefined {
  if (w.body_text !== undefined) return w.body_text
  if (w.body_filler_bytes !== undefined)
    return JSON.stringify({ payload: { filler: 'x'.repeat(Math.max(0, w.body_filler_bytes - 26)) } })
  return w.body === undefined ? undefined : JSON.stringify(w.body)
}

/** Calls the DAG's webhook as another program would: no API key, only what the case says. */
export async function callWebhook(client: ApiClient, file: string, w: WebhookStart): Promise<Response> {
  const own = await tokenOf(client, file)
  const token = w.token ?? own
  const body = bodyOf(w)
  return fetch(`${client.url}/api/v1/webhooks/${encodeURIComponent(file)}`, {
    method: 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...w.headers,
      ...(token === 'none' ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body }),
  })
}

async function beginByWebhook(client: ApiClient, file: string, w: WebhookStart): Promise<Begun> {
  const answer = await callWebhook(client, file, w)
  const text = await answer.text()
  if (!answer.ok) return { refused: text, webhookStatus: answer.status }
  return { runId: (JSON.parse(text) as { dagRunId: string }).dagRunId, webhookStatus: answer.status }
}

/** Starts the run that the case is about; a refusal is an answer. */
export async function begin(c: LoadedCase, client: ApiClient, file: string, runId: string): Promise<Begun> {
  const { start = {} } = c
  if (start.webhook) return beginByWebhook(client, file, start.webhook)
  if (start.webhook_payload !== undefined)
    return beginByWebhook(client, file, { body: { payload: start.webhook_payload } })
  const actor = await clientOf(client, start.role)
  const path = `/dags/${encodeURIComponent(file)}`
  const { dag } = await client.get<{ dag?: { runConfig?: { disableRunIdEdit?: boolean } } }>(path)
  // A DAG may keep the choice of the id to itself.
  const body = {
    ...(dag?.runConfig?.disableRunIdEdit ? {} : { dagRunId: runId }),
    ...(start.params === undefined ? {} : { params: start.params }),
    ...(start.profile === undefined ? {} : { profile: start.profile }),
  }
  return actor.post<{ dagRunId: string }>(`${path}/start`, body).then(answer => ({ runId: answer.dagRunId }), refusal)
}
