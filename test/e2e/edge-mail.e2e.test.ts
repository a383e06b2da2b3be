// Mail out of workerd, over real sockets: what the edge's runtime makes of TLS, names and silence.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MailOutcome, SmtpServer } from '@edgedag/steps/step'
import { build } from 'esbuild'
import type { Miniflare, MiniflareOptions } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SmtpSinkOptions, startSmtpSink } from '../conformance/servers/smtp-sink.ts'

const fixture = (name: string) => join(import.meta.dirname, '../fixtures/tls', name)
const pem = (name: string) => readFileSync(fixture(name), 'utf8')
const tls = (mode: 'implicit' | 'starttls', of = 'server') => ({ cert: pem(`${of}.pem`), key: pem(`${of}.key`), mode })
const MAIL = { from: 'bot@example.test', to: ['a@example.test'], subject: 'hi', html: 'x', id: 'i', at: 0 }

const folder = mkdtempSync(join(tmpdir(), 'edgedag-mail-'))
let runtime: Miniflare
let url: string

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'support/mailer-worker.ts')],
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'w.js'),
    external: ['node:*', 'cloudflare:*'],
    conditions: ['workerd'],
    logLevel: 'warning',
  })
  // Read when the module is loaded.
  process.env.NODE_EXTRA_CA_CERTS = fixture('ca.pem')
  const { Miniflare: Runtime } = await import('miniflare')
  const config = {
    name: 'mailer',
    compatibilityDate: '2026-10-23',
    compatibilityFlags: ['nodejs_compat'],
    manifest: {
      mainModule: 'w.js',
      modulesRoot: folder,
      modules: { 'w.js': { type: 'esm', contents: readFileSync(join(folder, 'w.js'), 'utf8') } },
    },
    env: {},
    exports: {},
  }
  const options = { cf: false, telemetry: { enabled: false }, workers: [{ config, dev: { rootPath: folder } }] }
  runtime = new Runtime(options as unknown as MiniflareOptions)
  url = (await runtime.ready).origin
})
afterAll(async () => {
  await runtime.dispose()
  rmSync(folder, { recursive: true, force: true })
})

async function send(options: SmtpSinkOptions, server: Partial<SmtpServer> = {}) {
  const sink = await startSmtpSink(options)
  try {
    const body = JSON.stringify({ server: { host: sink.host, port: sink.port, ...server }, mail: MAIL })
    const outcome = (await (await fetch(url, { method: 'POST', body })).json()) as MailOutcome
    return { outcome, mails: sink.mails.length }
  } finally {
    await sink.close()
  }
}

const auth = { user: 'u', pass: 'p' }
const account = { username: 'u', password: 'p' }
const sent = { outcome: { ok: true, response: '250 2.0.0 taken' }, mails: 1 }

describe('a mail out of workerd', () => {
  it.each<[string, SmtpSinkOptions, Partial<SmtpServer>]>([
    ['plain', {}, {}],
    ['to a name of this machine', {}, { host: 'localhost' }],
    ['after signing in', { auth }, account],
    ['over TLS', { tls: tls('implicit'), auth }, { host: 'localhost', implicitTls: true, ...account }],
    ['over TLS that begins later', { tls: tls('starttls'), auth }, { host: 'localhost', ...account }],
  ])('is sent: %s', async (_, options, server) => {
    expect(await send(options, server)).toEqual(sent)
  })

  it.each([
    ['starttls', 'stranger', 'is not trusted'],
    ['starttls', 'misnamed', 'is for another name'],
    ['implicit', 'stranger', 'is not trusted'],
    ['implicit', 'misnamed', 'is for another name'],
  ] as const)('is not sent: %s, and the certificate of a %s %s', async (mode, of, _why) => {
    const { outcome, mails } = await send(
      { tls: tls(mode, of), auth },
      { host: 'localhost', implicitTls: mode === 'implicit', ...account },
    )
    expect(mails).toBe(0)
    expect(outcome).toMatchObject({ ok: false, isSent: 'no', message: expect.stringMatching(/certificate/) })
  })

  it.each<[string, SmtpSinkOptions, Partial<SmtpServer>, RegExp]>([
    ['a wrong password', { auth }, { ...account, password: 'x' }, /refused user u: 535/],
    ['a server that says nothing', { isMute: true }, {}, /Greeting never received|in time/],
    ['a server that nobody runs', {}, { port: 1 }, /cannot be reached|refused/],
    ['a name that does not exist', {}, { host: 'no-such-host.invalid' }, /cannot be reached/],
  ])('is not sent: %s', async (_, options, server, message) => {
    const { outcome, mails } = await send(options, server)
    expect(mails).toBe(0)
    expect(outcome).toMatchObject({ ok: false, isSent: 'no' })
    expect(outcome.ok ? '' : outcome.message).toMatch(message)
  })
})
