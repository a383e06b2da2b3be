// Alerts: what is wrong now, and what was. Promise: an alert opens once however often it is reported, is over by itself when its source
// no longer reports it, and the list stays bounded.
import { err, ok, type Result } from '@edgedag/core/result'
import type { AlertDraft } from '@edgedag/core/schedule/alerts'
import { AlarmClock } from '../../host/alarm-clock.ts'
import type { ManagedObject, ObjectHost, Serves } from '../../host/port.ts'
import { migrate } from '../../store/migrate.ts'
import { ALERTS_TABLES } from '../../store/tables.ts'
import type { Alert, AlertMailChange, AlertSettings, AlertsApi, Kinds } from '../contracts.ts'
import { AlertMail } from './mail.ts'
import { AlertNews, type Channel } from './news.ts'
import { type AwayTimes, runnerAlerts } from './runners.ts'
import { Setting } from './setting.ts'
import { AlertWebhook } from './webhook.ts'

const MOST_KEPT = 1_000
const KEPT_MS = 30 * 86_400_000
/** Source of alerts about runners. */
const RUNNERS = 'runners'

type Row = { id: string; source: string; key: string; data: string; resolved_at: number | null }

export class AlertsObject implements Serves<AlertsApi>, ManagedObject {
  readonly #host: ObjectHost<Kinds>
  readonly #alarm: AlarmClock<Kinds>
  readonly #webhook: AlertWebhook
  readonly #mail: AlertMail
  readonly #news: AlertNews
  readonly #away: AwayTimes

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#alarm = new AlarmClock(host)
    migrate(host.sql, ALERTS_TABLES)
    this.#webhook = new AlertWebhook(host)
    this.#mail = new AlertMail(host)
    this.#news = new AlertNews(host, [this.#webhook, this.#mail])
    const away = new Setting(host.sql, 'away')
    this.#away = { get: () => JSON.parse(away.get() ?? '{}'), set: times => away.set(JSON.stringify(times)) }
  }

  async init(): Promise<void> {
    await this.#alarm.load()
    this.#rearm()
  }

  report(source: string, drafts: AlertDraft[]): void {
    const known = new Map(this.#active(source).map(alert => [alert.key, alert]))
    for (const draft of drafts) {
      const alert = known.get(draft.key)
      if (alert === undefined) this.#open(source, draft)
      known.delete(draft.key)
    }
    const resolvedAt = this.#host.now()
    for (const alert of known.values()) {
      const over: Alert = { ...alert, resolvedAt }
      this.#save(source, over)
      if (alert.dismissedBy === null) this.#news.add('alert.resolved', over)
    }
    this.#rearm()
  }

  list({ active, limit }: { active: boolean; limit: number }): { alerts: Alert[]; active: number } {
    const which = active ? 'WHERE resolved_at IS NULL' : ''
    const rows = this.#host.sql.exec<Row>(
      `SELECT * FROM alert ${which} ORDER BY resolved_at IS NOT NULL, opened_at DESC, id LIMIT ?`,
      limit,
    )
    const open = this.#active().filter(alert => alert.dismissedBy === null && alert.severity === 'warning')
    return { alerts: rows.map(toAlert), active: open.length }
  }

  dismiss(id: string, by: string): boolean {
    const row = this.#host.sql.exec<Row>('SELECT * FROM alert WHERE id = ?', id)[0]
    if (row === undefined) return false
    const alert = toAlert(row)
    if (alert.dismissedBy === null) this.#save(row.source, { ...alert, dismissedBy: by })
    return true
  }

  settings(): AlertSettings {
    const { url } = this.#webhook
    const mail = this.#mail.settings()
    return {
      webhook: url === null ? null : { target: `${new URL(url).origin}/…` },
      lastDelivery: this.#news.last('webhook'),
      waiting: this.#news.waiting('webhook'),
      mail:
        mail === null ? null : { ...mail, lastDelivery: this.#news.last('mail'), waiting: this.#news.waiting('mail') },
    }
  }

  setWebhook(url: string | null): void {
    this.#webhook.setUrl(url)
    this.#news.reset(this.#webhook)
  }

  async setMail(change: AlertMailChange | null): Promise<Result<null, { code: string; message: string }>> {
    const outcome = await this.#mail.set(change)
    if (outcome.ok) this.#news.reset(this.#mail)
    return outcome
  }

  testWebhook(): Promise<Result<null, { code: string; message: string }>> {
    return this.#test(this.#webhook)
  }

  testMail(): Promise<Result<null, { code: string; message: string }>> {
    return this.#test(this.#mail)
  }

  async #test(channel: Channel): Promise<Result<null, { code: string; message: string }>> {
    const { ok: isOk, detail } = await channel.tell([{ event: 'test', alert: null }])
    return isOk ? ok(null) : err({ code: 'bad_request', message: `the test message was not taken: ${detail}` })
  }

  async sweep(): Promise<void> {
    this.#forgetOld()
    const told = new Set(this.#active(RUNNERS).map(({ key }) => key))
    const drafts = await runnerAlerts(this.#host, this.#away, told)
    this.report(RUNNERS, drafts)
    await this.#news.send()
    this.#rearm()
  }

  async alarm(): Promise<void> {
    this.#alarm.fired()
    try {
      await this.#news.send()
    } finally {
      this.#rearm()
    }
  }

  #open(source: string, draft: AlertDraft): void {
    const openedAt = this.#host.now()
    const alert: Alert = {
      ...draft,
      id: `al-${this.#host.randomHex(12)}`,
      openedAt,
      resolvedAt: null,
      dismissedBy: null,
    }
    this.#save(source, alert)
    this.#news.add('alert.opened', alert)
  }

  #active(source?: string): Alert[] {
    return this.#host.sql
      .exec<Row>(
        'SELECT * FROM alert WHERE resolved_at IS NULL AND (? IS NULL OR source = ?)',
        source ?? null,
        source ?? null,
      )
      .map(toAlert)
  }

  #save(source: string, alert: Alert): void {
    this.#host.sql.exec(
      'INSERT OR REPLACE INTO alert (id, source, key, opened_at, resolved_at, data) VALUES (?, ?, ?, ?, ?, ?)',
      alert.id,
      source,
      alert.key,
      alert.openedAt,
      alert.resolvedAt,
      JSON.stringify(alert),
    )
  }

  #forgetOld(): void {
    const before = this.#host.now() - KEPT_MS
    const old = 'SELECT id FROM alert WHERE resolved_at IS NOT NULL'
    if (this.#host.sql.exec(`${old} AND resolved_at < ? LIMIT 1`, before).length > 0)
      this.#host.sql.exec('DELETE FROM alert WHERE resolved_at < ?', before)
    const [{ count } = { count: 0 }] = this.#host.sql.exec<{ count: number }>('SELECT count(*) AS count FROM alert')
    if (count > MOST_KEPT)
      this.#host.sql.exec(`DELETE FROM alert WHERE id IN (${old} ORDER BY resolved_at LIMIT ?)`, count - MOST_KEPT)
  }

  #rearm(): void {
    const due = this.#news.nextDue
    if (due !== null) this.#alarm.wakeBy(Math.max(due, this.#host.now()))
  }
}

const toAlert = ({ data }: Row): Alert => JSON.parse(data) as Alert
