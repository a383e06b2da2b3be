// Lists of runs, and runs of a text that comes with the request.

import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { SINGLETON } from '../../objects/contracts.ts'
import { json } from '../answer.ts'
import { nextCursor, Started } from '../answers/common.ts'
import { RunSummaryJson } from '../answers/run.ts'
import { refuseLargeSpec } from '../body.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { problemTexts } from '../definition.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { runSummaryJson } from '../run-json.ts'
import { resolveSource, unknownRunner } from '../runner-source.ts'
import { Name, SchemaFiles, StartFields } from '../schemas.ts'
import { AllFilters, Filters, queryOf, type RunFilters } from '../search/run-filters.ts'
import { startRequest, startRun } from '../start-run.ts'

async function listRuns(deps: ApiDeps, filters: RunFilters & { limit: number }) {
  const query = queryOf(filters)
  if (query === null) return problem('bad_request', 'status must be a number from 0 to 8')
  const cursor = filters.cursor === undefined ? undefined : await decodeCursor(filters.cursor, query)
  if (cursor === null) return problem('bad_request', 'invalid cursor')
  const page = await deps
    .object('index', SINGLETON)
    .runs({ ...query, limit: filters.limit, ...(cursor === undefined ? {} : { cursor }) })
  return json({
    dagRuns: page.runs.map(runSummaryJson),
    ...(page.nextCursor === undefined ? {} : { nextCursor: await encodeCursor(page.nextCursor, query) }),
  })
}

const InlineFields = StartFields.extend({
  spec: z.string(),
  name: Name.optional(),
  /** Where relative paths of the text resolve; the runner must be the one that has the directory. */
  source: z.object({ runner: z.string().min(1).max(128), dir: z.string().min(1).max(4096) }).optional(),
  files: SchemaFiles.default({}),
})

interface Inline {
  deps: ApiDeps
  body: z.output<typeof InlineFields>
  caller: Principal | null
}

async function startInline({ deps, body, caller }: Inline, mode: 'start' | 'enqueue') {
  const { spec, name, files } = body
  if (name === undefined) return problem('bad_request', 'DAG name is required')
  const tooLarge = refuseLargeSpec(spec)
  if (tooLarge !== null) return tooLarge
  const source = body.source === undefined ? undefined : await resolveSource(deps, body.source)
  if (source === null) return problem('bad_request', unknownRunner(body.source?.runner ?? ''))
  const dagId = await directory(deps).inlineDagId(name)
  const dag = deps.object('dag', dagId)
  const stored = await dag.putSpec({
    dagId,
    fileName: '',
    name,
    spec,
    files,
    ...(source === undefined ? {} : { source }),
  })
  if (!stored.ok) {
    const { problems } = stored.error
    return problem('bad_request', problemTexts(problems).join('\n'), { errors: problemTexts(problems), problems })
  }
  const request = {
    ...startRequest(body, caller, mode),
    dagName: body.dagName || name,
    spec,
    files,
    ...(source === undefined ? {} : { source }),
  }
  const started = await startRun(deps, { dagId, dag }, request, caller)
  return started.ok ? json({ dagRunId: started.value }) : started.error
}

const tag = 'dag-runs'
const listAnswer = { 200: z.object({ dagRuns: z.array(RunSummaryJson), nextCursor }).openapi('DAGRunPage') }

export const runListRoutes = [
  route(
    {
      method: 'get',
      path: '/dag-runs',
      permission: 'runs.read',
      tag,
      summary: 'List runs, newest first',
      query: AllFilters,
      answers: listAnswer,
    },
    ({ query, deps }) => listRuns(deps, query),
  ),
  route(
    {
      method: 'get',
      path: '/dag-runs/{name}',
      permission: 'runs.read',
      tag,
      summary: 'List runs of a name, newest first',
      params: z.object({ name: Name }),
      query: Filters,
      answers: listAnswer,
    },
    ({ params, query, deps }) => listRuns(deps, { ...query, exactName: params.name }),
  ),
  route(
    {
      method: 'post',
      path: '/dag-runs',
      permission: 'runs.execute-inline',
      tag,
      summary: 'Run a YAML text that is not stored',
      body: InlineFields,
      answers: { 200: Started },
    },
    input => startInline(input, 'start'),
  ),
  route(
    {
      method: 'post',
      path: '/dag-runs/enqueue',
      permission: 'runs.execute-inline',
      tag,
      summary: 'Enqueue a run of a YAML text that is not stored',
      body: InlineFields,
      answers: { 200: Started },
    },
    input => startInline(input, 'enqueue'),
  ),
]
