// Alerts over the API.
import { describe, expect, it } from 'vitest'
import type { Alert } from '../objects/contracts.ts'
import { createWorld } from './testing/world.ts'

const ALERT: Alert = {
  id: 'al-0123',
  key: 'slow/r1',
  kind: 'slow',
  severity: 'warning',
  title: 'backup has been running for 3 h',
  detail: '95 of 100 runs take no longer than 1 h',
  dagName: 'backup',
  runId: 'r1',
  openedAt: Date.parse('2027-01-16T12:00:00Z'),
  resolvedAt: null,
  dismissedBy: null,
}

describe('alerts', () => {
  it('are listed with their count, and dismissed by somebody', async () => {
    const world = await createWorld()
    world.alerts.alerts.push({ ...ALERT })
    expect((await world.ask('POST', 'alerts/al-0123/dismiss', { role: 'operator' })).status).toBe(200)
    expect((await world.ask('POST', 'alerts/al-99/dismiss', { role: 'operator' })).status).toBe(404)
    expect(await (await world.ask('GET', 'alerts', { role: 'viewer' })).json()).toEqual({
      active: 1,
      alerts: [
        {
          id: 'al-0123',
          kind: 'slow',
          severity: 'warning',
          title: ALERT.title,
          detail: ALERT.detail,
          dagName: 'backup',
          dagRunId: 'r1',
          openedAt: '2027-01-16T12:00:00Z',
          dismissedBy: 'operator-key',
        },
      ],
    })
  })

  it('are posted to an address whose path nobody gets to read again', async () => {
    const world = await createWorld()
    const set = await world.ask('PUT', 'settings/alerts', {
      role: 'manager',
      body: { webhookUrl: 'https://hooks.example.com/services/T0/secret?token=1' },
    })
    expect(await set.json()).toEqual({
      webhook: { target: 'https://hooks.example.com/…' },
      lastDelivery: null,
      waiting: 0,
      mail: null,
    })
    expect((await world.ask('POST', 'settings/alerts/test', { role: 'manager' })).status).toBe(200)
    await world.ask('PUT', 'settings/alerts', { body: { webhookUrl: '' } })
    expect((await world.ask('POST', 'settings/alerts/test')).status).toBe(400)
  })

  it.each(['ftp://a/b', 'javascript:alert(1)', 'hooks.example.com', 7, undefined])('%j is no address', async url => {
    const world = await createWorld()
    expect((await world.ask('PUT', 'settings/alerts', { body: { webhookUrl: url } })).status).toBe(400)
  })

  const MAIL = { host: 'smtp.example.com', port: 465, tls: 'tls', username: 'u', from: 'a@x.test', to: ['b@x.test'] }

  it('are mailed by an account whose password nobody gets to read again, set by managers only', async () => {
    const world = await createWorld()
    const body = { mail: { ...MAIL, password: 'hush' } }
    expect((await world.ask('PUT', 'settings/alerts', { role: 'developer', body })).status).toBe(403)
    const set = await world.ask('PUT', 'settings/alerts', { role: 'manager', body })
    const text = await set.text()
    expect(JSON.parse(text)).toMatchObject({ webhook: null, mail: { ...MAIL, hasPassword: true } })
    expect(text).not.toContain('hush')
    expect((await world.ask('POST', 'settings/alerts/test?channel=mail', { role: 'manager' })).status).toBe(200)
    const gone = await world.ask('PUT', 'settings/alerts', { body: { mail: null } })
    expect(await gone.json()).toMatchObject({ mail: null })
    expect((await world.ask('POST', 'settings/alerts/test?channel=mail')).status).toBe(400)
  })

  it.each([
    { host: '' },
    { host: 'a b' },
    { port: 0 },
    { port: '465' },
    { tls: 'none' },
    { from: 'nobody' },
    { to: [] },
    { to: ['a@b.c\r\nBcc: d@e.f'] },
    { password: 7 },
  ])('%j is refused in a mail account', async wrong => {
    const world = await createWorld()
    const body = { mail: { ...MAIL, ...wrong } }
    expect((await world.ask('PUT', 'settings/alerts', { body })).status).toBe(400)
  })
})
