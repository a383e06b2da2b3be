// A request to a webhook's address. Promise: what is too large is refused before anything else is looked at; an unknown DAG, one
// without a webhook and a wrong token get the same answer.

import { sha256Hex } from '../auth/hash.ts'
import type { WebhookRefusal } from '../objects/contracts.ts'
import { MAX_PAYLOAD_BYTES } from '../webhooks/request.ts'
import { json, type Refusal } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { findDag } from './find-dag.ts'
import { problem, refused } from './problem.ts'
import { rememberRun } from './recent-runs.ts'

const tooLarge = (): Refusal => problem('too_large', `webhook payload too large (max ${MAX_PAYLOAD_BYTES} bytes)`)

/** The body as the bytes that were signed; the answer that refuses it. */
async function readBody(request: Request): Promise<string | Refusal> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_PAYLOAD_BYTES) return tooLarge()
  // A byte order mark is part of what was signed.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let bytes = 0
  let text = ''
  try {
    for await (const chunk of (request.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > MAX_PAYLOAD_BYTES) return tooLarge()
      text += decoder.decode(chunk, { stream: true })
    }
    return text + decoder.decode()
  } catch {
    return problem('bad_request', 'the body is not valid UTF-8')
  }
}

const tokenOf = (headers: Headers): string =>
  /^bearer +(\S{1,512}) *$/i.exec(headers.get('authorization') ?? '')?.[1] ?? ''

/** Headers that prove something are the signature's; the token itself goes no further than its hash. */
const headersOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name !== 'authorization' && name !== 'cookie'))

function refusal(error: WebhookRefusal): Refusal {
  if (error.code === 'unauthorized') return problem('unauthorized', error.message)
  const answer = refused(error)
  if (error.retryAfterSec !== undefined) answer.headers.set('retry-after', String(error.retryAfterSec))
  return answer
}

export async function receiveWebhook(deps: ApiDeps, fileName: string, request: Request) {
  const body = await readBody(request)
  if (body instanceof Response) return body
  const token = tokenOf(request.headers)
  const found = await findDag(deps, fileName)
  if (found === null) return problem('unauthorized', 'invalid webhook token')
  const started = await found.dag.deliver({
    body,
    contentType: request.headers.get('content-type') ?? '',
    headers: headersOf(request.headers),
    tokenHash: token === '' ? '' : await sha256Hex(token),
  })
  if (!started.ok) return refusal(started.error)
  const { runId, duplicate } = started.value
  rememberRun(deps, runId, found.dagId)
  return json({ dagName: fileName, dagRunId: runId, ...(duplicate ? { duplicate } : {}) })
}
