// Searching documents: whole, page by page, and the hits in one of them.

import type { DocHit } from '@edgedag/core/docs/document'
import { z } from '@hono/zod-openapi'
import { findInText } from '../../search/lines.ts'
import { type Answer, json } from '../answer.ts'
import { DocFeedJson, FoundDocsJson, MatchesJson } from '../answers/search.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import type { ApiDeps } from '../deps.ts'
import {
  lineJson,
  MATCHES,
  MOST_RESULTS,
  OfDoc,
  oneDoc,
  refusal,
  Scope,
  scoped,
  shownDocs,
  Text,
} from '../docs/doc-answers.ts'
import { docStore } from '../docs/doc-store.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { Limit } from '../schemas.ts'

async function search<R extends Answer<unknown>>(
  deps: ApiDeps,
  workspace: string | undefined,
  q: string,
  use: (hits: DocHit[]) => R | Promise<R>,
) {
  return scoped(deps, workspace, async scope => {
    const found = await docStore(deps, { op: 'search', text: q, matchLimit: MATCHES + 1 })
    return found.ok ? use(await shownDocs(scope, found.value)) : refused(found.error)
  })
}

const hitJson = (hit: DocHit) => ({
  ...lineJson(hit),
  matches: hit.matches.map(({ line, text }) => ({ line: text, lineNumber: line, startLine: line })),
})

/** What a cursor among the hits of one document belongs to. */
const boundTo = (path: string, { workspace = '', q }: { workspace?: string | undefined; q: string }) => ({
  workspace,
  path,
  q,
})

/** A document of the feed with its first hits, and the way to those that follow. */
async function feedJson(hit: DocHit, query: { workspace?: string | undefined; q: string }) {
  const shown = hit.matches.slice(0, MATCHES)
  const hasMoreMatches = hit.matches.length > MATCHES
  const last = String(shown.at(-1)?.line ?? 0)
  return {
    ...hitJson({ ...hit, matches: shown }),
    hasMoreMatches,
    ...(hasMoreMatches ? { nextMatchesCursor: await encodeCursor(last, boundTo(hit.id, query)) } : {}),
  }
}

const reading = { permission: 'docs.read', tag: 'docs' } as const

export const docSearchRoutes = [
  route(
    {
      ...reading,
      method: 'get',
      path: '/docs/search',
      summary: 'Documents that hold a text, with the lines',
      query: Scope.extend({ q: Text }),
      answers: { 200: FoundDocsJson },
    },
    ({ query, deps }) =>
      search(deps, query.workspace, query.q, hits =>
        json({
          results: hits.slice(0, MOST_RESULTS).map(hit => hitJson({ ...hit, matches: hit.matches.slice(0, MATCHES) })),
        }),
      ),
  ),
  route(
    {
      ...reading,
      method: 'get',
      path: '/search/docs',
      summary: 'Documents that hold a text, page by page',
      query: Scope.extend({ q: Text, cursor: z.string().max(1024).optional(), limit: Limit(100, 20) }),
      answers: { 200: DocFeedJson },
    },
    ({ query, deps }) =>
      search(deps, query.workspace, query.q, async hits => {
        const rest = hits.filter(hit => hit.id > (query.cursor ?? ''))
        const page = rest.slice(0, query.limit)
        const hasMore = rest.length > page.length
        const nextCursor = hasMore ? { nextCursor: page.at(-1)?.id ?? '' } : {}
        const results = await Promise.all(page.map(hit => feedJson(hit, query)))
        return json({ results, hasMore, ...nextCursor })
      }),
  ),
  route(
    {
      ...reading,
      method: 'get',
      path: '/search/docs/matches',
      summary: 'The hits in one document, in pages',
      query: OfDoc.extend({ q: Text, cursor: z.string().max(2048).optional(), limit: Limit(200, 20) }),
      answers: { 200: MatchesJson },
    },
    ({ query, deps }) =>
      oneDoc(deps, query, async id => {
        const bound = boundTo(query.path, query)
        const after = query.cursor === undefined ? '0' : await decodeCursor(query.cursor, bound)
        if (after === null) return problem('bad_request', 'invalid cursor')
        const doc = await docStore(deps, { op: 'read', id })
        if (!doc.ok) return refusal(doc.error, query.path, doc.error.message)
        const { matches, hasMore } = findInText(doc.value.content, query.q, {
          after: Number(after),
          limit: query.limit,
        })
        const last = matches.at(-1)
        return json({
          matches,
          hasMore,
          ...(hasMore && last ? { nextCursor: await encodeCursor(String(last.lineNumber), bound) } : {}),
        })
      }),
  ),
]
