import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { WebhookProvider } from '../objects/contracts/webhook.ts'
import { verifySignature } from './signatures.ts'

const hex = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')
const NOW = 1_700_000_000

interface Case {
  provider: WebhookProvider
  secret: string
  body: string
  headers: Record<string, string>
  /** Unix seconds. */
  now?: number
  requireTimestamp?: boolean
}

const verify = ({ provider, secret, body, headers, now = NOW, requireTimestamp = false }: Case) =>
  verifySignature(provider, secret, { body, headers, nowMs: now * 1000, requireTimestamp })

/** Published by the senders themselves; Stripe publishes the format only. */
const VECTORS: [string, Case][] = [
  [
    "GitHub's documented example",
    {
      provider: 'github',
      secret: "It's a Secret to Everybody",
      body: 'Hello, World!',
      headers: {
        'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      },
    },
  ],
  [
    'the example of Standard Webhooks',
    {
      provider: 'standard',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      body: '{"test": 2432232314}',
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,bm9pc2U= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      now: 1614265330,
    },
  ],
  [
    'a GitLab secret token',
    { provider: 'gitlab', secret: 'a-gitlab-token', body: '{}', headers: { 'x-gitlab-token': 'a-gitlab-token' } },
  ],
  [
    'a Stripe signature with the former secret beside the present one',
    {
      provider: 'stripe',
      secret: 'whsec_stripe',
      body: '{"id":"evt_1"}',
      headers: {
        'stripe-signature': `t=${NOW},v1=${hex('former', `${NOW}.{"id":"evt_1"}`)},v1=${hex('whsec_stripe', `${NOW}.{"id":"evt_1"}`)},v0=00`,
      },
    },
  ],
  [
    'the plain form over the body',
    {
      provider: 'generic',
      secret: 's',
      body: '{"a":1}',
      headers: { 'x-dagu-signature': `sha256=${hex('s', '{"a":1}')}` },
    },
  ],
  [
    'the plain form with a time',
    {
      provider: 'generic',
      secret: 's',
      body: 'x',
      headers: { 'x-dagu-timestamp': `${NOW}`, 'x-dagu-signature': `sha256=${hex('s', `${NOW}.x`)}` },
      requireTimestamp: true,
    },
  ],
  [
    'the plain form with a profile',
    {
      provider: 'generic',
      secret: 's',
      body: 'x',
      headers: { 'x-dagu-profile': 'prod', 'x-dagu-signature': `sha256=${hex('s', 'x-dagu-profile:prod\nx')}` },
    },
  ],
]

describe('a right signature', () => {
  it.each(VECTORS)('is taken: %s', async (_, sample) => {
    expect(await verify(sample)).toMatchObject({ ok: true })
  })

  it.each(VECTORS)('is refused over another body, or under another secret: %s', async (_, sample) => {
    const isTokenOnly = sample.provider === 'gitlab'
    if (!isTokenOnly) expect(await verify({ ...sample, body: `${sample.body} ` })).toMatchObject({ ok: false })
    const secret = sample.provider === 'standard' ? 'whsec_b3RoZXI=' : `${sample.secret}x`
    expect(await verify({ ...sample, secret })).toMatchObject({ ok: false })
  })

  it.each(VECTORS)('is missed when its header is not there: %s', async (_, sample) => {
    expect(await verify({ ...sample, headers: {} })).toEqual({ ok: false, message: 'missing webhook HMAC signature' })
  })

  const timed = VECTORS.filter(([, { headers }]) => Object.keys(headers).some(name => /timestamp|stripe/.test(name)))
  it.each(timed)('is refused when its time is more than five minutes off: %s', async (_, sample) => {
    const at = sample.now ?? NOW
    for (const now of [at + 300, at - 300]) expect(await verify({ ...sample, now })).toMatchObject({ ok: true })
    for (const now of [at + 301, at - 301]) expect(await verify({ ...sample, now })).toMatchObject({ ok: false })
  })

  it.each(timed)('has something that a replay of it has too: %s', async (_, sample) => {
    const verdict = await verify(sample)
    expect(verdict.ok && verdict.once).toBeTruthy()
    expect(await verify(sample)).toEqual(verdict)
  })
})

describe('a signature', () => {
  it.each([
    ['a signature of another format', { 'x-hub-signature-256': '757107ea' }],
    ['the older SHA-1 header', { 'x-hub-signature': 'sha1=3e8f' }],
    ['an empty one', { 'x-hub-signature-256': '' }],
    ['a very long one', { 'x-hub-signature-256': `sha256=${'a'.repeat(100_000)}` }],
  ])('is not believed: %s', async (_, headers) => {
    expect(
      await verify({ provider: 'github', secret: 's', body: 'x', headers: headers as Record<string, string> }),
    ).toMatchObject({ ok: false })
  })

  it('must have a time where the webhook asks for one', async () => {
    const headers = { 'x-dagu-signature': `sha256=${hex('s', 'x')}` }
    const verdict = await verify({ provider: 'generic', secret: 's', body: 'x', headers, requireTimestamp: true })
    expect(verdict).toMatchObject({ ok: false, message: expect.stringContaining('x-dagu-timestamp') })
  })

  it('covers the profile: one that is added or left out is refused', async () => {
    const signature = { 'x-dagu-signature': `sha256=${hex('s', 'x')}` }
    const headers = { ...signature, 'x-dagu-profile': 'prod' }
    expect(await verify({ provider: 'generic', secret: 's', body: 'x', headers })).toMatchObject({ ok: false })
  })
})
