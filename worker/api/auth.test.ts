import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../auth/hash.ts'
import { createWorld, ORIGIN, START } from './testing/world.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? ''

describe('a session', () => {
  it('is made from a key, lasts 24 hours and carries the role of the key', async () => {
    const { ask, clock, keyOf } = await createWorld()
    const answer = await ask('POST', 'auth/session', {
      token: '',
      body: { token: keyOf('operator') },
      headers: { origin: ORIGIN },
    })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ expiresAt: '2026-11-22T11:32:55Z', user: { role: 'operator' } })
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax; Max-Age=86400$/)
    const headers = { cookie: `other=1; ${cookieOf(answer)}` }
    expect((await ask('GET', 'auth/me', { token: '', headers })).status).toBe(200)
    clock.now = START + DAY_MS + 1
    expect((await ask('GET', 'auth/me', { token: '', headers })).status).toBe(401)
  })

  it('over TLS is kept for TLS', async () => {
    const { ask, keyOf } = await createWorld()
    const answer = await ask('POST', 'auth/session', {
      token: '',
      body: { token: keyOf('viewer') },
      headers: { 'x-forwarded-proto': 'https' },
    })
    expect(answer.headers.get('set-cookie')).toMatch(/; Secure$/)
  })

  it('is refused for a wrong token without a word', async () => {
    const { ask } = await createWorld()
    const answer = await ask('POST', 'auth/session', { token: '', body: { token: 'wrong' } })
    expect([answer.status, await answer.text(), answer.headers.get('set-cookie')]).toEqual([401, '', null])
  })

  it('cannot be made by a page of another site, nor from a session or a runner', async () => {
    const { ask, keyOf, directory } = await createWorld()
    const body = { token: keyOf('admin') }
    expect(
      (await ask('POST', 'auth/session', { token: '', body, headers: { origin: 'https://evil.example' } })).status,
    ).toBe(403)
    const session = cookieOf(await ask('POST', 'auth/session', { token: '', body })).split('=')[1]
    expect((await ask('POST', 'auth/session', { token: '', body: { token: session } })).status).toBe(401)
    directory.principals.set(await sha256Hex('runner'), {
      kind: 'runner',
      id: 'r',
      name: 'r',
      role: 'runner',
      until: null,
    })
    expect((await ask('POST', 'auth/session', { token: '', body: { token: 'runner' } })).status).toBe(401)
  })

  it('ends at once when it is ended', async () => {
    const { ask, keyOf } = await createWorld()
    const cookie = cookieOf(await ask('POST', 'auth/session', { token: '', body: { token: keyOf('viewer') } }))
    const headers = { cookie, origin: ORIGIN }
    const ended = await ask('DELETE', 'auth/session', { token: '', headers })
    expect(ended.headers.get('set-cookie')).toContain('Max-Age=0')
    expect((await ask('GET', 'auth/me', { token: '', headers })).status).toBe(401)
  })
})

describe('a token', () => {
  it('is looked up again after 5 s, and a revoked one is refused from then on', async () => {
    const { ask, clock, directory, keyOf } = await createWorld()
    await ask('GET', 'auth/me', { role: 'viewer' })
    await ask('GET', 'auth/me', { role: 'viewer' })
    expect(directory.lookups).toBe(1)
    directory.principals.delete(await sha256Hex(keyOf('viewer')))
    clock.now += 4_999
    expect((await ask('GET', 'auth/me', { role: 'viewer' })).status).toBe(200)
    clock.now += 1
    expect((await ask('GET', 'auth/me', { role: 'viewer' })).status).toBe(401)
  })

  it('of the environment is the first key, unless it is too short', async () => {
    const long = await createWorld({ bootstrapToken: 'sixteen-chars-ok' })
    expect((await long.ask('GET', 'auth/me', { token: 'sixteen-chars-ok' })).status).toBe(200)
    const short = await createWorld({ bootstrapToken: 'short' })
    expect((await short.ask('GET', 'auth/me', { token: 'short' })).status).toBe(401)
  })

  it('in the address is not a token', async () => {
    const { ask, keyOf } = await createWorld()
    expect((await ask('GET', `auth/me?token=${keyOf('admin')}`, { token: '' })).status).toBe(401)
  })
})

describe('enrolment', () => {
  it('works once, within 15 minutes, and its credential opens the agent socket and nothing else', async () => {
    const { ask, forwarded } = await createWorld()
    const { token } = (await (await ask('POST', 'runners/enrolments', { body: { labels: { zone: 'a' } } })).json()) as {
      token: string
    }
    const enrol = () => ask('POST', 'runners/enrol', { token: '', body: { token, name: 'host-1' } })
    const enrolled = await enrol()
    expect(enrolled.status).toBe(201)
    const { runnerId, credential, labels } = (await enrolled.json()) as {
      runnerId: string
      credential: string
      labels: object
    }
    expect(labels).toEqual({ zone: 'a' })
    expect((await enrol()).status).toBe(401)
    expect((await ask('GET', 'dags', { token: credential })).status).toBe(403)
    expect((await ask('GET', 'runner/connect', { token: credential })).status).toBe(426)
    await ask('GET', 'runner/connect', { token: credential, headers: { upgrade: 'websocket' } })
    expect(forwarded).toMatchObject([{ kind: 'runner', name: runnerId }])
    expect((await ask('GET', 'runner/connect', { role: 'admin', headers: { upgrade: 'websocket' } })).status).toBe(403)
  })

  it('is over after 15 minutes', async () => {
    const { ask, clock } = await createWorld()
    const { token } = (await (await ask('POST', 'runners/enrolments')).json()) as { token: string }
    clock.now += 15 * 60 * 1000
    expect((await ask('POST', 'runners/enrol', { token: '', body: { token, name: 'host-1' } })).status).toBe(401)
  })

  it('makes a worker that can be drained by its name or id, and taken back', async () => {
    const { ask } = await createWorld()
    const { token } = (await (await ask('POST', 'runners/enrolments')).json()) as { token: string }
    const answer = await ask('POST', 'runners/enrol', { token: '', body: { token, name: 'host-1' } })
    const { runnerId } = (await answer.json()) as { runnerId: string }
    const drained = await ask('POST', 'workers/host-1/drain')
    expect(await drained.json()).toEqual({ id: 'host-1', runnerId, draining: true })
    expect(await (await ask('GET', 'workers')).json()).toMatchObject({
      workers: [
        { id: 'host-0', draining: false },
        { draining: true, drainingSince: expect.stringMatching(/Z$/) },
      ],
    })
    const back = await ask('POST', `workers/${runnerId}/drain`, { body: { drain: false } })
    expect(await back.json()).toMatchObject({ draining: false })
    expect((await ask('POST', 'workers/nobody/drain')).status).toBe(404)
    expect((await ask('POST', 'workers/host-1/drain', { role: 'operator' })).status).toBe(403)
  })

  it('is undone by revoking the runner', async () => {
    const { ask, runner } = await createWorld()
    const { token } = (await (await ask('POST', 'runners/enrolments')).json()) as { token: string }
    const answer = await ask('POST', 'runners/enrol', { token: '', body: { token, name: 'host-1' } })
    const { runnerId } = (await answer.json()) as { runnerId: string }
    expect(await (await ask('GET', 'workers')).json()).toMatchObject({
      workers: [{ id: 'host-0' }, { id: 'host-1', healthStatus: 'unhealthy' }],
    })
    expect((await ask('DELETE', `runners/${runnerId}`)).status).toBe(204)
    expect(runner.revoked).toBe(true)
    expect(await (await ask('GET', 'workers')).json()).toMatchObject({ workers: [{ id: 'host-0' }], errors: [] })
    expect((await ask('DELETE', 'runners/r-none')).status).toBe(404)
  })
})
