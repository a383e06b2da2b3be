// News of alerts on their way to people. Promise: each piece is told to each channel until it is taken, at most six times over half a
// day; what is never taken is given up and said. A crash may repeat a piece, and loses none.
import type { ObjectHost, Sql } from '../../host/port.ts'
import type { Alert, Delivery, Kinds } from '../contracts.ts'
import { Setting } from './setting.ts'

const MINUTE_MS = 60_000
/** Pauses before each further try. */
const PAUSES_MS = [1, 5, 30, 120, 480].map(minutes => minutes * MINUTE_MS)
const MOST_WAITING = 1_000
const MOST_AT_ONCE = 20

export type NewsKind = 'alert.opened' | 'alert.resolved' | 'test'

export interface News {
  event: NewsKind
  /** Null in a test. */
  alert: Alert | null
}

export interface Channel {
  readonly name: 'webhook' | 'mail'
  readonly isSet: boolean
  /** Pieces that are told together. */
  readonly atOnce: number
  /** One try; what went wrong is in its words. Never rejects. */
  tell(news: News[]): Promise<Delivery>
}

type Row = { n: number; event: NewsKind; alert: string; tries: number }

export class AlertNews {
  readonly #host: ObjectHost<Kinds>
  readonly #sql: Sql
  readonly #channels: readonly Channel[]
  #sending = false

  constructor(host: ObjectHost<Kinds>, channels: readonly Channel[]) {
    this.#host = host
    this.#sql = host.sql
    this.#channels = channels
  }

  last(channel: Channel['name']): Delivery | null {
    const text = this.#lastOf(channel).get()
    return text === null ? null : JSON.parse(text)
  }

  waiting(channel?: Channel['name']): number {
    return (
      this.#sql.exec<{ count: number }>(
        'SELECT count(*) AS count FROM news WHERE (? IS NULL OR channel = ?)',
        channel ?? null,
        channel ?? null,
      )[0]?.count ?? 0
    )
  }

  /** When the next delivery is due; null: nothing waits. */
  get nextDue(): number | null {
    return this.#sql.exec<{ due: number | null }>('SELECT min(due) AS due FROM news')[0]?.due ?? null
  }

  /** A channel has another address: what was said of the former one no longer counts. */
  reset(channel: Channel): void {
    this.#lastOf(channel.name).set(null)
    if (!channel.isSet) this.#sql.exec('DELETE FROM news WHERE channel = ?', channel.name)
  }

  /** Notes news in the commit of the caller. */
  add(event: NewsKind, alert: Alert): void {
    if (alert.severity === 'info') return
    for (const channel of this.#channels) {
      if (!channel.isSet || this.waiting(channel.name) >= MOST_WAITING) continue
      this.#sql.exec(
        'INSERT INTO news (channel, event, alert, tries, due) VALUES (?, ?, ?, 0, ?)',
        channel.name,
        event,
        JSON.stringify(alert),
        this.#host.now(),
      )
    }
  }

  /** Sends what is due, oldest first. */
  async send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    try {
      await Promise.all(this.#channels.map(channel => this.#sendTo(channel)))
    } finally {
      this.#sending = false
    }
  }

  async #sendTo(channel: Channel): Promise<void> {
    const rows = this.#sql.exec<Row>(
      'SELECT n, event, alert, tries FROM news WHERE channel = ? AND due <= ? ORDER BY n LIMIT ?',
      channel.name,
      this.#host.now(),
      MOST_AT_ONCE,
    )
    while (rows.length > 0) await this.#tell(channel, rows.splice(0, channel.atOnce))
  }

  async #tell(channel: Channel, rows: Row[]): Promise<void> {
    const outcome = await channel.tell(rows.map(({ event, alert }) => ({ event, alert: JSON.parse(alert) as Alert })))
    this.#lastOf(channel.name).set(JSON.stringify(outcome))
    for (const { n, tries } of rows) {
      const pause = PAUSES_MS[tries]
      if (outcome.ok || pause === undefined) this.#sql.exec('DELETE FROM news WHERE n = ?', n)
      else this.#sql.exec('UPDATE news SET tries = ?, due = ? WHERE n = ?', tries + 1, this.#host.now() + pause, n)
    }
  }

  #lastOf(channel: Channel['name']): Setting {
    return new Setting(this.#sql, channel === 'webhook' ? 'delivery' : `delivery/${channel}`)
  }
}
