// Alerts as a JSON POST to an address of the user's choice.
import type { ObjectHost } from '../../host/port.ts'
import type { Alert, Delivery, Kinds } from '../contracts.ts'
import type { Channel, News, NewsKind } from './news.ts'
import { Setting } from './setting.ts'

const TIMEOUT_MS = 10_000

export class AlertWebhook implements Channel {
  readonly name = 'webhook'
  readonly atOnce = 1
  readonly #host: ObjectHost<Kinds>
  readonly #address: Setting

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#address = new Setting(host.sql, 'webhook')
  }

  get url(): string | null {
    return this.#address.get()
  }

  get isSet(): boolean {
    return this.url !== null
  }

  setUrl(url: string | null): void {
    this.#address.set(url)
  }

  async tell([news]: News[]): Promise<Delivery> {
    const { event, alert }: News = news ?? { event: 'test', alert: null }
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

const WORDS: Record<NewsKind, string> = { 'alert.opened': '', 'alert.resolved': 'Resolved: ', test: '' }

/** The body: `text` is what chat services show, the rest is for machines. */
function messageOf(event: NewsKind, alert: Alert | null): Record<string, unknown> {
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
