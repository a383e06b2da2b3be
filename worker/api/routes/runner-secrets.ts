// Values for an attempt of a run. Promise: only the runner that holds a plan of the attempt is answered, and proves that it was
// given the run; nothing of the answer is kept on the way.

import { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { z } from '@hono/zod-openapi'
import { verifyOfRun } from '../../auth/upload-key.ts'
import { json } from '../answer.ts'
import { runStub } from '../find-run.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { RunId } from '../schemas.ts'

export const runnerSecretRoutes = [
  route(
    {
      method: 'post',
      path: '/runner/runs/{runId}/secrets',
      permission: 'runner',
      tag: 'runners',
      summary:
        'Profile values and registry secrets of an attempt; `x-edgedag-signature` proves that the run was given to the sender',
      params: z.object({ runId: RunId }),
      body: z.object({ attempt: z.number().int().positive() }),
      answers: { 200: z.object({ ...AttemptSecrets.shape }) },
    },
    async ({ params, body, request, caller, deps }) => {
      const signature = request.headers.get('x-edgedag-signature') ?? ''
      const { runId } = params
      const { attempt } = body
      const signed = `secrets/${runId}/${attempt}`
      if (!(await verifyOfRun(deps.settings.signingKey, runId, signed, signature)))
        return problem('forbidden', 'the signature is not that of this attempt')
      const given = await runStub(deps, runId).attemptSecrets(caller?.id ?? '', { runId, attempt })
      if (!given.ok) return refused(given.error)
      const answer = json(given.value)
      answer.headers.set('cache-control', 'no-store')
      return answer
    },
  ),
]
