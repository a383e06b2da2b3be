// Queues: the configured ones, and those of DAGs while something runs or waits in them.

import { z } from '@hono/zod-openapi'
import type { QueueRefusal } from '../../objects/contracts.ts'
import { type Answer, done, json, type Refusal } from '../answer.ts'
import { QueueItemsJson, QueueJson, QueuesJson } from '../answers/queue.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem } from '../problem.ts'
import { clearQueue, dequeueOne } from '../queues/clear.ts'
import { allQueues, findQueue, type QueueHandle, queueToChange } from '../queues/find-queue.ts'
import { itemsJson, queueJson } from '../queues/queue-json.ts'
import { route } from '../route.ts'
import { Limit, QueueName, RunId } from '../schemas.ts'

/** Most items whose rows are looked up for one answer. */
const MOST_ITEMS = 200

const Size = z.number().int().min(1).max(10_000)
const NameParams = z.object({ name: QueueName })
const ItemParams = NameParams.extend({ dagRunId: RunId })

const queueNotFound = (name: string): Refusal => problem('not_found', `Queue "${name}" not found`)

async function withQueue<R extends Answer<unknown>>(
  deps: ApiDeps,
  name: string,
  act: (queue: QueueHandle) => Promise<R>,
): Promise<R | Refusal> {
  const queue = await queueToChange(deps, name)
  return queue === null ? queueNotFound(name) : act(queue)
}

const notWaiting = (name: string, runId: string): Refusal =>
  problem('not_found', `dag-run ${runId} does not wait in queue ${name}`)

function outcome(result: 'ok' | QueueRefusal, name: string, runId: string) {
  if (result === 'ok') return done()
  if (result === 'unknown') return notWaiting(name, runId)
  if (result === 'running') return problem('conflict', `dag-run ${runId} has left queue ${name}: it runs already`)
  return problem('bad_request', 'the run that it is to be put before does not wait in this queue')
}

async function listQueues(deps: ApiDeps) {
  const found = await allQueues(deps)
  const queues = await Promise.all(found.map(({ handle, description }) => queueJson(deps, handle, description)))
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
}

const tag = 'queues'

const readRoutes = [
  route(
    {
      method: 'get',
      path: '/queues',
      permission: 'queues.read',
      tag,
      summary: 'All queues with what runs and how much waits',
      answers: { 200: QueuesJson },
    },
    ({ deps }) => listQueues(deps),
  ),
  route(
    {
      method: 'get',
      path: '/queues/{name}',
      permission: 'queues.read',
      tag,
      summary: 'One queue',
      params: NameParams,
      answers: { 200: QueueJson },
    },
    async ({ params, deps }) => {
      const queue = await findQueue(deps, params.name)
      return queue === null ? queueNotFound(params.name) : json(await queueJson(deps, queue.handle, queue.description))
    },
  ),
  route(
    {
      method: 'get',
      path: '/queues/{name}/items',
      permission: 'queues.read',
      tag,
      summary: 'What waits in a queue, in its order, with position, reason and expected start',
      params: NameParams,
      query: z.object({
        limit: Limit(MOST_ITEMS, 50),
        cursor: z
          .string()
          .regex(/^\d{1,9}$/, 'invalid cursor')
          .optional(),
      }),
      answers: { 200: QueueItemsJson },
    },
    async ({ params, query, deps }) => {
      const queue = await findQueue(deps, params.name)
      if (queue === null) return queueNotFound(params.name)
      const from = Number(query.cursor ?? 0)
      const to = from + query.limit
      const items = await queue.handle.items({ from, limit: query.limit })
      return json({
        items: await itemsJson(deps, queue.description, items),
        ...(to < queue.description.queuedCount ? { nextCursor: String(to) } : {}),
      })
    },
  ),
]

/** As many as a configuration file may name. */
const MOST_FILE_QUEUES = 1_000

const settingRoutes = [
  route(
    {
      method: 'put',
      path: '/source/queues',
      permission: 'source.sync',
      tag,
      summary:
        'All queues of the configuration file; those that it named before and does no longer are configured no longer',
      body: z.object({
        file: z.string().min(1).max(4096),
        queues: z.array(z.object({ name: QueueName, maxConcurrency: Size })).max(MOST_FILE_QUEUES),
      }),
      answers: { 200: 'Done' },
    },
    async ({ body: { file, queues }, deps }) => {
      await directory(deps).setFileQueues(file, queues)
      return done()
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
      body: z.looseObject({ maxConcurrency: Size.nullable() }),
      answers: { 200: z.object({ name: z.string(), maxConcurrency: z.number().nullable() }) },
    },
    async ({ params, body, deps }) => {
      const { maxConcurrency } = body
      const set = await directory(deps).setQueue(params.name, maxConcurrency)
      if (!set.ok) return problem('conflict', set.error.message)
      return json({ name: params.name, maxConcurrency })
    },
  ),
  ...(['pause', 'resume'] as const).map(word =>
    route(
      {
        method: 'post',
        path: `/queues/{name}/${word}`,
        permission: 'queues.write',
        tag,
        summary: word === 'pause' ? 'Admit nobody until it is resumed; what runs goes on' : 'Admit again',
        params: NameParams,
        answers: { 200: 'Done' },
      },
      ({ params, deps }) =>
        withQueue(deps, params.name, async queue => {
          await queue.setPaused(word === 'pause')
          return done()
        }),
    ),
  ),
]

const itemRoutes = [
  route(
    {
      method: 'post',
      path: '/queues/{name}/clear',
      permission: 'runs.execute',
      tag,
      summary: 'Take everything out of a queue that waits in it',
      params: NameParams,
      answers: { 200: z.object({ cleared: z.number() }) },
    },
    ({ params, deps }) => withQueue(deps, params.name, async queue => json({ cleared: await clearQueue(deps, queue) })),
  ),
  route(
    {
      method: 'delete',
      path: '/queues/{name}/items/{dagRunId}',
      permission: 'runs.execute',
      tag,
      summary: 'Take one run out of a queue; `next` takes the first',
      params: ItemParams,
      answers: { 200: z.object({ dagRunId: z.string() }) },
    },
    ({ params, deps }) =>
      withQueue(deps, params.name, async queue => {
        const runId = await dequeueOne(deps, queue, params.dagRunId)
        return runId === null ? notWaiting(params.name, params.dagRunId) : json({ dagRunId: runId })
      }),
  ),
  route(
    {
      method: 'post',
      path: '/queues/{name}/items/{dagRunId}/move',
      permission: 'runs.execute',
      tag,
      summary: 'Another place in the queue: `to` first or last, or right `before` another run',
      params: ItemParams,
      body: z.union([z.object({ to: z.enum(['first', 'last']) }), z.object({ before: RunId })]),
      answers: { 200: 'Done' },
    },
    ({ params, body, deps }) =>
      withQueue(deps, params.name, async queue =>
        outcome(await queue.move(params.dagRunId, body), params.name, params.dagRunId),
      ),
  ),
  route(
    {
      method: 'put',
      path: '/queues/{name}/items/{dagRunId}/priority',
      permission: 'runs.execute',
      tag,
      summary: 'Set the priority of a run that waits',
      params: ItemParams,
      body: z.object({ priority: z.enum(['high', 'low']) }),
      answers: { 200: 'Done' },
    },
    ({ params, body, deps }) =>
      withQueue(deps, params.name, async queue =>
        outcome(await queue.setPriority(params.dagRunId, body.priority), params.name, params.dagRunId),
      ),
  ),
]

export const queueRoutes = [...readRoutes, ...settingRoutes, ...itemRoutes]
