// Deleting old runs of a DAG at once, or asking beforehand which they are.

import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { dagsNamed } from '../find-dag.ts'
import { route } from '../route.ts'
import { FileParams } from '../schemas.ts'
import { dagNotFound } from './dag-read.ts'

const DAY_MS = 86_400_000

export const dagHistoryRoutes = [
  route(
    {
      method: 'post',
      path: '/dags/{fileName}/dag-runs/cleanup',
      permission: 'runs.delete',
      tag: 'dags',
      summary:
        'Delete finished runs that ended more than `retentionDays` ago, with logs and artifacts; `dryRun` only lists them',
      params: FileParams,
      body: z.looseObject({ retentionDays: z.number().int().min(0).max(36_500), dryRun: z.boolean().default(false) }),
      answers: { 200: z.object({ dagRunIds: z.array(z.string()), count: z.number() }) },
    },
    async ({ params, body, deps }) => {
      const before = deps.now() - body.retentionDays * DAY_MS + 1
      for await (const { dag } of dagsNamed(deps, params.fileName)) {
        if ((await dag.get()) === null) continue
        const { runIds, count } = await dag.cleanUp({ before, dryRun: body.dryRun })
        return json({ dagRunIds: runIds, count })
      }
      return dagNotFound(params.fileName)
    },
  ),
]
