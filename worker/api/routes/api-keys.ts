// API keys, each with a role (surface 4). Promise: a key's text is shown once, in the answer that makes it, and kept nowhere.

import { z } from '@hono/zod-openapi'
import { sha256Hex } from '../../auth/hash.ts'
import { isRole, ROLES } from '../../auth/roles.ts'
import type { ApiKeyRecord } from '../../objects/contracts.ts'
import { done, json, type Refusal } from '../answer.ts'
import { WorkspaceAccessJson } from '../answers/user.ts'
import { directory } from '../find-dag.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'

const KEY_HEX = 48
const PREFIX_CHARS = 14

const KeyJson = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    role: z.string(),
    keyPrefix: z.string(),
    createdBy: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    lastUsedAt: z.string().nullable().describe('To the hour; null: never'),
    workspaceAccess: WorkspaceAccessJson,
  })
  .openapi('APIKey')

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

const keyJson = (key: ApiKeyRecord) => ({
  ...key,
  createdAt: timeOf(key.createdAt),
  updatedAt: timeOf(key.updatedAt),
  lastUsedAt: key.lastUsedAt === null ? null : timeOf(key.lastUsedAt),
  workspaceAccess: { all: true, grants: [] },
})

const KeyName = z
  .string()
  .trim()
  .min(1, 'a name is needed')
  .max(128)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is kept out
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'a name has no control characters')
const RoleName = z.string().refine(isRole, `Invalid role: ${ROLES.join(', ')}`)
const Description = z.string().max(4_096)
const Params = z.object({ keyId: z.string().regex(/^[0-9a-f]{1,64}$/, 'not the id of a key') })
const common = { permission: 'api-keys', tag: 'api-keys' } as const
const notFound = (): Refusal => problem('not_found', 'API key not found')

export const apiKeyRoutes = [
  route(
    {
      ...common,
      method: 'get',
      path: '/api-keys',
      summary: 'All API keys, without their texts',
      answers: { 200: z.object({ apiKeys: z.array(KeyJson) }) },
    },
    async ({ deps }) => json({ apiKeys: (await directory(deps).apiKeys()).map(keyJson) }),
  ),
  route(
    {
      ...common,
      method: 'post',
      path: '/api-keys',
      summary: 'Make an API key with a role; the answer shows its text, once',
      body: z.looseObject({ name: KeyName, description: Description.default(''), role: RoleName }),
      answers: { 201: z.object({ key: z.string(), apiKey: KeyJson }) },
    },
    async ({ body, deps, caller }) => {
      const key = `edgedag_${deps.randomHex(KEY_HEX)}`
      const { name, description, role } = body
      const made = await directory(deps).createApiKey({
        tokenHash: await sha256Hex(key),
        keyPrefix: key.slice(0, PREFIX_CHARS),
        name,
        description,
        role,
        by: caller?.name ?? '',
      })
      return made.ok ? json({ key, apiKey: keyJson(made.value) }, 201) : refused(made.error)
    },
  ),
  route(
    {
      ...common,
      method: 'get',
      path: '/api-keys/{keyId}',
      params: Params,
      summary: 'One API key, without its text',
      answers: { 200: z.object({ apiKey: KeyJson }) },
    },
    async ({ params, deps }) => {
      const found = (await directory(deps).apiKeys()).find(key => key.id === params.keyId)
      return found === undefined ? notFound() : json({ apiKey: keyJson(found) })
    },
  ),
  route(
    {
      ...common,
      method: 'patch',
      path: '/api-keys/{keyId}',
      params: Params,
      summary: 'Change name, description or role; what is verified already stays so for 5 s',
      body: z.looseObject({
        name: KeyName.optional(),
        description: Description.optional(),
        role: RoleName.optional(),
      }),
      answers: { 200: z.object({ apiKey: KeyJson }) },
    },
    async ({ params, body, deps }) => {
      const { name, description, role } = body
      const changed = await directory(deps).updateApiKey(params.keyId, {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(role === undefined ? {} : { role }),
      })
      return changed.ok ? json({ apiKey: keyJson(changed.value) }) : refused(changed.error)
    },
  ),
  route(
    {
      ...common,
      method: 'delete',
      path: '/api-keys/{keyId}',
      params: Params,
      summary: 'Delete an API key and end its sessions',
      answers: { 204: 'Deleted' },
    },
    async ({ params, deps }) => ((await directory(deps).removeApiKey(params.keyId)) ? done(204) : notFound()),
  ),
]
