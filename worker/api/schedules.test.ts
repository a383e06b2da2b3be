// Due times and the zone of schedules over the API.
import { describe, expect, it } from 'vitest'
import { createWorld } from './testing/world.ts'

const read = async (response: Response) => [response.status, await response.json()]

describe('the schedule of a DAG', () => {
  it('has its next due times, as many as asked for, and says what never fires', async () => {
    const world = await createWorld()
    const spec = 'schedule: ["CRON_TZ=Asia/Tokyo 0 9 * * *", "0 0 30 2 *"]\nsteps:\n  - command: "true"\n'
    await world.ask('POST', 'dags', { body: { name: 'timed', spec } })
    const [status, body] = await read(await world.ask('GET', 'dags/timed/schedule?count=2'))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      scheduled: true,
      fires: [
        { do: 'start', zone: 'Asia/Tokyo', expression: '0 9 * * *', local: expect.stringMatching(/T09:00:00\+09:00$/) },
        { at: expect.stringMatching(/T00:00:00Z$/) },
      ],
      never: [{ expression: '0 0 30 2 *', why: 'it never fires: no calendar has such a day' }],
    })
  })

  it('of an unknown DAG is not found, and a wrong count is refused', async () => {
    const world = await createWorld()
    expect((await world.ask('GET', 'dags/nobody/schedule')).status).toBe(404)
    expect((await world.ask('GET', 'dags/nobody/schedule?count=0')).status).toBe(400)
  })
})

describe('the zone of schedules', () => {
  it('is the host’s until one is set, and again when that is taken away', async () => {
    const world = await createWorld()
    const path = 'settings/timezone'
    expect(await read(await world.ask('GET', path))).toEqual([200, { timezone: 'UTC', isDefault: true }])
    const set = await world.ask('PUT', path, { body: { timezone: 'Europe/Berlin' } })
    expect(await read(set)).toEqual([200, { timezone: 'Europe/Berlin', isDefault: false }])
    const unset = await world.ask('PUT', path, { body: { timezone: '' } })
    expect(await read(unset)).toEqual([200, { timezone: 'UTC', isDefault: true }])
  })

  it.each(['Mars/Olympus', 'Europe', '+02:00; rm', 5, undefined])('%j is refused', async timezone => {
    const world = await createWorld()
    expect((await world.ask('PUT', 'settings/timezone', { body: { timezone } })).status).toBe(400)
  })
})
