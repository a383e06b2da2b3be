// Payloads of webhooks that are too large for a frame, for the host that executes the run.

import { z } from '@hono/zod-openapi'
import { verifyOfRun } from '../../auth/upload-key.ts'
import { payloadKey } from '../../store/keys.ts'
import { withoutJson } from '../answer.ts'
import { problem, unauthorized } from '../problem.ts'
import { route } from '../route.ts'
import { RunId } from '../schemas.ts'

export const runnerPayloadRoutes = [
  route(
    {
      method: 'get',
      path: '/runner/payloads/{runId}/{blob}',
      permission: 'runner',
      tag: 'runners',
      summary: "A run's webhook payload; `x-edgedag-signature` proves that the run was given to the sender",
      params: z.object({ runId: RunId, blob: z.string().regex(/^[0-9a-f]{24}$/) }),
      answers: { 200: 'The payload as text' },
    },
    async ({ params: { runId, blob }, request, deps }) => {
      const signature = request.headers.get('x-edgedag-signature') ?? ''
      if (!(await verifyOfRun(deps.settings.signingKey, runId, `${runId}/payloads/${blob}`, signature)))
        return unauthorized()
      const bytes = await deps.blobs.get(payloadKey(runId, blob))
      if (bytes === null) return problem('not_found', 'the payload is gone')
      return withoutJson(new Response(bytes, { headers: { 'content-type': 'application/json' } }))
    },
  ),
]
