// Live updates: one WebSocket per topic, which ends in the object that knows the news.

import { z } from '@hono/zod-openapi'
import { SINGLETON } from '../../objects/contracts.ts'
import { runObjectName } from '../../objects/names.ts'
import { withoutJson } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { findRun, type RunAddress, runNotFound } from '../find-run.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { Name, RunId } from '../schemas.ts'
import { refuseNoUpgrade } from './runners.ts'

const Topic = z.string().max(200)
const RUN_TOPIC = /^run:([^:]+):([^:]+)(?::([^:]+))?$/

async function followRun(deps: ApiDeps, request: Request, address: RunAddress) {
  const found = await findRun(deps, address)
  if (found === null) return runNotFound(address)
  // The object is told the real id, also where the page asked for the latest run.
  const url = new URL(request.url)
  url.searchParams.set('topic', `run:${address.name}:${found.runId}`)
  const name = runObjectName(found.runId, deps.settings.runPool)
  return withoutJson(await deps.fetchObject('run', name, new Request(url, request)))
}

export const liveRoutes = [
  route(
    {
      method: 'get',
      path: '/live',
      permission: 'runs.read',
      tag: 'live',
      summary:
        'WebSocket of a topic: `run:{name}:{id}`, `run:{name}:{id}:{child}`, `dags` or `runs`; `since` resumes behind a sequence number',
      query: z.object({ topic: Topic, since: z.coerce.number().int().min(0).optional() }),
      answers: { 101: 'Connected' },
    },
    async ({ query, request, deps }) => {
      const refusal = refuseNoUpgrade(request)
      if (refusal !== null) return refusal
      if (query.topic === 'dags' || query.topic === 'runs')
        return withoutJson(await deps.fetchObject('index', SINGLETON, request))
      const [, name, dagRunId, subDAGRunId] = RUN_TOPIC.exec(query.topic) ?? []
      if (!Name.safeParse(name).success || !RunId.safeParse(dagRunId).success || !name || !dagRunId) {
        return problem('bad_request', 'topic must be run:{name}:{id}, dags or runs')
      }
      if (subDAGRunId !== undefined && !RunId.safeParse(subDAGRunId).success)
        return problem('bad_request', 'the third part of the topic must be a run id')
      return followRun(deps, request, { name, dagRunId, subDAGRunId })
    },
  ),
]
