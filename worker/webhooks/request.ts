// What a delivery asks for: the run id, the payload and headers for its steps, and the id under which its sender repeats it. Pure.
import { err, ok, type Result } from '@edgedag/core/result'
import { parseJsonExactly } from '@edgedag/core/spec/json'

export const MAX_PAYLOAD_BYTES = 1024 * 1024
/** Characters of WEBHOOK_HEADERS: the values must fit into a process's environment. */
const MAX_HEADERS_CHARS = 32 * 1024
const MAX_ID_CHARS = 200

export interface WebhookContent {
  /** Text of WEBHOOK_PAYLOAD: JSON. */
  payload: string
  runId?: string
  /** The body as JSON. */
  json: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text))
  } catch (cause) {
    return err(`the body is not valid JSON: ${(cause as Error).message}`)
  }
}

/** Senders of forms put their JSON into the field `payload`. `curl -d '{...}'` says form and means JSON. */
function jsonText(body: string, contentType: string): Result<string, string> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(contentType.trim()) || /^\s*(\{|$)/.test(body)) return ok(body)
  const payload = new URLSearchParams(body).get('payload')
  return payload === null
    ? err('a form must have its JSON in the field payload; or send application/json')
    : ok(payload)
}

/** The object under `payload`, as JSON; ids that no number can hold keep their digits. */
const payloadText = (body: string): string => JSON.stringify((parseJsonExactly(body) as { payload: unknown }).payload)

/** `{dagRunId?, payload?}`: the payload is that object; any other JSON is the payload itself, its text unchanged. */
export function readContent(body: string, contentType: string): Result<WebhookContent, string> {
  const text = jsonText(body, contentType)
  if (!text.ok) return text
  const given = text.value.trim() === '' ? '{}' : text.value
  const json = parse(given)
  if (!json.ok) return json
  const { dagRunId, payload } = isObject(json.value) ? json.value : {}
  if (dagRunId !== undefined && typeof dagRunId !== 'string') return err('dagRunId must be a text')
  if (payload !== undefined && !isObject(payload)) return err('payload must be a JSON object')
  return ok({
    payload: payload === undefined ? given : payloadText(given),
    json: json.value,
    ...(dagRunId ? { runId: dagRunId } : {}),
  })
}

/** Headers that carry a secret: no step is given them, whatever the DAG lists. */
const NEVER = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-gitlab-token'])

/** WEBHOOK_HEADERS: the allow-listed headers as JSON, lower-case names with lists of values. */
export function forwardedHeaders(allowed: readonly string[], headers: Record<string, string>): string {
  const names = [...new Set(allowed.map(name => name.trim().toLowerCase()))].filter(name => !NEVER.has(name))
  const kept: [string, string[]][] = []
  let chars = 2
  for (const name of names) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (value === undefined) continue
    chars += JSON.stringify(name).length + JSON.stringify([value]).length + 2
    if (chars > MAX_HEADERS_CHARS) break
    kept.push([name, [value]])
  }
  return JSON.stringify(Object.fromEntries(kept))
}

/** Headers in which senders name a delivery, so that a repetition can be told. */
const ID_HEADERS = [
  'idempotency-key',
  'x-github-delivery',
  'x-gitlab-event-uuid',
  'webhook-id',
  'x-dagu-delivery',
] as const

/** The sender's name of a delivery; null: it has none. */
export function deliveryId(headers: Record<string, string>, json: unknown): string | null {
  for (const name of ID_HEADERS) {
    const value = headers[name]?.trim()
    if (value) return `${name}:${value.slice(0, MAX_ID_CHARS)}`
  }
  // Stripe names its events in the body.
  const event = headers['stripe-signature'] !== undefined && isObject(json) ? json.id : undefined
  return typeof event === 'string' && event !== '' ? `stripe:${event.slice(0, MAX_ID_CHARS)}` : null
}
