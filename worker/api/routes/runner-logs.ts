// Log segments from the hosts. Promise: a segment is streamed into storage, never held here, and never overwritten.

import { z } from '@hono/zod-openapi'
import { verifyUpload } from '../../auth/upload-key.ts'
import { logSegmentKey } from '../../store/keys.ts'
import { json, type Refusal } from '../answer.ts'
import { problem, unauthorized } from '../problem.ts'
import { route } from '../route.ts'
import { RunId, StepName, Stream } from '../schemas.ts'

export const MAX_SEGMENT_BYTES = 16 * 1024 * 1024

const Whole = z
  .string()
  .regex(/^(0|[1-9]\d{0,8})$/)
  .transform(Number)
const SegmentParams = z.object({ runId: RunId, step: StepName, attempt: Whole, stream: Stream, seq: Whole })

/** Length of a body that may be stored, or the answer that refuses it. */
function lengthOf(request: Request): number | Refusal {
  const header = request.headers.get('content-length')
  if (header === null || !/^\d+$/.test(header)) return problem('length_required', 'A segment names its length')
  const length = Number(header)
  if (length > MAX_SEGMENT_BYTES) return problem('too_large', `A segment has at most ${MAX_SEGMENT_BYTES} bytes`)
  return length
}

export const runnerLogRoutes = [
  route(
    {
      method: 'put',
      path: '/runner/logs/{runId}/{step}/{attempt}/{stream}/{seq}',
      permission: 'runner',
      tag: 'runners',
      summary: 'Store a sealed log segment; `x-edgedag-signature` proves that the run was given to the sender',
      params: SegmentParams,
      answers: { 200: 'It was there already', 201: z.object({ created: z.boolean() }) },
    },
    async ({ params, request, deps }) => {
      const signature = request.headers.get('x-edgedag-signature') ?? ''
      if (!(await verifyUpload(deps.settings.signingKey, params, signature))) return unauthorized()
      const length = lengthOf(request)
      if (length instanceof Response) return length
      const body = length === 0 || request.body === null ? new Uint8Array(0) : request.body
      const created = await deps.blobs.put(logSegmentKey(params), body)
      return json({ created }, created ? 201 : 200)
    },
  ),
]
