// Is the control plane there? Open to everybody, and says nothing else.

import { z } from '@hono/zod-openapi'
import { json } from '../answer.ts'
import { route } from '../route.ts'
import { timeText } from '../time.ts'

export const healthRoutes = [
  route(
    {
      method: 'get',
      path: '/health',
      permission: 'public',
      tag: 'system',
      summary: 'Health of the control plane',
      answers: {
        200: z.object({ status: z.string(), version: z.string(), uptime: z.number(), timestamp: z.string() }),
      },
    },
    ({ deps }) => {
      const { bootedAt, version } = deps.settings
      const uptime = bootedAt === 0 ? 0 : Math.max(0, Math.floor((deps.now() - bootedAt) / 1000))
      return json({ status: 'healthy', version, uptime, timestamp: timeText(deps.now()) })
    },
  ),
]
