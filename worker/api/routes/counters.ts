// What this control plane has cost since it came up, in the units that are billed or that are an fsync on one machine.
// On one machine all objects share a process, so the figures are whole; elsewhere they are those of one isolate.
import { z } from '@hono/zod-openapi'
import { counters, countersByKind } from '../../host/counters.ts'
import { json, route } from '../route.ts'
import { Loose } from '../schemas.ts'

export const counterRoutes = [
  route(
    {
      method: 'get',
      path: '/counters',
      permission: 'workers.read',
      tag: 'system',
      summary: 'Rows, commits, requests and R2 operations of all objects since the start',
      answers: { 200: z.object({ total: Loose, byKind: Loose }) },
    },
    () => json({ total: counters, byKind: countersByKind }),
  ),
]
