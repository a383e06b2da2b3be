// Queues: the configured ones, and those of DAGs while something runs or waits in them.
import { z } from '@hono/zod-openapi'
import { type QueueItem, type RunSummary, SINGLETON } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { json, route } from '../route.ts'
import { runSummaryJson } from '../run-json.ts'
import { Limit, Loose, Name } from '../schemas.ts'

interface QueueView {
  name: string
  type: 'global' | 'dag-based'
  maxConcurrency: number
  running: RunSummary[]
  runningCount: number
  /** What waits, in order; rows may have to be looked up. */
  queued: (QueueItem | RunSummary)[]
}

type Active = RunSummary[]

const activeRuns = async (deps: ApiDeps): Promise<Active> =>
  (await deps.object('index', SINGLETON).runs({ status: ['running', 'queued'], limit: 500 })).runs

const summaryOf = async (deps: ApiDeps, item: QueueItem | RunSummary): Promise<RunSummary | null> =>
  'dagName' in item ? item : deps.object('dag', item.dagId).run(item.runId)

/** Most items whose rows are looked up for one answer. */
const MOST_ITEMS = 200

async function globalQueue(deps: ApiDeps, name: string, active: Active): Promise<{ view: QueueView; ids: string[] }> {
  const { maxConcurrency, running, queued } = await deps.object('queue', name).describe()
  const shown = active.filter(({ runId }) => running.includes(runId))
  return {
    view: { name, type: 'global', maxConcurrency, running: shown, runningCount: running.length, queued },
    ids: [...running, ...queued.map(({ runId }) => runId)],
  }
}

/** DAGs' own queues, as far as anything runs or waits in them. */
function dagQueues(active: Active, taken: Set<string>): QueueView[] {
  const byName = Map.groupBy(
    active.filter(({ runId }) => !taken.has(runId)),
    ({ dagName }) => dagName,
  )
  return [...byName.entries()].sort().map(([name, runs]) => {
    const running = runs.filter(({ status }) => status === 'running')
    const queued = runs.filter(({ status }) => status === 'queued').reverse()
    return { name, type: 'dag-based', maxConcurrency: 1, running, runningCount: running.length, queued }
  })
}

const queueJson = ({ name, type, maxConcurrency, running, runningCount, queued }: QueueView) => ({
  name,
  type,
  maxConcurrency,
  runningCount,
  queuedCount: queued.length,
  running: running.map(runSummaryJson),
})

async function allQueues(deps: ApiDeps): Promise<QueueView[]> {
  const [names, active] = await Promise.all([directory(deps).queues(), activeRuns(deps)])
  const global = await Promise.all(names.map(({ name }) => globalQueue(deps, name, active)))
  const taken = new Set(global.flatMap(({ ids }) => ids))
  return [...global.map(({ view }) => view), ...dagQueues(active, taken)]
}

const oneQueue = async (deps: ApiDeps, name: string): Promise<QueueView | null> =>
  (await allQueues(deps)).find(queue => queue.name === name) ?? null

const queueNotFound = (name: string): Response => problem('not_found', `Queue "${name}" not found`)

const tag = 'queues'
const NameParams = z.object({ name: Name })

export const queueRoutes = [
  route(
    {
      method: 'get',
      path: '/queues',
      permission: 'queues.read',
      tag,
      summary: 'All queues with what runs and how much waits',
      answers: { 200: z.object({ queues: z.array(Loose), summary: Loose }) },
    },
    async ({ deps }) => {
      const queues = (await allQueues(deps)).map(queueJson)
      const sum = (key: 'runningCount' | 'queuedCount' | 'maxConcurrency') =>
        queues.reduce((total, queue) => total + queue[key], 0)
      const totalRunning = sum('runningCount')
      const totalCapacity = sum('maxConcurrency')
      return json({
        queues,
        summary: {
          totalQueues: queues.length,
          totalRunning,
          totalQueued: sum('queuedCount'),
          totalCapacity,
          utilizationPercentage: totalCapacity === 0 ? 0 : Math.round((totalRunning / totalCapacity) * 100),
        },
      })
    },
  ),
  route(
    {
      method: 'get',
      path: '/queues/{name}',
      permission: 'queues.read',
      tag,
      summary: 'One queue',
      params: NameParams,
      answers: { 200: Loose },
    },
    async ({ params, deps }) => {
      const queue = await oneQueue(deps, params.name)
      return queue === null ? queueNotFound(params.name) : json(queueJson(queue))
    },
  ),
  route(
    {
      method: 'get',
      path: '/queues/{name}/items',
      permission: 'queues.read',
      tag,
      summary: 'What waits in a queue, in its order',
      params: NameParams,
      query: z.object({
        limit: Limit(MOST_ITEMS, 50),
        cursor: z
          .string()
          .regex(/^\d{1,9}$/, 'invalid cursor')
          .optional(),
      }),
      answers: { 200: z.object({ items: z.array(Loose), nextCursor: z.string().optional() }) },
    },
    async ({ params, query, deps }) => {
      const queue = await oneQueue(deps, params.name)
      if (queue === null) return queueNotFound(params.name)
      const from = Number(query.cursor ?? 0)
      const to = from + query.limit
      const found = await Promise.all(queue.queued.slice(from, to).map(item => summaryOf(deps, item)))
      const items = found.filter(summary => summary !== null).map(runSummaryJson)
      return json({ items, ...(to < queue.queued.length ? { nextCursor: String(to) } : {}) })
    },
  ),
  route(
    {
      method: 'put',
      path: '/queues/{name}',
      permission: 'queues.write',
      tag,
      summary: 'Configure a global queue; `maxConcurrency: null` removes the setting',
      params: NameParams,
      body: z.looseObject({ maxConcurrency: z.number().int().min(1).max(10_000).nullable() }),
      answers: { 200: z.object({ name: z.string(), maxConcurrency: z.number().nullable() }) },
    },
    async ({ params, body, deps }) => {
      const { maxConcurrency } = body
      await directory(deps).setQueue(params.name, maxConcurrency)
      await deps.object('queue', params.name).configure(maxConcurrency)
      return json({ name: params.name, maxConcurrency })
    },
  ),
]
