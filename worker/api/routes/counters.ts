// What this control plane has cost since it came up, in the units that are billed or that are an fsync on one machine.
// On one machine all objects share a process, so the figures are whole; elsewhere they are those of one isolate.

import { z } from '@hono/zod-openapi'
import { counters, countersByKind, counting } from '../../host/counters.ts'
import { json } from '../answer.ts'
import { CountersJson } from '../answers/worker.ts'
import { route } from '../route.ts'

export const counterRoutes = [
  route(
    {
      method: 'get',
      path: '/counters',
      permission: 'workers.read',
      tag: 'system',
      summary: 'Rows, requests and R2 operations of all objects since the start; commits since the first look',
      answers: { 200: z.object({ total: CountersJson, byKind: z.record(z.string(), CountersJson) }) },
    },
    () => {
      counting.commits = true
      return json({ total: counters, byKind: countersByKind })
    },
  ),
]
