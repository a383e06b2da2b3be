// Alerts as mail, through the installation's SMTP server. Promise: the password is in the Vault and nowhere else, and is told to the
// server only that it was given for.
import { err, ok, type Result } from '@edgedag/core/result'
import { Mailer } from '@edgedag/steps/smtp/send'
import type { ObjectHost } from '../../host/port.ts'
import { type AlertMailChange, type AlertMailSettings, type Delivery, type Kinds, SINGLETON } from '../contracts.ts'
import type { Channel, News } from './news.ts'
import { Setting } from './setting.ts'

const BOX = 'alerts/smtp'
const MOST_AT_ONCE = 20

type Stored = AlertMailSettings & { version: number | null }
type Refusal = { code: string; message: string }

/** Connections are closed after their message: an open one would keep the object awake. */
const mailer = new Mailer({ idleMs: 0 })

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)

const WORDS = { 'alert.opened': '', 'alert.resolved': 'Resolved: ', test: '' } as const

const title = ({ event, alert }: News): string =>
  alert === null ? 'Edgedag can send mail to this address' : `${WORDS[event]}${alert.title}`

const line = (news: News): string =>
  `<li><b>${escapeHtml(title(news))}</b>${news.alert === null ? '' : `<br />${escapeHtml(news.alert.detail)}<br />since ${new Date(news.alert.openedAt).toISOString()}`}</li>`

export class AlertMail implements Channel {
  readonly name = 'mail'
  readonly atOnce = MOST_AT_ONCE
  readonly #host: ObjectHost<Kinds>
  readonly #setting: Setting

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
    this.#setting = new Setting(host.sql, 'mail')
  }

  get #stored(): Stored | null {
    const text = this.#setting.get()
    return text === null ? null : JSON.parse(text)
  }

  get isSet(): boolean {
    return this.#stored !== null
  }

  settings(): (AlertMailSettings & { hasPassword: boolean }) | null {
    const stored = this.#stored
    if (stored === null) return null
    const { version, ...shown } = stored
    return { ...shown, hasPassword: version !== null }
  }

  /** Null: no mail any more. Without a password the former one stays, for the same server and account only. */
  async set(change: AlertMailChange | null): Promise<Result<null, Refusal>> {
    const vault = this.#host.object('vault', SINGLETON)
    if (change === null) {
      this.#setting.set(null)
      await vault.removeBox(BOX)
      return ok(null)
    }
    const { password, ...shown } = change
    const before = this.#stored
    let version: number | null = null
    if (password !== undefined && password !== '') {
      const kept = await vault.putBox(BOX, password)
      if (!kept.ok) return kept
      version = kept.value
    } else if (password === undefined && before !== null && before.version !== null) {
      const isSame = (['host', 'port', 'username', 'tls'] as const).every(key => before[key] === shown[key])
      if (!isSame)
        return err({
          code: 'bad_request',
          message: 'give the password again: the server or the account is another one',
        })
      version = before.version
    }
    this.#setting.set(JSON.stringify({ ...shown, version } satisfies Stored))
    return ok(null)
  }

  async tell(news: News[]): Promise<Delivery> {
    const stored = this.#stored
    const at = this.#host.now()
    if (stored === null) return { at, ok: false, detail: 'no mail server is set' }
    const password = stored.version === null ? ok('') : await this.#open(stored.version)
    if (!password.ok) return { at, ok: false, detail: password.error }
    const first = news[0]!
    const more = news.length > 1 ? ` and ${news.length - 1} more` : ''
    const outcome = await mailer.send(
      {
        host: stored.host,
        port: stored.port,
        implicitTls: stored.tls === 'tls',
        ...(stored.username === '' ? {} : { username: stored.username }),
        ...(password.value === '' ? {} : { password: password.value }),
      },
      {
        from: stored.from,
        to: stored.to,
        subject: `[Edgedag] ${title(first)}${more}`,
        html: `<ul>\n${news.map(line).join('\n')}\n</ul>`,
        id: `${first.alert?.id ?? `test-${this.#host.randomHex(8)}`}.${first.event}.${news.length}`,
        at,
      },
    )
    if (outcome.ok) return { at, ok: true, detail: `sent to ${stored.to.join(', ')}: ${outcome.response}` }
    // What some have got, or all may have got, is not sent again.
    return { at, ok: outcome.isSent !== 'no', detail: outcome.message }
  }

  async #open(version: number): Promise<Result<string, string>> {
    try {
      const opened = await this.#host.object('vault', SINGLETON).openBox(BOX, version)
      return opened.ok ? opened : err(`the password of the mail account cannot be read: ${opened.error.message}`)
    } catch {
      return err('the Vault could not be asked for the password')
    }
  }
}
