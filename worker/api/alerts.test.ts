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
    })
    expect((await world.ask('POST', 'settings/alerts/test', { role: 'manager' })).status).toBe(200)
    await world.ask('PUT', 'settings/alerts', { body: { webhookUrl: '' } })
    expect((await world.ask('POST', 'settings/alerts/test')).status).toBe(400)
  })

  it.each(['ftp://a/b', 'javascript:alert(1)', 'hooks.example.com', 7, undefined])('%j is no address', async url => {
    const world = await createWorld()
    expect((await world.ask('PUT', 'settings/alerts', { body: { webhookUrl: url } })).status).toBe(400)
  })
})
