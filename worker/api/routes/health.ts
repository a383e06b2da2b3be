// Is the control plane there, and can it do its work? Open to everybody, and says nothing else. It answers 200 while it answers at all: to
// start it again, as a container's health check would, makes no room on a disk.

import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { route } from '../route.ts'
import { isDiskFull } from '../storage-full.ts'
import { timeText } from '../time.ts'

const HEALTHY = { status: 'healthy' } as const
const DEGRADED = {
  status: 'degraded',
  reason: 'the disk that holds the state of the control plane is full: nothing can be stored until some space is free',
} as const

export const healthRoutes = [
  route(
    {
      method: 'get',
      path: '/health',
      permission: 'public',
      tag: 'system',
      summary: 'Health of the control plane',
      answers: {
        200: z.object({
          status: z.enum(['healthy', 'degraded']),
          /** Why it is degraded. */
          reason: z.string().optional(),
          version: z.string(),
          uptime: z.number(),
          timestamp: z.string(),
        }),
      },
    },
    async ({ deps }) => {
      const { bootedAt, version } = deps.settings
      const uptime = bootedAt === 0 ? 0 : Math.max(0, Math.floor((deps.now() - bootedAt) / 1000))
      const condition = (await isDiskFull(deps)) ? DEGRADED : HEALTHY
      return json({ ...condition, version, uptime, timestamp: timeText(deps.now()) })
    },
  ),
]
