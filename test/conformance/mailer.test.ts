// Sending mail, tried against a real server on this machine: what arrives, and what is said when it does not.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Mailer } from '@edgedag/steps/smtp/send'
import type { MailOutcome, OutgoingMail, SmtpServer } from '@edgedag/steps/step'
import { afterEach, describe, expect, it } from 'vitest'
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from './servers/smtp-sink.ts'

const pem = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/tls', name), 'utf8')
const tls = (mode: 'implicit' | 'starttls') => ({ cert: pem('server.pem'), key: pem('server.key'), mode })

const DEADLINES = { connectMs: 500, greetingMs: 300, silenceMs: 300, wholeMs: 2_000 }

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function sink(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const started = await startSmtpSink(options)
  open.push(started)
  return started
}

function mailer(idleMs = 0): Mailer {
  const made = new Mailer({ deadlines: DEADLINES, idleMs })
  open.unshift(made)
  return made
}

const MAIL: OutgoingMail = {
  from: 'Bot <bot@example.test>',
  to: ['a@example.test', 'b@example.test'],
  subject: 'Grüße\r\nBcc: evil@example.test',
  html: 'one<br />two',
  attachments: [{ name: 'log.txt', content: new TextEncoder().encode('attached') }],
  id: 'run-1.step.1',
  at: Date.UTC(2026, 0, 2),
}

const send = (server: SmtpServer, mail: Partial<OutgoingMail> = {}): Promise<MailOutcome> =>
  mailer().send(server, { ...MAIL, ...mail })

describe('a mail', () => {
  it('arrives as it was written, with an id of its own, and a line end in its subject makes no header', async () => {
    const server = await sink()
    expect(await send(server)).toEqual({ ok: true, response: '250 2.0.0 taken' })
    const [mail] = server.mails
    expect(mail).toMatchObject({ from: 'bot@example.test', to: MAIL.to, body: 'one<br />two' })
    expect(mail!.subject).toBe('Grüße Bcc: evil@example.test')
    expect(mail!.headers).not.toHaveProperty('bcc')
    expect(mail!.headers['message-id']).toBe('<run-1.step.1@edgedag>')
    expect(mail!.attachments).toEqual([{ name: 'log.txt', text: 'attached' }])
  })

  it('is sent after signing in, on this machine also without TLS', async () => {
    const server = await sink({ auth: { user: 'u', pass: 'p' } })
    const account = { host: server.host, port: server.port, username: 'u', password: 'p' }
    expect(await send(account)).toMatchObject({ ok: true })
    expect(await send({ ...account, password: 'wrong' })).toEqual({
      ok: false,
      isSent: 'no',
      isTemporary: false,
      message: `SMTP server 127.0.0.1:${server.port} refused user u: 535 5.7.8 user name or password is wrong`,
    })
  })

  it('is not sent to a server whose certificate is not trusted', async () => {
    const server = await sink({ tls: tls('starttls') })
    const outcome = await send(server)
    expect(outcome).toMatchObject({ ok: false, isSent: 'no', isTemporary: false })
    expect(outcome.ok ? '' : outcome.message).toMatch(/certificate .*not trusted/)
    expect(server.mails).toEqual([])
  })

  it('takes the connection of the one before, and a new one when that is gone', async () => {
    const server = await sink()
    const pooled = mailer(5_000)
    for (let i = 0; i < 3; i++) expect(await pooled.send(server, MAIL)).toMatchObject({ ok: true })
    expect(server.connections).toBe(1)
    server.hangUp()
    expect(await pooled.send(server, MAIL)).toMatchObject({ ok: true })
    expect(server.connections).toBe(2)
    expect(server.mails).toHaveLength(4)
  })

  it('goes to those that the server accepts, and names the others', async () => {
    const server = await sink({ reply: line => (/^RCPT TO:<a@/.test(line) ? '550 5.1.1 nobody here' : undefined) })
    const outcome = await send(server)
    expect(outcome).toMatchObject({ ok: false, isSent: 'partly' })
    expect(outcome.ok ? '' : outcome.message).toMatch(
      /a@example\.test \(550 5\.1\.1 nobody here\); sent to b@example\.test/,
    )
    expect(server.mails).toHaveLength(1)
  })
})

describe('a mail that is not sent says why, and whether it may have been sent', () => {
  const replies = (pattern: RegExp, reply: string | null): SmtpSinkOptions => ({
    reply: line => (pattern.test(line) ? reply : undefined),
  })
  it.each<[string, SmtpSinkOptions, RegExp, Partial<MailOutcome>]>([
    ['no greeting', { isMute: true }, /did not answer in time|Greeting never/, { isSent: 'no', isTemporary: true }],
    ['silence after EHLO', replies(/^EHLO/, null), /time|timeout/i, { isSent: 'no', isTemporary: true }],
    [
      'every recipient refused',
      replies(/^RCPT/, '550 no'),
      /refused every recipient: .*550 no/,
      { isSent: 'no', isTemporary: false },
    ],
    ['recipients refused for now', replies(/^RCPT/, '451 later'), /451 later/, { isSent: 'no', isTemporary: true }],
    [
      'sender refused',
      replies(/^MAIL/, '550 not you'),
      /refused the message: .*550 not you/,
      { isSent: 'no', isTemporary: false },
    ],
    ['message refused', replies(/^\.$/, '554 spam'), /554 spam/, { isSent: 'no', isTemporary: false }],
    ['silence after the message', replies(/^\.$/, null), /may have been sent/, { isSent: 'unknown' }],
  ])('%s', async (_, options, message, kind) => {
    const server = await sink(options)
    const outcome = await send(server)
    expect(outcome).toMatchObject({ ok: false, ...kind })
    expect(outcome.ok ? '' : outcome.message).toMatch(message)
  })

  it('nobody listens', async () => {
    const free = createServer()
    await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
    const { port } = free.address() as { port: number }
    await new Promise(resolve => free.close(resolve))
    const outcome = await send({ host: '127.0.0.1', port })
    expect(outcome).toMatchObject({ ok: false, isSent: 'no', isTemporary: true })
    expect(outcome.ok ? '' : outcome.message).toMatch(/refused the connection/)
  })

  it.each<[string, Partial<OutgoingMail>, Partial<SmtpServer>, RegExp]>([
    ['no sender', { from: 'nobody' }, {}, /"nobody" is no mail address \(from\)/],
    ['no recipient', { to: [] }, {}, /no recipient/],
    ['a bad recipient', { to: ['a@b.test', 'x y'] }, {}, /no mail address \(to/],
    ['a command in an address', { to: ['a@b.test\r\nRCPT TO:<c@d.test>'] }, {}, /no mail address|recipient/],
    ['no server', {}, { host: '' }, /smtp\.host is empty/],
    ['a bad port', {}, { port: 70_000 }, /no port/],
  ])('%s', async (_, mail, server, message) => {
    const outcome = await send({ host: '127.0.0.1', port: 1, ...server }, mail)
    expect(outcome).toMatchObject({ ok: false, isSent: 'no' })
    expect(outcome.ok ? '' : outcome.message).toMatch(message)
  })

  it('a password is not told over an open line', async () => {
    const server = await sink({ auth: { user: 'u', pass: 'p' } })
    // This machine under a name that does not say so.
    const outcome = await send({ host: '0.0.0.0', port: server.port, username: 'u', password: 'p' })
    expect(outcome).toMatchObject({ ok: false, isSent: 'no', isTemporary: false })
    expect(outcome.ok ? '' : outcome.message).toMatch(/offers no TLS/)
  })

  it('stopped in the middle', async () => {
    const stop = new AbortController()
    const reply = (line: string) => {
      if (line !== '.') return undefined
      stop.abort()
      return null
    }
    const server = await sink({ reply })
    const outcome = await mailer().send(server, MAIL, stop.signal)
    expect(outcome).toMatchObject({ ok: false, isSent: 'unknown' })
  })
})
