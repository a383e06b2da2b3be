// Searching: texts of DAG files (under both names that the reference has for it), and logs of many runs.

import type { LogSearchLine } from '@edgedag/core/api/generated/answers'
import { z } from '@hono/zod-openapi'
import { SINGLETON } from '../../objects/contracts.ts'
import { json, Lines, ndjson } from '../answer.ts'
import { DagFeedJson, FoundDagsJson, LogSearchLineJson, MatchesJson } from '../answers/search.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import type { ApiDeps } from '../deps.ts'
import { findDag } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { runSummaryJson } from '../run-json.ts'
import { FileParams, Limit, List } from '../schemas.ts'
import { type LogFound, searchManyLogs } from '../search/log-search.ts'
import { AllFilters, queryOf } from '../search/run-filters.ts'
import { dagNotFound } from './dag-read.ts'

const Text = z.string().trim().min(1, 'q is the text to look for').max(200)
const Cursor = z.string().max(2048).optional()

/** Hits of one file that the older, whole answer shows. */
const ALL_MATCHES = 50
const MOST_DAGS = 200

const textsOf = (deps: ApiDeps) => deps.object('index', SINGLETON)

async function searchDags(deps: ApiDeps, q: string) {
  const { results } = await textsOf(deps).searchSpecs({ text: q, limit: MOST_DAGS, matchLimit: ALL_MATCHES })
  return json({
    results: results.map(({ fileName, name, schedule, matches }) => ({
      name: fileName,
      dag: { name, schedule },
      matches,
    })),
    errors: [],
  })
}

interface Feed {
  q: string
  labels?: string[] | undefined
  cursor?: string | undefined
  limit: number
}

async function dagFeed(deps: ApiDeps, { q, labels = [], cursor, limit }: Feed) {
  const filters = { q, labels }
  const after = cursor === undefined ? undefined : await decodeCursor(cursor, filters)
  if (after === null) return problem('bad_request', 'invalid cursor')
  const found = await textsOf(deps).searchSpecs({
    text: q,
    labels,
    limit,
    matchLimit: 1,
    ...(after === undefined ? {} : { after }),
  })
  const last = found.results.at(-1)
  const results = await Promise.all(
    found.results.map(async ({ fileName, name, matches, hasMore }) => ({
      fileName,
      name,
      matches,
      hasMoreMatches: hasMore,
      ...(hasMore
        ? { nextMatchesCursor: await encodeCursor(String(matches[0]?.lineNumber ?? 0), { fileName, q }) }
        : {}),
    })),
  )
  return json({
    results,
    hasMore: found.hasMore,
    ...(found.hasMore && last ? { nextCursor: await encodeCursor(last.fileName, filters) } : {}),
  })
}

async function dagMatches(deps: ApiDeps, fileName: string, { q, cursor, limit }: Feed) {
  const dag = await findDag(deps, fileName)
  if (dag === null) return dagNotFound(fileName)
  const filters = { fileName, q }
  const after = cursor === undefined ? '0' : await decodeCursor(cursor, filters)
  if (after === null) return problem('bad_request', 'invalid cursor')
  const { matches, hasMore } = await textsOf(deps).specMatches(dag.dagId, q, Number(after), limit)
  const last = matches.at(-1)
  return json({
    matches,
    hasMore,
    ...(hasMore && last ? { nextCursor: await encodeCursor(String(last.lineNumber), filters) } : {}),
  })
}

const LogFilters = AllFilters.omit({ q: true, limit: true }).extend({ q: Text, limit: Limit(1000, 100) })

/** One JSON object a line as they are found; the last one says why it ended. */
async function searchLogs(deps: ApiDeps, filters: z.output<typeof LogFilters>) {
  const { q, limit, cursor: given } = filters
  const query = queryOf({ ...filters, q: undefined })
  if (query === null) return problem('bad_request', 'status must be a number from 0 to 8')
  const bound = { ...query, logs: q }
  const cursor = given === undefined ? undefined : await decodeCursor(given, bound)
  if (cursor === null) return problem('bad_request', 'invalid cursor')
  const found = searchManyLogs(deps, { ...query, text: q, limit, ...(cursor === undefined ? {} : { cursor }) })
  return ndjson(linesOf(found, bound))
}

/** The generator of the search is ended with this one. */
async function* linesOf(found: AsyncGenerator<LogFound>, bound: unknown): AsyncGenerator<LogSearchLine> {
  for await (const each of found) yield await foundJson(each, bound)
}

async function foundJson(found: LogFound, bound: unknown): Promise<LogSearchLine> {
  if (found.type === 'end') {
    const { reason, runs, bytes, unsearched, cursor } = found
    const nextCursor = cursor === undefined ? {} : { nextCursor: await encodeCursor(cursor, bound) }
    return { type: 'end', reason, runs, bytes, unsearched, ...nextCursor }
  }
  const { name, dagRunId, status, statusLabel, startedAt } = runSummaryJson(found.run)
  const of = { name, dagRunId, status, statusLabel, startedAt }
  return found.type === 'hit' ? { type: 'match', ...of, ...found.hit } : { type: 'unsearched', ...of, ...found.log }
}

const tag = 'search'

export const searchRoutes = [
  route(
    {
      method: 'get',
      path: '/dags/search',
      permission: 'dags.read',
      tag,
      summary: 'DAG files whose text has `q`, with the hits',
      query: z.object({ q: Text }),
      answers: { 200: FoundDagsJson },
    },
    ({ query, deps }) => searchDags(deps, query.q),
  ),
  route(
    {
      method: 'get',
      path: '/search/dags',
      permission: 'dags.read',
      tag,
      summary: 'DAG files whose text has `q`, in pages, with the first hit of each',
      query: z.object({
        q: Text,
        labels: List,
        workspace: z.string().max(64).optional(),
        cursor: Cursor,
        limit: Limit(100, 20),
      }),
      answers: { 200: DagFeedJson },
    },
    ({ query, deps }) => {
      const workspace = query.workspace ? [`workspace=${query.workspace}`] : []
      return dagFeed(deps, { ...query, labels: [...(query.labels ?? []), ...workspace] })
    },
  ),
  route(
    {
      method: 'get',
      path: '/search/dags/{fileName}/matches',
      permission: 'dags.read',
      tag,
      summary: 'The hits in one DAG file, in pages',
      params: FileParams,
      query: z.object({ q: Text, cursor: Cursor, limit: Limit(200, 20) }),
      answers: { 200: MatchesJson },
    },
    ({ params, query, deps }) => dagMatches(deps, params.fileName, query),
  ),
  route(
    {
      method: 'get',
      path: '/search/logs',
      permission: 'runs.read',
      tag,
      summary:
        'A text in the logs of many runs, newest run first: NDJSON, `match` lines, `unsearched` lines for logs on hosts that do not answer, and one `end` line that says why it ended',
      query: LogFilters,
      answers: { 200: new Lines(LogSearchLineJson) },
    },
    ({ query, deps }) => searchLogs(deps, query),
  ),
]
