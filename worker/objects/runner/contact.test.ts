import { describe, expect, it } from 'vitest'
import { CONTACT_MS, Contact } from './contact.ts'

const NOON = Date.UTC(2026, 10, 21, 12)
const HOUR = 3_600_000

/** An agent that connected at noon, and the clock that it is looked at by. */
function agent() {
  const clock = { now: NOON }
  const pings = { last: null as number | null }
  const contact = new Contact(() => clock.now)
  const connection = { socket: { lastPingAt: () => pings.last }, agent: { since: NOON } }
  return { clock, pings, contact, connection }
}

describe('contact with an agent', () => {
  it('is lost since its last word once that is too long ago', () => {
    const { clock, pings, contact, connection } = agent()
    pings.last = NOON + 9_000
    clock.now = NOON + 9_000 + CONTACT_MS
    expect(contact.silentSince(connection)).toBeNull()
    clock.now += 1
    expect(contact.silentSince(connection)).toBe(NOON + 9_000)
  })

  it('is not lost for longer than one look where the clock jumps ahead', () => {
    const { clock, contact, connection } = agent()
    clock.now = NOON + HOUR
    expect(contact.silentSince(connection)).toBe(NOON + HOUR - CONTACT_MS)
  })

  it('counts from when it is seen where the clock was set back, once', () => {
    const { clock, pings, contact, connection } = agent()
    pings.last = NOON
    clock.now = NOON - HOUR
    expect(contact.silentSince(connection)).toBeNull()
    expect(contact.last(connection)).toBe(NOON - HOUR)
    clock.now += CONTACT_MS
    expect(contact.silentSince(connection)).toBeNull()
    clock.now += 1
    expect(contact.silentSince(connection)).toBe(NOON - HOUR)
  })

  it('goes on with a ping by the clock that was set back', () => {
    const { clock, pings, contact, connection } = agent()
    clock.now = NOON - HOUR
    contact.last(connection)
    pings.last = clock.now = NOON - HOUR + CONTACT_MS
    clock.now += 10_000
    expect(contact.silentSince(connection)).toBeNull()
    expect(contact.last(connection)).toBe(pings.last)
  })
})
