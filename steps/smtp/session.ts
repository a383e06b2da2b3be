// A conversation with an SMTP server. Promise: each phase has its deadline, and every failure says in which phase it happened, what the
// server said, and whether the message may have been sent.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import SMTPConnection, { type SentInfo, type SmtpError } from 'nodemailer/lib/smtp-connection'
import type { MailOutcome, SmtpServer } from '../step.ts'

export interface Deadlines {
  connectMs: number
  greetingMs: number
  /** Silence of the server after a command, or while the message is taken. */
  silenceMs: number
  /** Everything that is done for one message. */
  wholeMs: number
}

export const DEADLINES: Deadlines = { connectMs: 10_000, greetingMs: 15_000, silenceMs: 30_000, wholeMs: 120_000 }

type Failure = Extract<MailOutcome, { ok: false }>

const failure = (message: string, isTemporary: boolean, isSent: Failure['isSent'] = 'no'): Failure => ({
  ok: false,
  message,
  isSent,
  isTemporary,
})

/** Ports that speak TLS from the first byte; on others it begins by STARTTLS when the server offers it. */
const TLS_PORTS = new Set([465, 2465])

const isImplicitTls = ({ port, implicitTls }: SmtpServer): boolean => implicitTls ?? TLS_PORTS.has(port)

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)

export const serverName = ({ host, port }: SmtpServer): string => `SMTP server ${host}:${port}`

/** The reply of the server as it is shown: one line. */
const said = ({ response, message }: SmtpError): string => (response ?? message).replace(/\s+/g, ' ').slice(0, 300)

const isTemporaryReply = ({ responseCode }: SmtpError): boolean =>
  responseCode === undefined || (responseCode >= 400 && responseCode < 500)

function connectProblem(server: SmtpServer, error: SmtpError): Failure {
  const name = serverName(server)
  const { code = '' } = error
  if (/ENOTFOUND|EAI_/.test(code) || /ENOTFOUND|DNS/.test(error.message))
    return failure(`${name} cannot be reached: there is no host named ${server.host} (smtp.host)`, code !== 'ENOTFOUND')
  if (code === 'ECONNREFUSED')
    return failure(`${name} refused the connection: is it running, and is smtp.port right?`, true)
  if (code === 'ETIMEDOUT') return failure(`${name} did not answer in time: ${error.message}`, true)
  // What workerd says when TLS cannot be agreed on.
  if (/^internal error/.test(error.message))
    return failure(
      `${name} cannot be talked to over TLS: is its certificate trusted, and made for ${server.host}?`,
      false,
    )
  if (/proxy request failed/.test(error.message))
    return failure(
      `${name} cannot be reached${isImplicitTls(server) ? ', or its certificate is not trusted' : ''}`,
      true,
    )
  if (/certificate|self.signed|CERT|altname/i.test(`${code} ${error.message}`))
    return failure(`the certificate of ${name} is not trusted: ${error.message}`, false)
  return failure(`${name} cannot be reached: ${said(error)}`, true)
}

/** An open socket, within the time that connecting may take. */
function openSocket(server: SmtpServer, deadlines: Deadlines): Promise<Socket> {
  const { host, port } = server
  const isTls = isImplicitTls(server)
  return new Promise((resolve, reject) => {
    const socket = isTls
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
      : connectTcp({ host, port })
    const settle = (error?: SmtpError) => {
      clearTimeout(timer)
      socket.off('error', settle)
      if (error === undefined) return resolve(socket)
      socket.once('error', () => {})
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(
      () =>
        settle(Object.assign(new Error(`no connection within ${deadlines.connectMs / 1000} s`), { code: 'ETIMEDOUT' })),
      deadlines.connectMs,
    )
    socket.once('error', settle)
    socket.once(isTls ? 'secureConnect' : 'connect', () => settle())
  })
}

export class SmtpSession {
  readonly server: SmtpServer
  readonly #connection: SMTPConnection
  /** Whoever waits for the present phase hears of a broken connection. */
  #broken: (error: SmtpError) => void = () => {}
  #isOver = false

  private constructor(server: SmtpServer, socket: Socket, deadlines: Deadlines) {
    this.server = server
    const isTls = isImplicitTls(server)
    this.#connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      secure: isTls,
      secured: isTls,
      connection: socket,
      connectionTimeout: deadlines.connectMs + deadlines.greetingMs,
      greetingTimeout: deadlines.greetingMs,
      socketTimeout: deadlines.silenceMs,
    })
    this.#connection.on('error', error => {
      this.#isOver = true
      this.#broken(error)
    })
    this.#connection.on('end', () => {
      this.#isOver = true
      this.#broken(Object.assign(new Error('the server closed the connection'), { code: 'ECONNECTION' }))
    })
  }

  /** The connection is gone. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Connects, secures and signs in. */
  static async open(server: SmtpServer, deadlines: Deadlines): Promise<SmtpSession | Failure> {
    let socket: Socket
    try {
      socket = await openSocket(server, deadlines)
    } catch (error) {
      return connectProblem(server, error as SmtpError)
    }
    const session = new SmtpSession(server, socket, deadlines)
    const problem = (await session.#greet()) ?? (await session.#signIn())
    if (problem === undefined) return session
    session.close()
    return problem
  }

  #phase<T>(start: (done: (error?: SmtpError | null, value?: T) => void) => void): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#broken = reject
      start((error, value) => (error ? reject(error) : resolve(value)))
    })
  }

  async #greet(): Promise<Failure | undefined> {
    try {
      await this.#phase(done => this.#connection.connect(done))
      return undefined
    } catch (error) {
      const problem = error as SmtpError
      if (problem.responseCode !== undefined)
        return failure(`${serverName(this.server)} does not want to talk: ${said(problem)}`, isTemporaryReply(problem))
      return connectProblem(this.server, problem)
    }
  }

  async #signIn(): Promise<Failure | undefined> {
    const { username = '', password = '', host } = this.server
    if (username === '' && password === '') return undefined
    const name = serverName(this.server)
    if (!this.#connection.secure && !isLoopback(host))
      return failure(
        `${name} offers no TLS: the password is not sent over an open line. Use port 465, or a server with STARTTLS`,
        false,
      )
    if (!this.#connection.allowsAuth)
      return failure(`${name} takes no user name (no AUTH): leave smtp.username and smtp.password out`, false)
    try {
      await this.#phase(done => this.#connection.login({ credentials: { user: username, pass: password } }, done))
      return undefined
    } catch (error) {
      const problem = error as SmtpError
      if (problem.responseCode === undefined) return connectProblem(this.server, problem)
      return failure(`${name} refused user ${username}: ${said(problem)}`, isTemporaryReply(problem))
    }
  }

  /** Sends one message. After a failure the session is over, unless the server is at its ease. */
  async send(envelope: { from: string; to: string[] }, message: Uint8Array): Promise<MailOutcome> {
    let info: SentInfo | undefined
    try {
      info = await this.#phase<SentInfo>(done => this.#connection.send(envelope, message, done))
    } catch (error) {
      this.close()
      return this.#sendProblem(error as SmtpError)
    }
    if (info === undefined || info.rejected.length === 0) return { ok: true, response: info?.response ?? '' }
    const why = (info.rejectedErrors ?? []).map(each => `${each.recipient ?? ''} (${said(each)})`)
    return failure(
      `refused by ${serverName(this.server)}: ${why.join(', ')}; sent to ${info.accepted.join(', ')}`,
      false,
      'partly',
    )
  }

  #sendProblem(error: SmtpError): Failure {
    const name = serverName(this.server)
    const refusals = error.rejectedErrors ?? []
    if (refusals.length > 0) {
      const why = refusals.map(each => `${each.recipient ?? ''} (${said(each)})`).join(', ')
      return failure(`${name} refused every recipient: ${why}`, refusals.some(isTemporaryReply))
    }
    const hasReply = error.responseCode !== undefined
    if (hasReply || error.code === 'EENVELOPE')
      return failure(`${name} refused the message: ${said(error)}`, hasReply && isTemporaryReply(error))
    return failure(
      `contact with ${name} was lost while it took the message, which may have been sent: ${said(error)}`,
      false,
      'unknown',
    )
  }

  /** Whether the server still listens: asked before a connection that has waited takes another message. */
  async isAlive(): Promise<boolean> {
    if (this.#isOver) return false
    try {
      await this.#phase(done => this.#connection.reset(done))
      return true
    } catch {
      this.close()
      return false
    }
  }

  /** Ends the conversation politely. */
  quit(): void {
    this.#broken = () => {}
    if (!this.#isOver) this.#connection.quit()
  }

  close(): void {
    this.#isOver = true
    this.#connection.close()
  }
}
