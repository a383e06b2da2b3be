// What others may ask of the object that keeps alerts: what is wrong now, what was, and who is told.
import type { Result } from '@edgedag/core/result'
import type { AlertDraft } from '@edgedag/core/schedule/alerts'

export interface Alert extends AlertDraft {
  id: string
  openedAt: number
  /** When it was over; null: it holds. */
  resolvedAt: number | null
  /** Somebody has seen it: it is listed, and no longer counted. */
  dismissedBy: string | null
}

export interface Delivery {
  at: number
  ok: boolean
  detail: string
}

/** The installation's mail account, without its password. */
export interface AlertMailSettings {
  host: string
  port: number
  /** `tls`: from the first byte; `starttls`: when the server offers it. */
  tls: 'tls' | 'starttls'
  /** Empty: none. */
  username: string
  from: string
  to: string[]
}

/** `password`: absent: as it was; empty: none. */
export type AlertMailChange = AlertMailSettings & { password?: string }

export interface AlertSettings {
  /** Where news are posted; null: nowhere. The path is left out: it often holds a secret. */
  webhook: { target: string } | null
  /** How the last delivery to the webhook went; null: there was none. */
  lastDelivery: Delivery | null
  /** News that wait for the webhook. */
  waiting: number
  /** Null: no mail is sent. */
  mail: (AlertMailSettings & { hasPassword: boolean; lastDelivery: Delivery | null; waiting: number }) | null
}

export interface AlertsApi {
  /** All alerts of a source that hold now: new ones are opened, those that are gone are over. The same list again changes nothing. */
  report(source: string, drafts: AlertDraft[]): void
  /** Newest first. */
  list(query: { active: boolean; limit: number }): { alerts: Alert[]; active: number }
  dismiss(id: string, by: string): boolean
  settings(): AlertSettings
  setWebhook(url: string | null): void
  /** Null: no mail any more. */
  setMail(change: AlertMailChange | null): Result<null, { code: string; message: string }>
  /** Posts a test message now. */
  testWebhook(): Result<null, { code: string; message: string }>
  /** Mails a test message now. */
  testMail(): Result<null, { code: string; message: string }>
  /** Minutely: looks after the runners. */
  sweep(): void
}
