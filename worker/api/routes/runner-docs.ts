// Documents between the control plane and a host that has a folder of its own for them: what there is, one of them, and a new text that
// counts only if nobody else has changed the document.

import { MAX_DOC_BYTES } from '@edgedag/core/docs/document'
import { z } from '@hono/zod-openapi'
import { sha256Hex } from '../../auth/hash.ts'
import { done, json, withoutJson } from '../answer.ts'
import { docStore } from '../docs/doc-store.ts'
import { docsOfRunner } from '../docs/runner-docs.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'

const Id = z.string().min(1).max(1024)
const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'not a hash')
const base = { permission: 'runner', tag: 'runners' } as const

export const runnerDocRoutes = [
  route(
    {
      ...base,
      method: 'get',
      path: '/runner/docs',
      summary:
        'All documents that this runner may read, with the hashes of their texts; 304 where `if-none-match` names this very list',
      answers: { 200: z.object({ docs: z.array(z.object({ id: z.string(), hash: Hash })) }), 304: 'Nothing is new' },
    },
    async ({ request, caller, deps }) => {
      const allowed = await docsOfRunner(deps, caller)
      if (!('mayRead' in allowed)) return allowed
      const found = await docStore(deps, { op: 'hashes' })
      if (!found.ok) return refused(found.error)
      const docs = found.value.filter(({ id }) => allowed.mayRead(id))
      const etag = `"${await sha256Hex(JSON.stringify(docs))}"`
      if (request.headers.get('if-none-match') === etag)
        return withoutJson(new Response(null, { status: 304, headers: { etag } }))
      const answer = json({ docs })
      answer.headers.set('etag', etag)
      return answer
    },
  ),
  route(
    {
      ...base,
      method: 'get',
      path: '/runner/docs/doc',
      summary: 'The text of a document',
      query: z.object({ path: Id }),
      answers: { 200: z.object({ content: z.string() }) },
    },
    async ({ query: { path }, caller, deps }) => {
      const allowed = await docsOfRunner(deps, caller)
      if (!('mayRead' in allowed)) return allowed
      if (!allowed.mayRead(path)) return problem('not_found', `document ${path} not found`)
      const found = await docStore(deps, { op: 'read', id: path })
      return found.ok ? json({ content: found.value.content }) : refused(found.error)
    },
  ),
  route(
    {
      ...base,
      method: 'put',
      path: '/runner/docs',
      summary:
        'Store a document as a host has it; `ifHash`: only if the present text has this hash (null: if there is none), else 409',
      body: z.object({ id: Id, content: z.string().max(MAX_DOC_BYTES), ifHash: Hash.nullable().optional() }),
      maxBodyBytes: 8 * MAX_DOC_BYTES,
      answers: { 200: 'Stored' },
    },
    async ({ body: { id, content, ifHash }, caller, deps }) => {
      const allowed = await docsOfRunner(deps, caller)
      if (!('mayRead' in allowed)) return allowed
      const refusal = allowed.refuseWrite(id)
      if (refusal !== null) return refusal
      const checked = ifHash === undefined ? {} : { ifHash }
      const stored = await docStore(deps, { op: 'write', id, content, mode: 'upsert', ...checked })
      return stored.ok ? done() : refused(stored.error)
    },
  ),
]
