/// <reference types="@cloudflare/vitest-plugin/types" />

import { reset, SELF } from 'cloudflare:test'
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sha256Hex } from '../../auth/hash.ts'
import { connectAgent, directory, ended, putDag, run, testEnv } from '../../testing/installation.ts'

const SPEC = `
webhook:
  forward_headers: [X-GitHub-Event]
steps:
  - name: a
    command: echo a
`
const MB = 1024 * 1024
const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')

async function api<T = Record<string, never>>(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T }> {
  const answer = await SELF.fetch(`http://edgedag/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${testEnv.EDGEDAG_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: (text === '' ? null : JSON.parse(text)) as T }
}

interface Answer {
  status: number
  body: { dagRunId?: string; dagName?: string; duplicate?: boolean; message?: string }
  headers: Headers
}

async function post(body: string, headers: Record<string, string> = {}, file = 'hooked'): Promise<Answer> {
  const answer = await SELF.fetch(`http://edgedag/api/v1/webhooks/${file}`, { method: 'POST', headers, body })
  return { status: answer.status, body: JSON.parse((await answer.text()) || '{}'), headers: answer.headers }
}

interface Created {
  token: string
  webhook: { tokenPrefix: string; createdBy: string; hmac: { enabled: boolean } }
}

async function createWebhook(): Promise<{
  dag: Awaited<ReturnType<typeof putDag>>['dag']
  token: string
  bearer: Record<string, string>
}> {
  const { dag } = await putDag('hooked', SPEC)
  const { body } = await api<Created>('POST', '/dags/hooked/webhook')
  return { dag, token: body.token, bearer: { authorization: `Bearer ${body.token}` } }
}

// The API stores its first key once per isolate, and reset() takes that away.
beforeEach(async () => directory().ensureBootstrapKey(await sha256Hex(testEnv.EDGEDAG_TOKEN!)))

afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

describe('the webhook of a DAG', () => {
  it('starts a run that carries the payload and the listed headers', async () => {
    await connectAgent()
    const { bearer, dag } = await createWebhook()
    const answer = await post('{"payload":{"ref": "main"}}', { ...bearer, 'x-github-event': 'push', 'x-other': 'no' })
    expect(answer).toMatchObject({ status: 200, body: { dagName: 'hooked' } })
    const runId = answer.body.dagRunId!
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', trigger: 'webhook' })
    expect((await dag.specOf(runId))?.spec.webhook).toEqual({
      payload: '{"ref":"main"}',
      headers: '{"x-github-event":["push"]}',
    })
  })

  it('uses a profile that its list allows and that is active, and no other', async () => {
    const { bearer, dag } = await createWebhook()
    for (const name of ['prod', 'off', 'other']) await api('POST', '/profiles', { name })
    await api('PATCH', '/profiles/off', { status: 'disabled' })
    await api('PUT', '/dags/hooked/webhook/profile-selection', { allowedProfiles: ['prod', 'off'] })
    const named = async (profile: string) => await post('{}', { ...bearer, 'x-dagu-profile': profile })
    const started = await named('prod')
    expect(started.status).toBe(200)
    expect((await dag.specOf(started.body.dagRunId!))?.spec.profile).toBe('prod')
    expect(await named('other')).toMatchObject({ status: 403, body: { message: expect.stringContaining('not allow') } })
    expect(await named('off')).toMatchObject({ status: 400, body: { message: 'runtime profile off is disabled' } })
    const plain = await post('{}', bearer)
    expect((await dag.specOf(plain.body.dagRunId!))?.spec.profile).toBeUndefined()
  })

  it('is created once, and its token is shown once and stored nowhere', async () => {
    await putDag('hooked', SPEC)
    expect((await api('GET', '/dags/hooked/webhook')).status).toBe(404)
    const created = await api<Created>('POST', '/dags/hooked/webhook')
    expect(created.status).toBe(201)
    expect(created.body.token).toMatch(/^dagu_wh_[0-9a-f]{48}$/)
    expect(created.body.token.startsWith(created.body.webhook.tokenPrefix)).toBe(true)
    expect((await api('POST', '/dags/hooked/webhook')).status).toBe(409)
    const shown = await api<object>('GET', '/dags/hooked/webhook')
    expect(JSON.stringify(shown.body)).not.toContain(created.body.token.slice(12))
    expect((await api<{ webhooks: object[] }>('GET', '/webhooks')).body.webhooks).toEqual([shown.body])
    expect((await api('DELETE', '/dags/hooked/webhook')).status).toBe(204)
    expect((await api('DELETE', '/dags/hooked/webhook')).status).toBe(404)
    expect((await api<{ webhooks: object[] }>('GET', '/webhooks')).body.webhooks).toEqual([])
    expect((await post('{}', { authorization: `Bearer ${created.body.token}` })).status).toBe(401)
  })

  it('answers the same to a wrong token, no token, a DAG without a webhook and an unknown DAG', async () => {
    const { bearer } = await createWebhook()
    await putDag('bare', SPEC)
    const answers = [
      await post('{}', { authorization: 'Bearer dagu_wh_wrong' }),
      await post('{}'),
      await post('{}', bearer, 'bare'),
      await post('{}', bearer, 'nowhere'),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(401)
      expect(body.message).toBe('invalid webhook token')
    }
  })

  it('writes down only so many wrong tokens, and goes on to refuse them', async () => {
    const { dag, bearer } = await createWebhook()
    for (let n = 0; n < 60; n++) expect((await post('{}', { authorization: 'Bearer wrong' })).status).toBe(401)
    const rows = await dag.deliveries(100)
    expect(rows).toHaveLength(50)
    vi.spyOn(Date, 'now').mockImplementation(() => rows[0]!.at)
    for (let n = 0; n < 120; n++) await post('{}', { authorization: 'Bearer wrong' })
    const last = (await dag.deliveries(1))[0]!.n
    expect((await post('{}', { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await dag.deliveries(1))[0]!.n).toBe(last)
    expect((await post('{}', bearer)).status).toBe(200)
  })

  it('refuses the former token after a new one was made, and everything while it is disabled', async () => {
    const { bearer } = await createWebhook()
    const { body } = await api<Created>('POST', '/dags/hooked/webhook/regenerate')
    expect((await post('{}', bearer)).status).toBe(401)
    const fresh = { authorization: `Bearer ${body.token}` }
    await api('POST', '/dags/hooked/webhook/toggle', { enabled: false })
    expect(await post('{}', fresh)).toMatchObject({ status: 403, body: { message: 'webhook is disabled' } })
    expect((await post('{}', bearer)).status).toBe(401)
    await api('POST', '/dags/hooked/webhook/toggle', { enabled: true })
    expect((await post('{}', fresh)).status).toBe(200)
  })

  it.each([
    ['broken JSON', '{"a":', 400],
    ['a payload that is no object', '{"payload":3}', 400],
    ['a run id with a slash', '{"dagRunId":"../x"}', 400],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400],
  ])('refuses %s, and a right delivery is taken afterwards', async (_, body, status) => {
    const { bearer } = await createWebhook()
    expect((await post(body as string, bearer)).status).toBe(status)
    expect((await post('{}', bearer)).status).toBe(200)
  })

  it('takes a payload of exactly 1 MiB, and refuses one byte more before it looks at the token', async () => {
    const { bearer, dag } = await createWebhook()
    const filled = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`
    const taken = await post(filled(MB), bearer)
    expect(taken.status).toBe(200)
    const webhook = (await dag.specOf(taken.body.dagRunId!))?.spec.webhook
    expect(webhook).toEqual({ blob: expect.stringMatching(/^[0-9a-f]{24}$/), headers: '{}' })
    for (const headers of [bearer, { authorization: 'Bearer wrong' }]) {
      const refused = await post(filled(MB + 1), headers)
      expect(refused).toMatchObject({ status: 413, body: { message: 'webhook payload too large (max 1048576 bytes)' } })
    }
  })

  it('makes one run of a run id: the second is told that it exists', async () => {
    const { bearer } = await createWebhook()
    expect(await post('{"dagRunId":"w1"}', bearer)).toMatchObject({ status: 200, body: { dagRunId: 'w1' } })
    expect(await post('{"dagRunId":"w1"}', bearer)).toMatchObject({
      status: 409,
      body: { message: expect.stringMatching(/^dag-run (with )?ID w1 already exists/) },
    })
  })

  it('makes one run of a delivery that comes ten times at once, and answers all with it', async () => {
    const { bearer, dag } = await createWebhook()
    const headers = { ...bearer, 'x-github-delivery': 'a-guid' }
    for (const body of ['{"a":1}', `{"a":"${'y'.repeat(50_000)}"}`]) {
      const key = { ...headers, 'x-github-delivery': `guid-${body.length}` }
      const answers = await Promise.all(Array.from({ length: 10 }, () => post(body, key)))
      expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([200]))
      expect(new Set(answers.map(answer => answer.body.dagRunId)).size).toBe(1)
      expect(answers.filter(answer => answer.body.duplicate !== true)).toHaveLength(1)
    }
    expect(await dag.runs({ limit: 10 })).toHaveLength(2)
  })

  it('lets a delivery come again after its run was refused', async () => {
    const { bearer } = await createWebhook()
    const headers = { ...bearer, 'idempotency-key': 'k' }
    expect((await post('{"dagRunId":"bad id"}', headers)).status).toBe(400)
    expect((await post('{}', headers)).status).toBe(200)
  })

  it('slows down whoever calls too often, and says when to come again', async () => {
    const { bearer } = await createWebhook()
    const answers: Answer[] = []
    for (let i = 0; i < 160; i += 20)
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => post('[', bearer)))))
    const slowed = answers.filter(answer => answer.status === 429)
    expect(slowed.length).toBeGreaterThan(0)
    expect(Number(slowed[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('a webhook with signatures', () => {
  async function signed(fields: object) {
    const created = await createWebhook()
    const { status, body } = await api<{ hmacSecret: string; webhook: { authMode: string; hmac: object } }>(
      'POST',
      '/dags/hooked/webhook/hmac/enable',
      fields,
    )
    expect(status).toBe(200)
    return { ...created, secret: body.hmacSecret, webhook: body.webhook }
  }
  const signature = (secret: string, body: string) => ({ 'x-dagu-signature': `sha256=${hex(secret, body)}` })

  it('wants both the token and the signature', async () => {
    const { bearer, secret, webhook } = await signed({ authMode: 'token_and_hmac', enforcementMode: 'strict' })
    expect(webhook).toMatchObject({
      authMode: 'token_and_hmac',
      hmac: {
        enabled: true,
        algorithm: 'HMAC-SHA256',
        format: 'sha256=<hex>',
        headerName: 'X-Dagu-Signature',
        secretConfigured: true,
      },
    })
    expect(await post('{}', bearer)).toMatchObject({ status: 401, body: { message: 'missing webhook HMAC signature' } })
    expect((await post('{}', signature(secret, '{}'))).status).toBe(401)
    expect((await post('{}', { ...bearer, ...signature('other', '{}') })).status).toBe(401)
    expect((await post('{}', { ...bearer, ...signature(secret, '{}') })).status).toBe(200)
  })

  it('lets a wrong signature pass where it only observes, and notes it', async () => {
    const { bearer } = await signed({ authMode: 'token_and_hmac', enforcementMode: 'observe' })
    expect((await post('{}', bearer)).status).toBe(200)
    const { body } = await api<{ deliveries: object[] }>('GET', '/dags/hooked/webhook/deliveries')
    expect(body.deliveries[0]).toMatchObject({ status: 200, note: 'observed: missing webhook HMAC signature' })
  })

  it('needs no token in hmac_only, which cannot merely observe', async () => {
    const { secret } = await signed({ authMode: 'hmac_only', provider: 'github' })
    const headers = { 'x-hub-signature-256': `sha256=${hex(secret, '{"zen":1}')}` }
    expect((await post('{"zen":1}', headers)).status).toBe(200)
    const refused = await post('{"zen":2}', headers)
    expect(refused).toMatchObject({ status: 401, body: (await post('{}', {}, 'unknown')).body })
    const { body } = await api<{ deliveries: object[] }>('GET', '/dags/hooked/webhook/deliveries')
    expect(body.deliveries[0]).toMatchObject({ status: 401, note: 'invalid webhook HMAC signature' })
    expect((await api('POST', '/dags/hooked/webhook/hmac/configure', { enforcementMode: 'observe' })).status).toBe(400)
  })

  it('takes a signed request once: a replay is answered with the same run, and refused when its time is over', async () => {
    const { secret, dag } = await signed({ authMode: 'hmac_only', requireTimestamp: true })
    const at = Math.floor(Date.now() / 1000)
    const headers = { 'x-dagu-timestamp': `${at}`, ...signature(secret, `${at}.{}`) }
    const first = await post('{}', headers)
    expect(await post('{}', headers)).toMatchObject({
      status: 200,
      body: { dagRunId: first.body.dagRunId, duplicate: true },
    })
    // No signature covers the headers that name a delivery.
    for (const name of ['idempotency-key', 'x-github-delivery', 'x-dagu-delivery'])
      expect((await post('{}', { ...headers, [name]: 'new' })).body).toEqual({ ...first.body, duplicate: true })
    expect(await dag.runs({ limit: 10 })).toHaveLength(1)
    vi.spyOn(Date, 'now').mockImplementation(() => (at + 400) * 1000)
    expect((await post('{}', headers)).status).toBe(401)
  })

  it('takes an event of Stripe once, signed anew or replayed under another name', async () => {
    const { secret, dag } = await signed({ authMode: 'hmac_only', provider: 'stripe' })
    const body = '{"id":"evt_1"}'
    const at = Math.floor(Date.now() / 1000)
    const of = (time: number) => ({ 'stripe-signature': `t=${time},v1=${hex(secret, `${time}.${body}`)}` })
    const first = await post(body, of(at))
    const same = { status: 200, body: { dagRunId: first.body.dagRunId, duplicate: true } }
    expect(await post(body, { ...of(at), 'idempotency-key': 'new' })).toMatchObject(same)
    expect(await post(body, of(at - 1))).toMatchObject(same)
    expect(await dag.runs({ limit: 10 })).toHaveLength(1)
  })

  it('uses the secret that a sender has made, and forgets it with a new one', async () => {
    const { secret } = await signed({ authMode: 'hmac_only', provider: 'stripe', secret: 'whsec_given_by_the_sender' })
    expect(secret).toBe('whsec_given_by_the_sender')
    const at = Math.floor(Date.now() / 1000)
    const body = '{"id":"evt_1"}'
    const headers = { 'stripe-signature': `t=${at},v1=${hex(secret, `${at}.${body}`)}` }
    expect((await post(body, headers)).status).toBe(200)
    expect(await post(body, headers)).toMatchObject({ status: 200, body: { duplicate: true } })
    await api('POST', '/dags/hooked/webhook/hmac/regenerate', {})
    expect(
      (await post('{"id":"evt_2"}', { 'stripe-signature': `t=${at},v1=${hex(secret, `${at}.{"id":"evt_2"}`)}` }))
        .status,
    ).toBe(401)
  })

  it('goes back to the token alone', async () => {
    const { bearer } = await signed({ authMode: 'hmac_only' })
    expect((await post('{}', bearer)).status).toBe(401)
    await api('POST', '/dags/hooked/webhook/hmac/disable')
    expect((await post('{}', bearer)).status).toBe(200)
  })
})

it('a deleted run takes its payload along', async () => {
  await connectAgent()
  const { bearer } = await createWebhook()
  const { body } = await post(`{"a":"${'z'.repeat(40_000)}"}`, bearer)
  const runId = body.dagRunId!
  await ended(runId)
  const bucket = testEnv.BLOBS
  expect((await bucket.list({ prefix: 'payloads/' })).objects).toHaveLength(1)
  await run(runId).forget(runId)
  expect((await bucket.list({ prefix: 'payloads/' })).objects).toHaveLength(0)
})
