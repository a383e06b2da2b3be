// Request bodies. Promise: never more than the limit is held, an absent body is `{}`, anything else that is not JSON is refused.

import { err, ok, type Result } from '@edgedag/core/result'
import type { Refusal } from './answer.ts'
import { problem } from './problem.ts'

export const MAX_BODY_BYTES = 2 * 1024 * 1024
/** Of a YAML text; the envelope around it may be larger through JSON escapes. */
export const MAX_SPEC_BYTES = 1024 * 1024

const tooLarge = (limit: number): Refusal => problem('too_large', `The body is larger than ${limit} bytes`)

async function readText(request: Request, limit: number): Promise<string | null> {
  if (request.body === null) return ''
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > limit) return null
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** The JSON value of a body, or the answer that refuses it. */
export async function readJson(request: Request, limit = MAX_BODY_BYTES): Promise<Result<unknown, Refusal>> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return err(tooLarge(limit))
  const text = await readText(request, limit)
  if (text === null) return err(tooLarge(limit))
  if (text.trim() === '') return ok({})
  try {
    return ok(JSON.parse(text))
  } catch {
    return err(problem('bad_request', 'The body is not valid JSON'))
  }
}

/** The answer that refuses a YAML text above the limit; null: it is small enough. */
export function refuseLargeSpec(spec: string | undefined): Refusal | null {
  if (spec === undefined || spec.length * 3 <= MAX_SPEC_BYTES) return null
  const bytes = new TextEncoder().encode(spec).byteLength
  return bytes <= MAX_SPEC_BYTES
    ? null
    : problem('too_large', `The spec has ${bytes} bytes; at most ${MAX_SPEC_BYTES} are accepted`)
}
