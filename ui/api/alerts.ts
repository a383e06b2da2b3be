// Calls about alerts.

import type { Alert, AlertDelivery, AlertSettings, Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, query, segments } from './client.ts'

export type { Alert, AlertSettings }
export type Delivery = NonNullable<AlertDelivery>
export type AlertList = Answers['GET /alerts']

/** Where alerts are mailed from and to; what else is told of it is the server's to say. */
export type MailAccount = Omit<NonNullable<AlertSettings['mail']>, 'hasPassword' | 'lastDelivery' | 'waiting'>

export const alertKeys = {
  active: ['alerts', 'active'] as const,
  all: ['alerts', 'all'] as const,
  settings: ['alerts', 'settings'] as const,
}

export const fetchAlerts = (state: 'active' | 'all', signal?: AbortSignal): Promise<AlertList> =>
  get(`/alerts${query({ state })}`, signal)

export const dismissAlert = (id: string): Promise<void> => post(`/alerts${segments(id)}/dismiss`)

export const fetchAlertSettings = (signal?: AbortSignal): Promise<AlertSettings> => get('/settings/alerts', signal)

/** An empty address: alerts are posted nowhere. */
export const saveAlertWebhook = (webhookUrl: string): Promise<AlertSettings> =>
  put('/settings/alerts', { webhookUrl } satisfies Bodies['PUT /settings/alerts'])

export const testAlertWebhook = (): Promise<void> => post('/settings/alerts/test')

/** Null: no mail any more. Without a password the former one stays. */
export const saveAlertMail = (mail: (MailAccount & { password?: string }) | null): Promise<AlertSettings> =>
  put('/settings/alerts', { mail } satisfies Bodies['PUT /settings/alerts'])

export const testAlertMail = (): Promise<void> => post('/settings/alerts/test?channel=mail')
