// What the routes of documents share: their queries, the scope of a selected workspace, and documents as JSON.

import { type DocLine, type DocRefusal, MAX_DOC_BYTES } from '@edgedag/core/docs/document'
import { z } from '@hono/zod-openapi'
import type { Answer, Refusal } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { problem, refused } from '../problem.ts'
import { timeText } from '../time.ts'
import { type DocScope, docScope } from './doc-store.ts'

export const Id = z.string().min(1).max(1024)
export const Content = z
  .string()
  .refine(text => text.length * 3 <= MAX_DOC_BYTES || byteLength(text) <= MAX_DOC_BYTES, {
    message: `a document has at most ${MAX_DOC_BYTES} bytes`,
  })
export const Scope = z.object({ workspace: z.string().max(64).optional() })
export const OfDoc = Scope.extend({ path: Id })
export const Text = z.string().trim().min(1, 'q is the text to look for').max(200)
export const Message = z.object({ message: z.string() })
export const MATCHES = 20
export const MOST_RESULTS = 200

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength

export const lineJson = ({ id, title, description, createdAt, updatedAt }: DocLine) => ({
  id,
  title,
  description,
  createdAt: timeText(createdAt),
  updatedAt: timeText(updatedAt),
})

const missing = (path: string): Refusal => problem('not_found', `document ${path} not found`)
/** Texts of a store name full ids; a client of a workspace knows its own. */
export const refusal = ({ code }: DocRefusal, path: string, message: string): Refusal =>
  code === 'not_found' ? missing(path) : refused({ code, message: message.slice(0, 500) })

/** Hands the scope of a selected workspace to `use`. */
export async function scoped<R extends Answer<unknown>>(
  deps: ApiDeps,
  workspace: string | undefined,
  use: (scope: DocScope) => Promise<R>,
): Promise<R | Refusal> {
  const scope = await docScope(deps, workspace)
  return scope === null ? problem('bad_request', `${workspace} is not a workspace's name`) : use(scope)
}

/** One document under the id that the client uses, handed to `use`. */
export const oneDoc = <R extends Answer<unknown>>(
  deps: ApiDeps,
  { workspace, path }: z.output<typeof OfDoc>,
  use: (id: string, scope: DocScope) => Promise<R>,
): Promise<R | Refusal> =>
  scoped(deps, workspace, async scope => {
    const id = scope.full(path)
    return id === null ? missing(path) : use(id, scope)
  })

export async function shownDocs<T extends DocLine>(scope: DocScope, docs: readonly T[]): Promise<T[]> {
  return docs.flatMap(doc => {
    const id = scope.shown(doc.id)
    return id === null ? [] : [{ ...doc, id }]
  })
}
