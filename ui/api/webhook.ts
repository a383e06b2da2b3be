// Calls about the webhook of a DAG.

import type { Answers, Webhook } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, request, segments } from './client.ts'

export type { WebhookDelivery as Delivery } from '@edgedag/core/api/generated/answers'
export type { Webhook }

type HmacSetup = Bodies['POST /dags/{fileName}/webhook/hmac/enable']
export type HmacMode = NonNullable<HmacSetup['authMode']>
export type WebhookProvider = NonNullable<Webhook['hmac']['provider']>

const path = (file: string): string => `/dags${segments(file)}/webhook`

export const webhookKeys = {
  one: (file: string) => ['webhook', file] as const,
  deliveries: (file: string) => ['webhook-deliveries', file] as const,
}

/** Null: the DAG has none. Read from the list, for which having none is no error. */
export async function fetchWebhook(file: string, signal?: AbortSignal): Promise<Webhook | null> {
  const { webhooks } = await get<Answers['GET /webhooks']>('/webhooks', signal)
  return webhooks.find(({ dagName }) => dagName === file) ?? null
}
export const fetchDeliveries = (file: string, signal?: AbortSignal) =>
  get<Answers['GET /dags/{fileName}/webhook/deliveries']>(`${path(file)}/deliveries`, signal)
export const createWebhook = (file: string) => post<Answers['POST /dags/{fileName}/webhook']>(path(file))
export const regenerateToken = (file: string) =>
  post<Answers['POST /dags/{fileName}/webhook/regenerate']>(`${path(file)}/regenerate`)
export const toggleWebhook = (file: string, enabled: boolean) =>
  post<Webhook>(`${path(file)}/toggle`, { enabled } satisfies Bodies['POST /dags/{fileName}/webhook/toggle'])
export const deleteWebhook = (file: string) => request<void>('DELETE', path(file))
export const enableHmac = (file: string, fields: HmacSetup) =>
  post<Answers['POST /dags/{fileName}/webhook/hmac/enable']>(`${path(file)}/hmac/enable`, fields)
export const allowProfiles = (file: string, allowedProfiles: string[]) =>
  put<Webhook>(`${path(file)}/profile-selection`, {
    allowedProfiles,
  } satisfies Bodies['PUT /dags/{fileName}/webhook/profile-selection'])
export const disableHmac = (file: string) => post<Webhook>(`${path(file)}/hmac/disable`)
