// The SMTP server of a case: takes every message without auth or TLS, and keeps it as it came.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { parseMail, type ReceivedMail } from './mail-message.ts'

export interface SmtpSink {
  host: string
  port: number
  mails: ReceivedMail[]
  close(): Promise<void>
}

interface Session {
  from: string
  to: string[]
  /** Lines of the message while it is being sent. */
  data: string[] | undefined
}

const address = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? line.split(':')[1]?.trim() ?? ''

function command(line: string, session: Session, taken: (mail: ReceivedMail) => void): string | undefined {
  if (session.data) {
    if (line !== '.') {
      session.data.push(line.startsWith('.') ? line.slice(1) : line)
      return undefined
    }
    taken(parseMail(session.data.join('\r\n'), session.from, session.to))
    Object.assign(session, { from: '', to: [], data: undefined })
    return '250 2.0.0 taken'
  }
  const verb = line.slice(0, 4).toUpperCase()
  if (verb === 'EHLO') return '250-case\r\n250-8BITMIME\r\n250 SIZE 33554432'
  if (verb === 'MAIL') Object.assign(session, { from: address(line), to: [] })
  if (verb === 'RCPT') session.to.push(address(line))
  if (verb === 'RSET') Object.assign(session, { from: '', to: [] })
  if (verb === 'DATA') {
    session.data = []
    return '354 go on'
  }
  if (verb === 'QUIT') return '221 2.0.0 bye'
  return ['HELO', 'MAIL', 'RCPT', 'RSET', 'NOOP'].includes(verb) ? '250 2.0.0 ok' : '502 5.5.1 not known here'
}

function serve(socket: Socket, taken: (mail: ReceivedMail) => void): void {
  const session: Session = { from: '', to: [], data: undefined }
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('error', () => {})
  socket.on('data', chunk => {
    const lines = (rest + chunk).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const reply = command(line, session, taken)
      if (reply !== undefined) socket.write(`${reply}\r\n`)
      if (reply?.startsWith('221')) socket.end()
    }
  })
  socket.write('220 case ESMTP\r\n')
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const mails: ReceivedMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serve(socket, mail => mails.push(mail))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    mails,
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
