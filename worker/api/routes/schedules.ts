// When DAGs fire: the next due times of one, what its schedule has skipped, and the zone of schedules that name none.

import { isZone } from '@edgedag/core/schedule/cron'
import { z } from '@hono/zod-openapi'
import type { ScheduleView } from '../../objects/contracts.ts'
import { json } from '../answer.ts'
import { directory, findDag } from '../find-dag.ts'
import { route } from '../route.ts'
import { FileParams, Limit } from '../schemas.ts'
import { timeText } from '../time.ts'
import { dagNotFound } from './dag-read.ts'

const Time = z.string().describe('RFC 3339, UTC')

const FireJson = z
  .object({
    at: Time,
    local: z.string().describe('The wall clock of the zone, with its offset'),
    zone: z.string(),
    do: z.enum(['start', 'stop', 'restart']),
    expression: z.string(),
    dst: z.object({ kind: z.enum(['skipped', 'repeated', 'changed']), text: z.string() }).optional(),
  })
  .openapi('ScheduleFire')

const ScheduleJson = z
  .object({
    suspended: z.boolean(),
    scheduled: z.boolean().describe('The DAG has a schedule'),
    timezone: z.string().describe('Zone of entries that name none'),
    fires: z.array(FireJson),
    never: z.array(z.object({ do: z.string(), expression: z.string(), why: z.string() })),
    skipped: z
      .array(z.object({ from: Time, at: Time, count: z.number().int(), reason: z.string() }))
      .describe('Starts that were due and did not happen, newest first'),
  })
  .openapi('DAGSchedule')

/** The answer about a schedule; times as texts. */
export function scheduleJson(view: ScheduleView): z.input<typeof ScheduleJson> {
  return {
    ...view,
    fires: view.fires.map(fire => ({ ...fire, at: timeText(fire.at) })),
    skipped: view.skipped
      .map(({ from, at, count, reason }) => ({ from: timeText(from), at: timeText(at), count, reason }))
      .reverse(),
  }
}

const Zone = z.string().max(64).refine(isZone, 'not an IANA time zone, write it like Europe/Berlin')
const ZoneJson = z
  .object({ timezone: z.string(), isDefault: z.boolean().describe("It is the host's own") })
  .openapi('TimeZone')

export const scheduleRoutes = [
  route(
    {
      method: 'get',
      path: '/dags/{fileName}/schedule',
      permission: 'dags.read',
      tag: 'dags',
      summary: 'The next due times of a DAG, with jumps of the clocks marked, and starts that were skipped',
      params: FileParams,
      query: z.object({ count: Limit(100, 5) }),
      answers: { 200: ScheduleJson },
    },
    async ({ params, query, deps }) => {
      const found = await findDag(deps, params.fileName)
      const view = found === null ? null : await found.dag.schedule(query.count)
      return view === null ? dagNotFound(params.fileName) : json(scheduleJson(view))
    },
  ),
  route(
    {
      method: 'get',
      path: '/settings/timezone',
      permission: 'dags.read',
      tag: 'settings',
      summary: 'The time zone of schedules that name none',
      answers: { 200: ZoneJson },
    },
    async ({ deps }) => json(await directory(deps).timezone()),
  ),
  route(
    {
      method: 'put',
      path: '/settings/timezone',
      permission: 'base-config.write',
      tag: 'settings',
      summary:
        "Set it; an empty one is the host's. Schedules are read in it from now on, and what was due before has fired",
      body: z.looseObject({ timezone: Zone.or(z.literal('')) }),
      answers: { 200: ZoneJson },
    },
    async ({ body, deps }) => {
      await directory(deps).setTimezone(body.timezone === '' ? null : body.timezone)
      return json(await directory(deps).timezone())
    },
  ),
]
