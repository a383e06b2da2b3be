// Alerts by mail on the real product, through a real server: what arrives, what is said, and that the password is nowhere to be read.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SmtpSink, startSmtpSink } from '../conformance/servers/smtp-sink.ts'
import type { Product } from '../fixtures/product.ts'
import { type Call, caller } from './support/http.ts'
import { serve } from './support/serve.ts'

const PASSWORD = 'hush-mail-5c1d'
let product: Product
let api: Call
let sink: SmtpSink

beforeAll(async () => {
  product = await serve()
  api = caller(product.url, product.token)
  sink = await startSmtpSink({ auth: { user: 'robot', pass: PASSWORD } })
})
afterAll(async () => {
  await product?.end()
  await sink?.close()
})

const account = () => ({
  host: '127.0.0.1',
  port: sink.port,
  tls: 'starttls',
  username: 'robot',
  from: 'edgedag@example.test',
  to: ['oncall@example.test', 'team@example.test'],
})

const set = (mail: object | null) => api('PUT', '/settings/alerts', { mail })
const send = () => api('POST', '/settings/alerts/test?channel=mail')

/** Every byte below a folder. */
function* contents(dir: string): Generator<string> {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) yield* contents(path)
    else if (stat?.isFile()) yield readFileSync(path, 'latin1')
  }
}

describe('alerts by mail', () => {
  test('a test mail arrives, signed in with a password that is nowhere to be read', async () => {
    const saved = await set({ ...account(), password: PASSWORD })
    expect(saved.json).toMatchObject({ mail: { ...account(), hasPassword: true, waiting: 0 } })
    expect(await send()).toMatchObject({ status: 200 })
    expect(sink.mails).toMatchObject([
      { from: 'edgedag@example.test', to: account().to, subject: '[Edgedag] Edgedag can send mail to this address' },
    ])
    expect(saved.text).not.toContain(PASSWORD)
    for (const text of contents(product.dir)) expect(text.includes(PASSWORD)).toBe(false)
  })

  test('the password stays with its server and account, and is not told to another', async () => {
    expect((await set({ ...account(), to: ['one@example.test'] })).json.mail).toMatchObject({ hasPassword: true })
    expect(await send()).toMatchObject({ status: 200 })
    const other = await set({ ...account(), host: 'evil.example.test' })
    expect(other).toMatchObject({ status: 400 })
    expect(other.text).toContain('give the password again')
    expect((await api('GET', '/settings/alerts')).json.mail.host).toBe('127.0.0.1')
  })

  test('a server that refuses is quoted', async () => {
    await set({ ...account(), password: 'wrong' })
    const refused = await send()
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('refused user robot: 535')
    await set({ ...account(), port: 1, password: 'x' })
    expect((await send()).text).toMatch(/cannot be reached|refused the connection/)
    expect((await set(null)).json.mail).toBeNull()
  })
})
