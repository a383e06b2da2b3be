// Sends mail over pooled connections. Promise: an address that cannot be one is told before anything is sent; every message ends within its
// deadline; what may have been sent is never sent again from here.
import type { MailOutcome, OutgoingMail, SmtpServer } from '../step.ts'
import { type ComposedMail, composeMail } from './message.ts'
import { DEADLINES, type Deadlines, SmtpSession, serverName } from './session.ts'

export interface MailerOptions {
  deadlines?: Deadlines
  /** How long an unused connection is kept; 0: it is closed after its message. */
  idleMs: number
}

interface Idle {
  session: SmtpSession
  timer: unknown
}

/** At most so many connections wait unused for one server and account. */
const MOST_IDLE = 2

const keyOf = ({ host, port, username, password, implicitTls }: SmtpServer): string =>
  JSON.stringify([host, port, username, password, implicitTls])

const no = (message: string): MailOutcome => ({ ok: false, message, isSent: 'no', isTemporary: false })

/** `a@b.c` or `Name <a@b.c>`, and nothing that could be read as more. */
const ADDRESS =
  /^\s*(?:(?:"[^"\r\n]*"|[^"<>,;\r\n]*?)\s*<([^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+)>|([^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+))\s*$/

function problemOf({ host, port }: SmtpServer, { from, to }: OutgoingMail): string | undefined {
  if (host.trim() === '') return 'smtp.host is empty'
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `smtp.port ${port} is no port`
  if (!ADDRESS.test(from)) return `"${from}" is no mail address (from)`
  if (to.length === 0) return 'the mail has no recipient (to)'
  const bad = to.find(each => !ADDRESS.test(each))
  return bad === undefined ? undefined : `"${bad}" is no mail address (to)`
}

export class Mailer {
  readonly #idle = new Map<string, Idle[]>()
  readonly #deadlines: Deadlines
  readonly #idleMs: number

  constructor({ deadlines = DEADLINES, idleMs }: MailerOptions) {
    this.#deadlines = deadlines
    this.#idleMs = idleMs
  }

  /** Sends one mail; never rejects. */
  async send(server: SmtpServer, mail: OutgoingMail, signal?: AbortSignal): Promise<MailOutcome> {
    const problem = problemOf(server, mail)
    if (problem !== undefined) return no(problem)
    let composed: ComposedMail
    try {
      composed = await composeMail(mail)
    } catch (error) {
      return no(`the mail could not be written: ${(error as Error).message}`)
    }
    if (signal?.aborted) return no('stopped before the mail was sent')
    return await this.#converse(server, composed, signal)
  }

  async #converse(server: SmtpServer, mail: ComposedMail, signal: AbortSignal | undefined): Promise<MailOutcome> {
    let isSending = false
    let session: SmtpSession | undefined
    const work = async (): Promise<MailOutcome> => {
      const opened = (await this.#take(server)) ?? (await SmtpSession.open(server, this.#deadlines))
      if (!(opened instanceof SmtpSession)) return opened
      session = opened
      // Whoever gave up meanwhile must not find out later that the mail was sent.
      if (isOver()) return no('stopped before the mail was sent')
      isSending = true
      return await opened.send(mail.envelope, mail.message)
    }
    let isOver = () => false
    const outcome = await new Promise<MailOutcome>(resolve => {
      let ended = false
      isOver = () => ended
      const end = (how: MailOutcome) => {
        if (ended) return
        ended = true
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        resolve(how)
      }
      const giveUp = (why: string) =>
        end({
          ok: false,
          message: isSending ? `${why} while ${serverName(server)} took the message, which may have been sent` : why,
          isSent: isSending ? 'unknown' : 'no',
          isTemporary: !isSending,
        })
      const onAbort = () => giveUp('stopped')
      const { wholeMs } = this.#deadlines
      const timer = setTimeout(() => giveUp(`no end within ${wholeMs / 1000} s`), wholeMs)
      signal?.addEventListener('abort', onAbort)
      work().then(end, error => giveUp(`fault of the mailer: ${(error as Error).message}`))
    })
    if (session !== undefined) this.#giveBack(session, outcome)
    return outcome
  }

  async #take(server: SmtpServer): Promise<SmtpSession | undefined> {
    const idle = this.#idle.get(keyOf(server)) ?? []
    for (let entry = idle.pop(); entry !== undefined; entry = idle.pop()) {
      clearTimeout(entry.timer)
      if (await entry.session.isAlive()) return entry.session
    }
    return undefined
  }

  #giveBack(session: SmtpSession, outcome: MailOutcome): void {
    if (session.isOver) return
    if (!outcome.ok && outcome.isSent === 'unknown') return session.close()
    const key = keyOf(session.server)
    const idle = this.#idle.get(key) ?? []
    if (this.#idleMs === 0 || idle.length >= MOST_IDLE) return session.quit()
    const timer = setTimeout(() => {
      this.#idle.set(
        key,
        (this.#idle.get(key) ?? []).filter(each => each.session !== session),
      )
      session.quit()
    }, this.#idleMs)
    this.#idle.set(key, [...idle, { session, timer }])
  }

  /** Closes what waits unused. */
  close(): void {
    for (const entries of this.#idle.values()) {
      for (const { session, timer } of entries) {
        clearTimeout(timer)
        session.quit()
      }
    }
    this.#idle.clear()
  }
}
