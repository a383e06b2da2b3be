// Alerts: what is wrong now, what was, and where news of it are posted.

import { z } from '@hono/zod-openapi'
import { type Alert, type AlertMailChange, type AlertMailSettings, SINGLETON } from '../../objects/contracts.ts'
import { done, json } from '../answer.ts'
import type { ApiDeps } from '../deps.ts'
import { problem, refused } from '../problem.ts'
import { route } from '../route.ts'
import { Limit } from '../schemas.ts'
import { timeText } from '../time.ts'

const alerts = (deps: ApiDeps) => deps.object('alerts', SINGLETON)

const AlertJson = z
  .object({
    id: z.string(),
    kind: z.enum(['missed', 'not_started', 'late', 'slow', 'stuck_in_queue', 'runner_gone', 'quarantined']),
    severity: z.enum(['warning', 'info']),
    title: z.string(),
    detail: z.string(),
    dagName: z.string().optional(),
    fileName: z.string().optional(),
    dagRunId: z.string().optional(),
    runnerId: z.string().optional(),
    dismissedBy: z.string().optional(),
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

const DeliveryJson = z
  .object({ at: z.string(), ok: z.boolean(), detail: z.string() })
  .openapi('AlertDelivery')
  .nullable()

const Address = z
  .string()
  .max(320)
  .regex(/^[^@\r\n]+@[^@\r\n]+$/, 'must be a mail address')

const MailFields = {
  host: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[A-Za-z0-9.:[\]-]+$/, 'must be the name or address of a server'),
  port: z.number().int().min(1).max(65_535),
  tls: z
    .enum(['tls', 'starttls'])
    .describe('`tls`: from the first byte (465); `starttls`: when the server offers it (587)'),
  username: z.string().max(320).default(''),
  from: Address,
  to: z.array(Address).min(1).max(50),
}

const SettingsJson = z
  .object({
    webhook: z.object({ target: z.string().describe('Without its path, which often holds a secret') }).nullable(),
    lastDelivery: DeliveryJson,
    waiting: z.number().int().describe('News that wait for their delivery'),
    mail: z
      .object({
        ...MailFields,
        username: z.string(),
        hasPassword: z.boolean(),
        lastDelivery: DeliveryJson,
        waiting: z.number().int(),
      })
      .nullable(),
  })
  .openapi('AlertSettings')

const changeOf = ({ password, ...rest }: AlertMailSettings & { password?: string | undefined }): AlertMailChange =>
  password === undefined ? rest : { ...rest, password }

type Last = { at: number; ok: boolean; detail: string } | null
const lastJson = (last: Last) => (last === null ? null : { ...last, at: timeText(last.at) })

async function settings(deps: ApiDeps) {
  const { lastDelivery, mail, ...rest } = await alerts(deps).settings()
  const mailJson = mail === null ? null : { ...mail, lastDelivery: lastJson(mail.lastDelivery) }
  return json({ ...rest, lastDelivery: lastJson(lastDelivery), mail: mailJson })
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
      summary:
        'Post alerts to this address as JSON (an empty one: nowhere), and mail them (null: no mail); what is absent stays',
      body: z.looseObject({
        webhookUrl: Url.optional(),
        mail: z
          .object({
            ...MailFields,
            password: z.string().max(4_096).optional().describe('Write-only; absent: as it was; empty: none'),
          })
          .nullable()
          .optional(),
      }),
      answers: { 200: SettingsJson },
    },
    async ({ body, deps }) => {
      const { webhookUrl, mail } = body
      if (webhookUrl === undefined && mail === undefined)
        return problem('bad_request', 'webhookUrl or mail is needed: nothing else can be set here')
      if (mail !== undefined) {
        const kept = await alerts(deps).setMail(mail === null ? null : changeOf(mail))
        if (!kept.ok) return refused(kept.error)
      }
      if (webhookUrl !== undefined) await alerts(deps).setWebhook(webhookUrl === '' ? null : webhookUrl)
      return settings(deps)
    },
  ),
  route(
    {
      method: 'post',
      path: '/settings/alerts/test',
      permission: 'alerts.settings',
      tag: 'settings',
      summary: 'Post or mail a test message now',
      query: z.object({ channel: z.enum(['webhook', 'mail']).default('webhook') }),
      answers: { 200: 'It was taken' },
    },
    async ({ query, deps }) => {
      const sent = query.channel === 'mail' ? await alerts(deps).testMail() : await alerts(deps).testWebhook()
      return sent.ok ? done() : refused(sent.error)
    },
  ),
]
