// An in-memory list of alerts.
import { err, ok } from '@edgedag/core/result'
import type { Alert, AlertMailChange, AlertMailSettings, AlertSettings, AlertsApi } from '../../objects/contracts.ts'

export class FakeAlerts
  implements Pick<AlertsApi, 'list' | 'dismiss' | 'settings' | 'setWebhook' | 'setMail' | 'testMail'>
{
  readonly alerts: Alert[] = []
  url: string | null = null
  mail: (AlertMailSettings & { hasPassword: boolean }) | null = null

  list({ active, limit }: { active: boolean; limit: number }) {
    const shown = this.alerts.filter(({ resolvedAt }) => !active || resolvedAt === null)
    return { alerts: shown.slice(0, limit), active: this.alerts.filter(({ resolvedAt }) => resolvedAt === null).length }
  }

  dismiss(id: string, by: string): boolean {
    const alert = this.alerts.find(each => each.id === id)
    if (alert !== undefined) alert.dismissedBy = by
    return alert !== undefined
  }

  settings(): AlertSettings {
    const webhook = this.url === null ? null : { target: `${new URL(this.url).origin}/…` }
    return {
      webhook,
      lastDelivery: null,
      waiting: 0,
      mail: this.mail === null ? null : { ...this.mail, lastDelivery: null, waiting: 0 },
    }
  }

  setWebhook(url: string | null): void {
    this.url = url
  }

  setMail(change: AlertMailChange | null): ReturnType<AlertsApi['setMail']> {
    if (change === null) this.mail = null
    else {
      const { password, ...shown } = change
      this.mail = {
        ...shown,
        hasPassword: password === undefined ? (this.mail?.hasPassword ?? false) : password !== '',
      }
    }
    return ok(null)
  }

  testMail(): ReturnType<AlertsApi['testMail']> {
    return this.mail === null ? err({ code: 'bad_request', message: 'no mail server is set' }) : ok(null)
  }

  testWebhook(): ReturnType<AlertsApi['testWebhook']> {
    return this.url === null ? err({ code: 'bad_request', message: 'no webhook is set' }) : ok(null)
  }
}
