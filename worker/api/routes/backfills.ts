// Backfills: runs of due times that lie in the past, previewed, started, paused, resumed and cancelled.

import { z } from '@hono/zod-openapi'
import type { Stub } from '../../host/port.ts'
import type { Backfill, BackfillPreview, BackfillRequest, DagApi } from '../../objects/contracts.ts'
import { type Answer, json, type Refusal } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { findDag } from '../find-dag.ts'
import { refused } from '../problem.ts'
import { route } from '../route.ts'
import { FileParams, Labels, Params } from '../schemas.ts'
import { timeText } from '../time.ts'
import { dagNotFound } from './dag-read.ts'

const Time = z.string().describe('RFC 3339, UTC')
const Count = z.number().int()

const PreviewJson = z
  .object({
    from: Time,
    to: Time,
    timezone: z.string(),
    total: Count.describe('Due times in the range'),
    existing: Count.describe('Those of them that have a run already'),
    first: z.array(Time),
    last: Time,
  })
  .openapi('BackfillPreview')

const BackfillJson = z
  .object({
    backfillId: z.string(),
    state: z.enum(['running', 'paused', 'done', 'cancelled']),
    reason: z.string().optional().describe('Why it is paused, where nobody has asked for it'),
    timezone: z.string(),
    concurrency: Count,
    pauseOnFailure: z.boolean(),
    by: z.string(),
    createdAt: Time,
    finishedAt: Time.optional(),
    lastDueTime: Time.optional().describe('Served last'),
    from: Time,
    to: Time,
    total: Count,
    served: Count,
    existing: Count,
    runs: z.record(z.string(), Count).describe('Its runs by status'),
  })
  .openapi('Backfill')

const Range = z.looseObject({
  from: z.string().min(1).max(40).describe("An RFC 3339 time, or a day of the schedule's zone"),
  to: z.string().max(40).optional().describe('Included; absent: now'),
  concurrency: z.number().int().min(1).max(100).default(1),
  params: Params.optional(),
  labels: Labels.optional(),
  pauseOnFailure: z.boolean().optional(),
  dryRun: z.boolean().default(false).describe('Only say what it would do'),
})

const previewJson = ({ zone, from, to, first, last, ...rest }: BackfillPreview) => ({
  ...rest,
  timezone: zone,
  from: timeText(from),
  to: timeText(to),
  first: first.map(timeText),
  last: timeText(last),
})

const backfillJson = ({ id, zone, from, to, cursor, createdAt, finishedAt, reason, ...rest }: Backfill) => ({
  backfillId: id,
  ...rest,
  timezone: zone,
  from: timeText(from),
  to: timeText(to),
  createdAt: timeText(createdAt),
  ...(cursor === null ? {} : { lastDueTime: timeText(cursor) }),
  ...(finishedAt === null ? {} : { finishedAt: timeText(finishedAt) }),
  ...(reason === null ? {} : { reason }),
})

async function withDag<R extends Answer<unknown>>(
  deps: ApiDeps,
  fileName: string,
  act: (dag: Stub<DagApi>) => Promise<R>,
): Promise<R | Refusal> {
  const found = await findDag(deps, fileName)
  return found === null ? dagNotFound(fileName) : act(found.dag)
}

function requestOf(body: z.output<typeof Range>, by: string | undefined): BackfillRequest {
  const { from, to, concurrency, params, labels, pauseOnFailure } = body
  return {
    from,
    concurrency,
    ...(to ? { to } : {}),
    ...(params === undefined || params === '' ? {} : { params }),
    ...(labels === undefined || labels.length === 0 ? {} : { labels }),
    ...(pauseOnFailure === undefined ? {} : { pauseOnFailure }),
    ...(by === undefined ? {} : { by }),
  }
}

const tag = 'dags'
const path = '/dags/{fileName}/backfills'

export const backfillRoutes = [
  route(
    {
      method: 'post',
      path,
      permission: 'runs.execute',
      tag,
      summary: 'Run the due times of a range in the past; the same range again is the same backfill',
      params: FileParams,
      body: Range,
      answers: { 200: z.union([BackfillJson, PreviewJson]) },
    },
    ({ params, body, caller, deps }) =>
      withDag(deps, params.fileName, async dag => {
        const request = requestOf(body, caller?.name)
        if (body.dryRun) {
          const preview = await dag.previewBackfill(request)
          return preview.ok ? json(previewJson(preview.value)) : refused(preview.error)
        }
        const started = await dag.startBackfill(request)
        return started.ok ? json(backfillJson(started.value)) : refused(started.error)
      }),
  ),
  route(
    {
      method: 'get',
      path,
      permission: 'dags.read',
      tag,
      summary: 'The backfills of a DAG, newest first',
      params: FileParams,
      answers: { 200: z.object({ backfills: z.array(BackfillJson) }) },
    },
    ({ params, deps }) =>
      withDag(deps, params.fileName, async dag => json({ backfills: (await dag.backfills()).map(backfillJson) })),
  ),
  route(
    {
      method: 'post',
      path: `${path}/{backfillId}/{action}`,
      permission: 'runs.execute',
      tag,
      summary: 'Pause, resume or cancel a backfill; runs that have begun go on',
      params: FileParams.extend({
        backfillId: z.string().regex(/^bf-[0-9a-f]{1,32}$/, 'not the id of a backfill'),
        action: z.enum(['pause', 'resume', 'cancel']),
      }),
      answers: { 200: BackfillJson },
    },
    ({ params, deps }) =>
      withDag(deps, params.fileName, async dag => {
        const steered = await dag.steerBackfill(params.backfillId, params.action)
        return steered.ok ? json(backfillJson(steered.value)) : refused(steered.error)
      }),
  ),
]
