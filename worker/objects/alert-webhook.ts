// Alerts as a JSON POST to an address of the user's choice. Promise: each piece of news is sent until it is taken, at most six times
// over half a day; what is never taken is given up and said.
import type { ObjectHost, Sql } from '../host/port.ts'
import { Setting } from './alert-setting.ts'
import type { Alert, Kinds } from './contracts.ts'

const MINUTE_MS = 60_000
/** Pauses before each further try. */
const PAUSES_MS = [1, 5, 30, 120, 480].map(minutes => minutes * MINUTE_MS)
const TIMEOUT_MS = 10_000
const MOST_WAITING = 1_000
const MOST_AT_ONCE = 20

export type News = 'alert.opened' | 'alert.resolved' | 'test'
type Row = { n: number; event: News; alert: string; tries: number; due: number }

export interface Delivery {
  at: number
  ok: boolean
  detail: string
}

export class AlertWebhook {
  readonly #host: ObjectHost<Kinds>
  readonly #sql: Sql
  readonly #address: Setting
  readonly #last: Setting
  #sending = false

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#sql = host.sql
    this.#address = new Setting(host.sql, 'webhook')
    this.#last = new Setting(host.sql, 'delivery')
  }

  get url(): string | null {
    return this.#address.get()
  }

  setUrl(url: string | null): void {
    this.#address.set(url)
    this.#last.set(null)
    if (url === null) this.#sql.exec('DELETE FROM news')
  }

  get last(): Delivery | null {
    const text = this.#last.get()
    return text === null ? null : JSON.parse(text)
  }

  get waiting(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM news')[0]?.count ?? 0
  }

  /** When the next delivery is due; null: nothing waits. */
  get nextDue(): number | null {
    return this.#sql.exec<{ due: number | null }>('SELECT min(due) AS due FROM news')[0]?.due ?? null
  }

  /** Notes news in the commit of the caller. */
  add(event: News, alert: Alert): void {
    if (this.url === null || alert.severity === 'info' || this.waiting >= MOST_WAITING) return
    this.#sql.exec(
      'INSERT INTO news (event, alert, tries, due) VALUES (?, ?, 0, ?)',
      event,
      JSON.stringify(alert),
      this.#host.now(),
    )
  }

  /** Sends what is due, oldest first. */
  async send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    try {
      const rows = this.#sql.exec<Row>(
        'SELECT n, event, alert, tries, due FROM news WHERE due <= ? ORDER BY n LIMIT ?',
        this.#host.now(),
        MOST_AT_ONCE,
      )
      for (const row of rows) await this.#sendOne(row)
    } finally {
      this.#sending = false
    }
  }

  async #sendOne({ n, event, alert, tries }: Row): Promise<void> {
    const outcome = await this.post(event, JSON.parse(alert) as Alert)
    this.#last.set(JSON.stringify(outcome))
    const pause = PAUSES_MS[tries]
    if (outcome.ok || pause === undefined) this.#sql.exec('DELETE FROM news WHERE n = ?', n)
    else this.#sql.exec('UPDATE news SET tries = ?, due = ? WHERE n = ?', tries + 1, this.#host.now() + pause, n)
  }

  /** One try; what went wrong is in its words. */
  async post(event: News, alert: Alert | null): Promise<Delivery> {
    const { url } = this
    const at = this.#host.now()
    if (url === null) return { at, ok: false, detail: 'no webhook is set' }
    try {
      const response = await this.#host.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': `edgedag/${this.#host.settings.version}` },
        body: JSON.stringify(messageOf(event, alert)),
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.body?.cancel()
      return { at, ok: response.ok, detail: `HTTP ${response.status}` }
    } catch (error) {
      const timedOut = (error as Error).name === 'TimeoutError'
      return {
        at,
        ok: false,
        detail: timedOut ? `no answer within ${TIMEOUT_MS / 1000} s` : 'the address cannot be reached',
      }
    }
  }
}

const WORDS: Record<News, string> = { 'alert.opened': '', 'alert.resolved': 'Resolved: ', test: '' }

/** The body: `text` is what chat services show, the rest is for machines. */
function messageOf(event: News, alert: Alert | null): Record<string, unknown> {
  const message = alert === null ? 'Edgedag can reach this address.' : `${WORDS[event]}${alert.title}: ${alert.detail}`
  return {
    version: 'v1',
    text: message,
    message,
    events: [{ type: event, ...(alert === null ? {} : { alert: publicAlert(alert) }) }],
  }
}

const publicAlert = ({ openedAt, resolvedAt, dismissedBy: _dismissedBy, ...rest }: Alert) => ({
  ...rest,
  openedAt: new Date(openedAt).toISOString(),
  resolvedAt: resolvedAt === null ? null : new Date(resolvedAt).toISOString(),
})
