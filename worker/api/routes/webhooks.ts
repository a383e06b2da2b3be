// Webhooks: one per DAG, managed by developers; and the address that others post to.

import { z } from '@hono/zod-openapi'
import {
  WEBHOOK_AUTH_MODES,
  WEBHOOK_ENFORCEMENTS,
  WEBHOOK_PROVIDERS,
  type WebhookChange,
  type WebhookRecord,
} from '../../objects/contracts.ts'
import { SIGNATURE_HEADERS } from '../../webhooks/signatures.ts'
import { newHmacSecret, newToken } from '../../webhooks/tokens.ts'
import { type Answer, done, json } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { directory, findDag } from '../find-dag.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { FileParams, Limit, Name } from '../schemas.ts'
import { timeText } from '../time.ts'
import { receiveWebhook } from '../webhook-delivery.ts'
import { dagNotFound } from './dag-read.ts'

const HmacJson = z.object({
  enabled: z.boolean(),
  algorithm: z.string().optional(),
  format: z.string().optional(),
  headerName: z.string().optional(),
  enforcementMode: z.enum(WEBHOOK_ENFORCEMENTS).optional(),
  provider: z.enum(WEBHOOK_PROVIDERS).optional(),
  requireTimestamp: z.boolean().optional(),
  secretConfigured: z.boolean(),
  updatedAt: z.string().optional(),
})
const WebhookJson = z
  .object({
    id: z.string(),
    dagName: z.string(),
    tokenPrefix: z.string(),
    enabled: z.boolean(),
    authMode: z.enum(WEBHOOK_AUTH_MODES),
    hmac: HmacJson,
    profileSelection: z.object({ allowedProfiles: z.array(z.string()) }),
    createdBy: z.string(),
    createdAt: z.string(),
    updatedAt: z.string(),
    lastUsedAt: z.string().optional(),
  })
  .openapi('Webhook')

const DeliveryJson = z
  .object({
    id: z.number().int(),
    receivedAt: z.string(),
    status: z.number().int().describe('HTTP status that it was answered with'),
    bytes: z.number().int(),
    deliveryId: z.string().optional().describe('What names it at its sender'),
    note: z.string().optional().describe('Why it was refused, or what was noted'),
    dagRunId: z.string().optional(),
  })
  .openapi('WebhookDelivery')

const FORMATS: Record<WebhookRecord['hmac']['provider'], string> = {
  generic: 'sha256=<hex>',
  github: 'sha256=<hex>',
  gitlab: '<secret>',
  stripe: 't=<timestamp>,v1=<hex>',
  standard: 'v1,<base64>',
}

function hmacJson({
  enabled,
  provider,
  enforcement,
  requireTimestamp,
  secretConfigured,
  updatedAt,
}: WebhookRecord['hmac']) {
  if (!enabled) return { enabled, secretConfigured }
  return {
    enabled,
    algorithm: provider === 'gitlab' ? 'none' : 'HMAC-SHA256',
    format: FORMATS[provider],
    headerName: SIGNATURE_HEADERS[provider],
    enforcementMode: enforcement,
    provider,
    requireTimestamp,
    secretConfigured,
    ...(updatedAt === null ? {} : { updatedAt: timeText(updatedAt) }),
  }
}

function webhookJson(webhook: WebhookRecord) {
  const { id, fileName, tokenPrefix, enabled, authMode, hmac, allowedProfiles, createdBy, lastUsedAt } = webhook
  return {
    id,
    dagName: fileName,
    tokenPrefix,
    enabled,
    authMode,
    hmac: hmacJson(hmac),
    profileSelection: { allowedProfiles },
    createdBy,
    createdAt: timeText(webhook.createdAt),
    updatedAt: timeText(webhook.updatedAt),
    ...(lastUsedAt === null ? {} : { lastUsedAt: timeText(lastUsedAt) }),
  }
}

/** Makes a change and answers what `show` makes of the webhook. */
async function change<T>(
  deps: ApiDeps,
  fileName: string,
  wanted: WebhookChange,
  show: (webhook: ReturnType<typeof webhookJson>) => Answer<T>,
) {
  const found = await findDag(deps, fileName)
  if (found === null) return dagNotFound(fileName)
  if (wanted.do === 'create') await directory(deps).noteWebhook(found.dagId)
  const answer = await found.dag.webhook(wanted)
  if (!answer.ok) return refused(answer.error)
  return answer.value === null
    ? problem('not_found', `no webhook configured for DAG ${fileName}`)
    : show(webhookJson(answer.value))
}

async function remove(deps: ApiDeps, fileName: string) {
  const found = await findDag(deps, fileName)
  if (found === null) return dagNotFound(fileName)
  const removed = await found.dag.webhook({ do: 'remove' })
  return removed.ok ? done(204) : refused(removed.error)
}

async function read(deps: ApiDeps, fileName: string) {
  const found = await findDag(deps, fileName)
  if (found === null) return dagNotFound(fileName)
  const answer = await found.dag.webhook()
  if (!answer.ok) return refused(answer.error)
  return answer.value === null
    ? problem('not_found', `no webhook configured for DAG ${fileName}`)
    : json(webhookJson(answer.value))
}

async function readAll(deps: ApiDeps) {
  const dags = await directory(deps).webhookDags()
  const answers = await Promise.all(dags.map(({ dagId }) => deps.object('dag', dagId).webhook()))
  return json({ webhooks: answers.flatMap(answer => (answer.ok && answer.value ? [webhookJson(answer.value)] : [])) })
}

async function deliveries(deps: ApiDeps, fileName: string, limit: number) {
  const found = await findDag(deps, fileName)
  if (found === null) return dagNotFound(fileName)
  const rows = await found.dag.deliveries(limit)
  return json({
    deliveries: rows.map(({ n, at, delivery, status, note, runId, bytes }) => ({
      id: n,
      receivedAt: timeText(at),
      status,
      bytes,
      ...(delivery === null ? {} : { deliveryId: delivery }),
      ...(note === '' ? {} : { note }),
      ...(runId === null ? {} : { dagRunId: runId }),
    })),
  })
}

const HmacFields = z.object({
  authMode: z.enum(WEBHOOK_AUTH_MODES).optional(),
  enforcementMode: z.enum(WEBHOOK_ENFORCEMENTS).optional(),
  provider: z.enum(WEBHOOK_PROVIDERS).optional(),
  requireTimestamp: z.boolean().optional(),
})
/** A secret that the sender has made (Stripe, Standard Webhooks); absent: one is generated. */
const Secret = z.string().min(8).max(512).optional()

const hmacChange = ({ authMode, enforcementMode, provider, requireTimestamp }: z.output<typeof HmacFields>) => ({
  do: 'hmac' as const,
  ...(authMode === undefined ? {} : { authMode }),
  ...(enforcementMode === undefined ? {} : { enforcement: enforcementMode }),
  ...(provider === undefined ? {} : { provider }),
  ...(requireTimestamp === undefined ? {} : { requireTimestamp }),
})

const tag = 'webhooks'
const managed = { permission: 'webhooks.manage', tag, params: FileParams } as const
const WithToken = z.object({ token: z.string(), webhook: WebhookJson })
const WithSecret = z.object({ hmacSecret: z.string(), webhook: WebhookJson })

export const webhookRoutes = [
  route(
    {
      method: 'get',
      path: '/webhooks',
      permission: 'webhooks.manage',
      tag,
      summary: 'All webhooks',
      answers: { 200: z.object({ webhooks: z.array(WebhookJson) }) },
    },
    ({ deps }) => readAll(deps),
  ),
  route(
    {
      method: 'post',
      path: '/webhooks/{fileName}',
      permission: 'public',
      tag,
      summary: 'Start a run of the DAG; the request proves itself by the token or signature of its webhook',
      params: FileParams,
      answers: { 200: z.object({ dagName: z.string(), dagRunId: z.string(), duplicate: z.boolean().optional() }) },
    },
    ({ params, request, deps }) => receiveWebhook(deps, params.fileName, request),
  ),
  route(
    {
      ...managed,
      method: 'get',
      path: '/dags/{fileName}/webhook',
      summary: 'The webhook of a DAG',
      answers: { 200: WebhookJson },
    },
    ({ params, deps }) => read(deps, params.fileName),
  ),
  route(
    {
      ...managed,
      method: 'get',
      path: '/dags/{fileName}/webhook/deliveries',
      summary: 'What was delivered of late, newest first',
      query: z.object({ limit: Limit(100, 20) }),
      answers: { 200: z.object({ deliveries: z.array(DeliveryJson) }) },
    },
    ({ params, query, deps }) => deliveries(deps, params.fileName, query.limit),
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook',
      summary: 'Create the webhook; its token is shown this once',
      answers: { 201: WithToken },
    },
    async ({ params, deps, caller }) => {
      const { token, ...stored } = await newToken(deps.randomHex)
      const wanted: WebhookChange = { do: 'create', ...stored, by: caller?.name ?? '' }
      return change(deps, params.fileName, wanted, webhook => json({ token, webhook }, 201))
    },
  ),
  route(
    {
      ...managed,
      method: 'delete',
      path: '/dags/{fileName}/webhook',
      summary: 'Delete the webhook',
      answers: { 204: 'Deleted' },
    },
    ({ params, deps }) => remove(deps, params.fileName),
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook/regenerate',
      summary: 'A new token; the former one is refused from now on',
      answers: { 200: WithToken },
    },
    async ({ params, deps }) => {
      const { token, ...stored } = await newToken(deps.randomHex)
      return change(deps, params.fileName, { do: 'token', ...stored }, webhook => json({ token, webhook }))
    },
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook/toggle',
      summary: 'Enable or disable the webhook',
      body: z.object({ enabled: z.boolean() }),
      answers: { 200: WebhookJson },
    },
    ({ params, body, deps }) =>
      change(deps, params.fileName, { do: 'toggle', enabled: body.enabled }, webhook => json(webhook)),
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook/hmac/enable',
      summary: 'Ask for signatures; the secret is shown this once',
      body: HmacFields.extend({ secret: Secret }),
      answers: { 200: WithSecret },
    },
    ({ params, body, deps }) => {
      const hmacSecret = body.secret ?? newHmacSecret(deps.randomHex, body.provider ?? 'generic')
      const wanted: WebhookChange = { ...hmacChange(body), enabled: true, secret: hmacSecret }
      return change(deps, params.fileName, wanted, webhook => json({ hmacSecret, webhook }))
    },
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook/hmac/configure',
      summary: 'Change how signatures are asked for',
      body: HmacFields,
      answers: { 200: WebhookJson },
    },
    ({ params, body, deps }) => change(deps, params.fileName, hmacChange(body), webhook => json(webhook)),
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook/hmac/disable',
      summary: 'Ask for the token alone',
      answers: { 200: WebhookJson },
    },
    ({ params, deps }) => change(deps, params.fileName, { do: 'hmac', enabled: false }, webhook => json(webhook)),
  ),
  route(
    {
      ...managed,
      method: 'post',
      path: '/dags/{fileName}/webhook/hmac/regenerate',
      summary: 'A new HMAC secret; the former one is refused from now on',
      body: z.object({ secret: Secret }),
      answers: { 200: WithSecret },
    },
    async ({ params, body, deps }) => {
      const known = await (await findDag(deps, params.fileName))?.dag.webhook()
      const provider = known?.ok ? known.value?.hmac.provider : undefined
      const hmacSecret = body.secret ?? newHmacSecret(deps.randomHex, provider ?? 'generic')
      return change(deps, params.fileName, { do: 'hmac', secret: hmacSecret }, webhook => json({ hmacSecret, webhook }))
    },
  ),
  route(
    {
      ...managed,
      method: 'put',
      path: '/dags/{fileName}/webhook/profile-selection',
      permission: 'webhooks.profiles',
      summary: 'Profiles that a delivery may choose by X-Dagu-Profile',
      body: z.object({ allowedProfiles: z.array(Name).max(100) }),
      answers: { 200: WebhookJson },
    },
    ({ params, body, deps }) =>
      change(deps, params.fileName, { do: 'profiles', allowed: body.allowedProfiles }, webhook => json(webhook)),
  ),
]
