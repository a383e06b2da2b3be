// Artifacts from the hosts. Promise: a blob is streamed into storage, never held here, and never overwritten.

import { MAX_BLOB_BYTES } from '@edgedag/core/artifacts/manifest'
import { z } from '@hono/zod-openapi'
import { verifyOfRun } from '../../auth/upload-key.ts'
import { artifactKey } from '../../store/keys.ts'
import { json } from '../answer.ts'
import { problem, unauthorized } from '../problem.ts'
import { route } from '../route.ts'
import { RunId } from '../schemas.ts'

const RunnerId = z.string().regex(/^[-a-zA-Z0-9_]{1,64}$/)
const BlobNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number)

export const runnerArtifactRoutes = [
  route(
    {
      method: 'put',
      path: '/runner/artifacts/{runId}/{runnerId}/{n}',
      permission: 'runner',
      tag: 'runners',
      summary: 'Store bytes of artifacts; `x-edgedag-signature` proves that the run was given to the sender',
      params: z.object({ runId: RunId, runnerId: RunnerId, n: BlobNumber }),
      answers: { 200: 'It was there already, and is as it was', 201: z.object({ created: z.boolean() }) },
    },
    async ({ params: { runId, runnerId, n }, request, caller, deps }) => {
      if (runnerId !== caller?.id) return problem('forbidden', 'a runner stores its own artifacts only')
      const signature = request.headers.get('x-edgedag-signature') ?? ''
      const text = `${runId}/artifacts/${runnerId}/${n}`
      if (!(await verifyOfRun(deps.settings.signingKey, runId, text, signature))) return unauthorized()
      const length = request.headers.get('content-length')
      if (length === null || !/^\d+$/.test(length)) return problem('length_required', 'A blob names its length')
      if (Number(length) > MAX_BLOB_BYTES) return problem('too_large', `A blob has at most ${MAX_BLOB_BYTES} bytes`)
      const body = length === '0' || request.body === null ? new Uint8Array(0) : request.body
      const created = await deps.blobs.put(artifactKey(runId, runnerId, n), body)
      return json({ created }, created ? 201 : 200)
    },
  ),
]
