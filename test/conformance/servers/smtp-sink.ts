// An SMTP server for tests: takes every message and keeps it as it came. Without options it knows neither auth nor TLS.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls'
import { parseMail, type ReceivedMail } from './mail-message.ts'

export interface SmtpSinkOptions {
  /** Asks for this account before it takes a message. */
  auth?: { user: string; pass: string }
  /** Certificate and key in PEM: TLS from the first byte, or offered as STARTTLS. */
  tls?: { cert: string; key: string; mode: 'implicit' | 'starttls' }
  /** The reply to a command instead of the usual one; `null`: silence; `undefined`: the usual one. */
  reply?: (line: string) => string | null | undefined
  /** Says nothing when somebody connects. */
  isMute?: boolean
}

export interface SmtpSink {
  host: string
  port: number
  mails: ReceivedMail[]
  /** Connections so far. */
  connections: number
  /** Cuts every connection. */
  hangUp(): void
  close(): Promise<void>
}

interface Session {
  from: string
  to: string[]
  /** Lines of the message while it is being sent. */
  data: string[] | undefined
  isAuthenticated: boolean
  isSecure: boolean
}

const address = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? line.split(':')[1]?.trim() ?? ''

const fresh = { from: '', to: [] as string[], data: undefined }

function greet(session: Session, { auth, tls }: SmtpSinkOptions): string {
  const offers = ['case', '8BITMIME', 'SIZE 33554432']
  if (tls?.mode === 'starttls' && !session.isSecure) offers.push('STARTTLS')
  else if (auth) offers.push('AUTH PLAIN')
  return offers.map((offer, i) => `250${i === offers.length - 1 ? ' ' : '-'}${offer}`).join('\r\n')
}

function authenticate(line: string, session: Session, { auth }: SmtpSinkOptions): string {
  const [, user, pass] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
    .toString('utf8')
    .split('\0')
  session.isAuthenticated = user === auth?.user && pass === auth?.pass
  return session.isAuthenticated ? '235 2.7.0 welcome' : '535 5.7.8 user name or password is wrong'
}

function command(line: string, session: Session, o: SmtpSinkOptions, taken: (mail: ReceivedMail) => void) {
  if (session.data) {
    if (line !== '.') {
      session.data.push(line.startsWith('.') ? line.slice(1) : line)
      return undefined
    }
    const scripted = o.reply?.('.')
    if (scripted !== undefined) return scripted ?? undefined
    taken(parseMail(session.data.join('\r\n'), session.from, session.to))
    Object.assign(session, fresh)
    return '250 2.0.0 taken'
  }
  const scripted = o.reply?.(line)
  if (scripted !== undefined) return scripted ?? undefined
  const verb = line.slice(0, 4).toUpperCase()
  if (verb === 'EHLO') return greet(session, o)
  if (verb === 'AUTH' && o.auth) return authenticate(line, session, o)
  if (verb === 'STAR' && o.tls?.mode === 'starttls') return '220 2.0.0 go on'
  if (verb === 'MAIL' && o.auth && !session.isAuthenticated) return '530 5.7.0 authentication required'
  if (verb === 'MAIL') Object.assign(session, { ...fresh, from: address(line) })
  if (verb === 'RCPT') session.to = [...session.to, address(line)]
  if (verb === 'RSET') Object.assign(session, fresh)
  if (verb === 'DATA') {
    session.data = []
    return '354 go on'
  }
  if (verb === 'QUIT') return '221 2.0.0 bye'
  return ['HELO', 'MAIL', 'RCPT', 'RSET', 'NOOP'].includes(verb) ? '250 2.0.0 ok' : '502 5.5.1 not known here'
}

function talk(socket: Socket, session: Session, o: SmtpSinkOptions, taken: (mail: ReceivedMail) => void): void {
  let rest = ''
  socket.on('error', () => {})
  const onData = (chunk: Buffer) => {
    const lines = (rest + chunk.toString('utf8')).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const reply = command(line, session, o, taken)
      if (reply !== undefined) socket.write(`${reply}\r\n`)
      if (reply?.startsWith('221')) socket.end()
      if (/^STARTTLS/i.test(line) && reply?.startsWith('220')) {
        socket.off('data', onData)
        const secureContext = createSecureContext(o.tls)
        const secured = new TLSSocket(socket, { isServer: true, secureContext })
        talk(secured, { ...session, ...fresh, isSecure: true }, o, taken)
        return
      }
    }
  }
  socket.on('data', onData)
}

export async function startSmtpSink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const isImplicit = options.tls?.mode === 'implicit'
  const serve = (socket: Socket) => {
    sink.connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    talk(socket, { ...fresh, isAuthenticated: false, isSecure: isImplicit }, options, mail => mails.push(mail))
    if (!options.isMute) socket.write('220 case ESMTP\r\n')
  }
  const server: Server = isImplicit ? createTlsServer(options.tls!, serve) : createServer(serve)
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const sink: SmtpSink = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    mails,
    connections: 0,
    hangUp() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
  return sink
}
