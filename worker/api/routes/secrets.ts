// The registry of secrets (surface 6). Promise: a value is written and never shown; what is shown says who changed what, and which
// DAGs name it.

import type { Result } from '@edgedag/core/result'
import { workspaceOfLabels } from '@edgedag/core/spec/workspace'
import { MAX_VALUE_CHARS } from '@edgedag/core/vault/rules'
import { z } from '@hono/zod-openapi'
import { type SecretRecord, SINGLETON } from '../../objects/contracts.ts'
import { done, json, type Refusal } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { Limit } from '../schemas.ts'
import { actorOf } from '../use-profile.ts'

const vault = (deps: ApiDeps) => deps.object('vault', SINGLETON)

const SecretJson = z
  .object({
    id: z.string(),
    workspace: z.string().describe('Empty: global'),
    ref: z.string(),
    description: z.string(),
    providerType: z.string().describe('`managed`, or where the value is kept'),
    providerRef: z.string(),
    options: z.record(z.string(), z.string()),
    currentVersion: z.number().int(),
    status: z.enum(['active', 'disabled']),
    createdAt: z.string(),
    createdBy: z.string(),
    updatedAt: z.string(),
    updatedBy: z.string(),
    lastUsedAt: z.string(),
    lastUsedBy: z.string().describe('Id of a run'),
  })
  .openapi('RegistrySecret')
const VersionJson = z.object({ version: z.number().int(), createdAt: z.string(), createdBy: z.string() })
const SecretDetails = SecretJson.extend({
  versions: z.array(VersionJson).describe('Newest first'),
  usedBy: z.array(z.string()).describe('File names of the DAGs that name it'),
}).openapi('RegistrySecretDetails')

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

const secretJson = ({ lastUsed, ...secret }: SecretRecord) => ({
  ...secret,
  createdAt: timeOf(secret.createdAt),
  updatedAt: timeOf(secret.updatedAt),
  lastUsedAt: lastUsed === null ? '' : timeOf(lastUsed.at),
  lastUsedBy: lastUsed?.runId ?? '',
})

type Refused = { code: string; message: string }
const answer = (result: Result<SecretRecord, Refused>, status = 200) =>
  result.ok ? json(secretJson(result.value), status) : refused(result.error)

const notFound = (): Refusal => problem('not_found', 'secret not found')

const PAGE = 500

/** Files of DAGs whose `secrets[].ref` is this, in the secret's scope; a workspace's own DAGs do not count for a global one that they hide. */
async function usedBy(deps: ApiDeps, { ref, workspace }: SecretRecord): Promise<string[]> {
  const files: string[] = []
  for (let page = 1; ; page++) {
    const { items, total } = await deps.object('index', SINGLETON).dags({ page, perPage: PAGE })
    for (const { fileName, summary } of items) {
      const { secretRefs = [], labels } = summary
      if (secretRefs.includes(ref) && (workspace === '' || workspaceOfLabels(labels) === workspace))
        files.push(fileName)
    }
    if (page * PAGE >= total) return files.sort()
  }
}

const Id = z.string().regex(/^[0-9a-f]{1,64}$/, 'not the id of a secret')
const Params = z.object({ secretId: Id })
const Text = z.string().max(4_096)
const Options = z.record(z.string().max(128), z.string().max(4_096)).refine(all => Object.keys(all).length <= 32)
const Value = z.string().max(MAX_VALUE_CHARS, `a value has at most ${MAX_VALUE_CHARS} characters`)

const tag = 'secrets'
const read = { permission: 'secrets.read', tag } as const
const write = { permission: 'secrets.write', tag } as const

function defined<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

export const secretRoutes = [
  route(
    {
      ...read,
      method: 'get',
      path: '/secrets',
      summary: 'Secrets of the registry, by scope and reference',
      query: z.object({
        workspace: Text.optional().describe('Of one workspace; `global`: those of none. Absent: all'),
        limit: Limit(500, 100),
        offset: z.coerce.number().int().min(0).default(0),
      }),
      answers: { 200: z.object({ secrets: z.array(SecretJson), total: z.number().int() }) },
    },
    async ({ query, deps }) => {
      const { workspace, limit, offset } = query
      const scope = workspace === undefined ? {} : { workspace: workspace === 'global' ? '' : workspace }
      const page = await vault(deps).secrets({ ...scope, limit, offset })
      return json({ secrets: page.secrets.map(secretJson), total: page.total })
    },
  ),
  route(
    {
      ...write,
      method: 'post',
      path: '/secrets',
      summary: 'Make a secret',
      body: z.looseObject({
        workspace: Text.default(''),
        ref: Text,
        description: Text.optional(),
        providerType: Text.optional(),
        providerRef: Text.optional(),
        options: Options.optional(),
        value: Value.optional(),
      }),
      answers: { 201: SecretJson },
    },
    async ({ body, deps, caller }) => {
      const { workspace, ref, description, providerType, providerRef, options, value } = body
      const rest = defined({ description, providerType, providerRef, options, value })
      return answer(await vault(deps).createSecret({ workspace, ref, ...rest }, actorOf(caller)), 201)
    },
  ),
  route(
    {
      ...read,
      method: 'get',
      path: '/secrets/{secretId}',
      summary: 'One secret: its versions, and the DAGs that name it',
      params: Params,
      answers: { 200: SecretDetails },
    },
    async ({ params, deps }) => {
      const found = await vault(deps).secret(params.secretId)
      if (found === null) return notFound()
      const { versions, ...secret } = found
      const shown = versions.map(version => ({ ...version, createdAt: timeOf(version.createdAt) }))
      return json({ ...secretJson(secret), versions: shown, usedBy: await usedBy(deps, secret) })
    },
  ),
  route(
    {
      ...write,
      method: 'patch',
      path: '/secrets/{secretId}',
      summary: 'Change the description, or where the value is kept',
      params: Params,
      body: z.looseObject({ description: Text.optional(), providerRef: Text.optional(), options: Options.optional() }),
      answers: { 200: SecretJson },
    },
    async ({ params, body, deps, caller }) => {
      const { description, providerRef, options } = body
      const change = defined({ description, providerRef, options })
      return answer(await vault(deps).updateSecret(params.secretId, change, actorOf(caller)))
    },
  ),
  ...(['enable', 'disable'] as const).map(verb =>
    route(
      {
        ...write,
        method: 'post',
        path: `/secrets/{secretId}/${verb}`,
        summary:
          verb === 'enable'
            ? 'Let runs have the secret again'
            : 'Attempts that start from now on and need the secret fail',
        params: Params,
        answers: { 200: SecretJson },
      },
      async ({ params, deps, caller }) =>
        answer(
          await vault(deps).setSecretStatus(
            params.secretId,
            verb === 'enable' ? 'active' : 'disabled',
            actorOf(caller),
          ),
        ),
    ),
  ),
  route(
    {
      ...write,
      method: 'post',
      path: '/secrets/{secretId}/versions',
      summary: 'Rotate: a new value for attempts that start from now on',
      params: Params,
      body: z.object({ value: Value }),
      answers: { 200: SecretJson },
    },
    async ({ params, body, deps, caller }) =>
      answer(await vault(deps).addVersion(params.secretId, body.value, actorOf(caller))),
  ),
  route(
    {
      ...write,
      method: 'delete',
      path: '/secrets/{secretId}',
      summary: 'Delete a secret with all its versions',
      params: Params,
      answers: { 204: 'Deleted' },
    },
    async ({ params, deps, caller }) => {
      const removed = await vault(deps).removeSecret(params.secretId, actorOf(caller))
      return removed.ok ? done(204) : refused(removed.error)
    },
  ),
]
