// What the Vault tells about itself: who changed what, and under which keys its values are.

import { z } from '@hono/zod-openapi'
import { SINGLETON } from '../../objects/contracts.ts'
import { json } from '../answer.ts'
import { OwnJson } from '../answers/common.ts'
import { route } from '../route.ts'
import { Limit } from '../schemas.ts'

const EntryJson = z
  .object({
    id: z.number().int(),
    timestamp: z.string(),
    category: z.enum(['profile', 'secret', 'vault']),
    action: z.string(),
    username: z.string(),
    target: z.string(),
    details: OwnJson,
  })
  .openapi('VaultAuditEntry')
const tag = 'vault'

export const vaultRoutes = [
  route(
    {
      method: 'get',
      path: '/vault/audit',
      permission: 'audit.read',
      tag,
      summary: 'Changes of profiles and secrets, newest first; never values',
      query: z.object({
        category: z.enum(['profile', 'secret', 'vault']).optional(),
        limit: Limit(500, 100),
        before: z.coerce.number().int().positive().optional().describe('Id of the last entry of the page before'),
      }),
      answers: { 200: z.object({ entries: z.array(EntryJson) }) },
    },
    async ({ query, deps }) => {
      const { category, limit, before } = query
      const found = await deps.object('vault', SINGLETON).audit({
        limit,
        ...(category === undefined ? {} : { category }),
        ...(before === undefined ? {} : { before }),
      })
      const entries = found.map(({ n, at, actor, category, action, target, details }) => ({
        id: n,
        timestamp: new Date(at).toISOString(),
        category,
        action,
        username: actor,
        target,
        details,
      }))
      return json({ entries })
    },
  ),
  route(
    {
      method: 'get',
      path: '/vault/keys',
      permission: 'vault.read',
      tag,
      summary: 'Keys of the Vault by id, the current one first, with the number of values under each',
      answers: {
        200: z.object({
          keys: z.array(z.object({ id: z.string(), current: z.boolean(), values: z.number().int() })),
          unreadable: z.number().int().describe('Values under a key that is not configured, or that were changed'),
        }),
      },
    },
    async ({ deps }) => json(await deps.object('vault', SINGLETON).keys()),
  ),
]
