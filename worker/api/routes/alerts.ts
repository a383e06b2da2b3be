// Alerts: what is wrong now, what was, and where news of it are posted.
import { z } from '@hono/zod-openapi'
import { type Alert, SINGLETON } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { problem, refused } from '../problem.ts'
import { done, json, route } from '../route.ts'
import { Limit } from '../schemas.ts'
import { timeText } from '../time.ts'

const alerts = (deps: ApiDeps) => deps.object('alerts', SINGLETON)

const AlertJson = z
  .looseObject({
    id: z.string(),
    kind: z.enum(['missed', 'not_started', 'late', 'slow', 'stuck_in_queue', 'runner_gone', 'quarantined']),
    severity: z.enum(['warning', 'info']),
    title: z.string(),
    detail: z.string(),
    openedAt: z.string(),
    resolvedAt: z.string().optional().describe('Absent: it holds'),
  })
  .openapi('Alert')

const alertJson = ({ key: _key, openedAt, resolvedAt, dismissedBy, runId, ...rest }: Alert) => ({
  ...rest,
  ...(runId === undefined ? {} : { dagRunId: runId }),
  openedAt: timeText(openedAt),
  ...(resolvedAt === null ? {} : { resolvedAt: timeText(resolvedAt) }),
  ...(dismissedBy === null ? {} : { dismissedBy }),
})

const SettingsJson = z.object({
  webhook: z.object({ target: z.string().describe('Without its path, which often holds a secret') }).nullable(),
  lastDelivery: z.object({ at: z.string(), ok: z.boolean(), detail: z.string() }).nullable(),
  waiting: z.number().int().describe('News that wait for their delivery'),
})

async function settings(deps: ApiDeps): Promise<Response> {
  const { lastDelivery, ...rest } = await alerts(deps).settings()
  const last = lastDelivery === null ? null : { ...lastDelivery, at: timeText(lastDelivery.at) }
  return json({ ...rest, lastDelivery: last })
}

const Url = z
  .string()
  .max(2048)
  .refine(text => text === '' || isWebAddress(text), 'must be an http or https address')

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.hostname !== ''
}

const tag = 'alerts'

export const alertRoutes = [
  route(
    {
      method: 'get',
      path: '/alerts',
      permission: 'alerts.read',
      tag,
      summary: 'What is wrong now (`state=active`), or also what was; `active` counts those that nobody has dismissed',
      query: z.object({ state: z.enum(['active', 'all']).default('active'), limit: Limit(500, 100) }),
      answers: { 200: z.object({ alerts: z.array(AlertJson), active: z.number().int() }) },
    },
    async ({ query, deps }) => {
      const listed = await alerts(deps).list({ active: query.state === 'active', limit: query.limit })
      return json({ alerts: listed.alerts.map(alertJson), active: listed.active })
    },
  ),
  route(
    {
      method: 'post',
      path: '/alerts/{id}/dismiss',
      permission: 'alerts.dismiss',
      tag,
      summary: 'Somebody has seen it: it stays in the list until it is over, and is no longer counted',
      params: z.object({ id: z.string().regex(/^al-[0-9a-f]{1,32}$/, 'not the id of an alert') }),
      answers: { 200: 'Dismissed' },
    },
    async ({ params, caller, deps }) =>
      (await alerts(deps).dismiss(params.id, caller?.name ?? ''))
        ? done()
        : problem('not_found', `alert ${params.id} not found`),
  ),
  route(
    {
      method: 'get',
      path: '/settings/alerts',
      permission: 'alerts.settings',
      tag: 'settings',
      summary: 'Where alerts are posted, and how the last delivery went',
      answers: { 200: SettingsJson },
    },
    ({ deps }) => settings(deps),
  ),
  route(
    {
      method: 'put',
      path: '/settings/alerts',
      permission: 'alerts.settings',
      tag: 'settings',
      summary: 'Post alerts to this address as JSON; an empty one: nowhere',
      body: z.looseObject({ webhookUrl: Url }),
      answers: { 200: SettingsJson },
    },
    async ({ body, deps }) => {
      await alerts(deps).setWebhook(body.webhookUrl === '' ? null : body.webhookUrl)
      return settings(deps)
    },
  ),
  route(
    {
      method: 'post',
      path: '/settings/alerts/test',
      permission: 'alerts.settings',
      tag: 'settings',
      summary: 'Post a test message now',
      answers: { 200: 'It was taken' },
    },
    async ({ deps }) => {
      const sent = await alerts(deps).testWebhook()
      return sent.ok ? done() : refused(sent.error)
    },
  ),
]
