// Documents that runs have written on a host without a folder that the control plane sees.
import { MAX_DOC_BYTES } from '@edgedag/core/docs/document'
import { z } from '@hono/zod-openapi'
import { docStore } from '../docs/doc-store.ts'
import { refused } from '../problem.ts'
import { done, route } from '../route.ts'

export const runnerDocRoutes = [
  route(
    {
      method: 'put',
      path: '/runner/docs',
      permission: 'runner',
      tag: 'runners',
      summary: 'Store a document as a host has it',
      body: z.object({ id: z.string().min(1).max(1024), content: z.string().max(MAX_DOC_BYTES) }),
      maxBodyBytes: 8 * MAX_DOC_BYTES,
      answers: { 200: 'Stored' },
    },
    async ({ body: { id, content }, deps }) => {
      const stored = await docStore(deps, { op: 'write', id, content, mode: 'upsert' })
      return stored.ok ? done() : refused(stored.error)
    },
  ),
]
