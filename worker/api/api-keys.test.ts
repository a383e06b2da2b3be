import { describe, expect, it } from 'vitest'
import { createWorld } from './testing/world.ts'

const made = async (role: string, name = 'ci') => {
  const world = await createWorld()
  const answer = await world.ask('POST', 'api-keys', { body: { name, role, allowedSurfaces: ['rest_api'] } })
  const { key, apiKey } = (await answer.json()) as { key: string; apiKey: { id: string } }
  return { ...world, status: answer.status, key, apiKey }
}

describe('API keys', () => {
  it('are made with a role, shown once, and let in what the role allows', async () => {
    const { ask, key, apiKey, status } = await made('operator')
    expect(status).toBe(201)
    expect(apiKey).toMatchObject({ name: 'ci', role: 'operator', keyPrefix: key.slice(0, 14), lastUsedAt: null })
    expect(await (await ask('GET', 'api-keys')).text()).not.toContain(key)
    expect((await ask('GET', 'dags', { token: key })).status).toBe(200)
    expect((await ask('GET', 'api-keys', { token: key })).status).toBe(403)
  })

  it('change their role, and stop within 5 s of being deleted', async () => {
    const { ask, clock, key, apiKey } = await made('viewer')
    expect((await ask('GET', 'api-keys', { token: key })).status).toBe(403)
    expect((await ask('PATCH', `api-keys/${apiKey.id}`, { body: { role: 'admin' } })).status).toBe(200)
    clock.now += 6_000
    expect((await ask('GET', 'api-keys', { token: key })).status).toBe(200)
    expect((await ask('DELETE', `api-keys/${apiKey.id}`)).status).toBe(204)
    clock.now += 6_000
    expect((await ask('GET', 'dags', { token: key })).status).toBe(401)
    expect((await ask('DELETE', `api-keys/${apiKey.id}`)).status).toBe(404)
  })

  it.each([
    ['a role that is none', { name: 'x', role: 'root' }, 400],
    ['no name', { name: ' ', role: 'viewer' }, 400],
    ['a name that is taken', { name: 'ci', role: 'viewer' }, 409],
  ])('are refused for %s', async (_, body, status) => {
    const { ask } = await made('viewer')
    expect((await ask('POST', 'api-keys', { body })).status).toBe(status)
  })
})
