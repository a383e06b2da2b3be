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

export interface AlertSettings {
  /** Where news are posted; null: nowhere. The path is left out: it often holds a secret. */
  webhook: { target: string } | null
  /** How the last delivery went; null: there was none. */
  lastDelivery: { at: number; ok: boolean; detail: string } | null
  /** News that wait for their delivery. */
  waiting: number
}

export interface AlertsApi {
  /** All alerts of a source that hold now: new ones are opened, those that are gone are over. The same list again changes nothing. */
  report(source: string, drafts: AlertDraft[]): void
  /** Newest first. */
  list(query: { active: boolean; limit: number }): { alerts: Alert[]; active: number }
  dismiss(id: string, by: string): boolean
  settings(): AlertSettings
  setWebhook(url: string | null): void
  /** Posts a test message now. */
  testWebhook(): Result<null, { code: string; message: string }>
  /** Minutely: looks after the runners. */
  sweep(): void
}
