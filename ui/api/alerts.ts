// Calls about alerts.
import { get, post, put, query, segments } from './client.ts'

export interface Alert {
  id: string
  kind: string
  severity: 'warning' | 'info'
  title: string
  detail: string
  dagName?: string
  fileName?: string
  dagRunId?: string
  runnerId?: string
  openedAt: string
  /** Absent: it holds. */
  resolvedAt?: string
  dismissedBy?: string
}

export interface AlertList {
  alerts: Alert[]
  /** Those that hold and that nobody has dismissed. */
  active: number
}

export interface AlertSettings {
  webhook: { target: string } | null
  lastDelivery: { at: string; ok: boolean; detail: string } | null
  waiting: number
}

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
export const saveAlertWebhook = (webhookUrl: string): Promise<AlertSettings> => put('/settings/alerts', { webhookUrl })

export const testAlertWebhook = (): Promise<void> => post('/settings/alerts/test')
