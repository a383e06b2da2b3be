// When an agent was last heard. Promise: no jump of the clock makes a living agent lost for good, nor a dead one live on: what was noted by
// a clock that has been set back counts from the moment at which that is seen, and a silence counts for no longer than it was looked for.
import type { Socket } from '../../host/port.ts'

/** No ping for so long: contact is lost. While the agent carries runs it is looked at as often. */
export const CONTACT_MS = 15_000

export interface Connection {
  socket: Pick<Socket, 'lastPingAt'>
  agent: { since: number } | null
}

export class Contact {
  readonly #now: () => number
  /** Of a connection that stands, its pings say more. */
  #heardAt = 0
  /** The newest time that lay ahead of the clock. */
  #ahead = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** A word of the agent has come. */
  heard(): void {
    this.#heardAt = this.#now()
  }

  /** Epoch ms, never ahead of the clock; 0: never. */
  last(connection: Connection | null): number {
    const now = this.#now()
    const times = [this.#heardAt, connection?.socket.lastPingAt() ?? 0, connection?.agent?.since ?? 0]
    const newest = Math.max(...times)
    if (newest <= now) return newest
    if (newest > this.#ahead) this.#heardAt = now
    this.#ahead = newest
    return Math.max(Math.min(this.#heardAt, now), ...times.filter(at => at <= now))
  }

  /**
   * Since when it is silent; null: it is not. Silence of more than two looks is a clock that was set ahead, or a host that slept: the agent
   * gets the time to come again.
   */
  silentSince(connection: Connection): number | null {
    const [now, last] = [this.#now(), this.last(connection)]
    if (now - last <= CONTACT_MS) return null
    this.#heardAt = last
    return last < now - 2 * CONTACT_MS ? now - CONTACT_MS : last
  }

  /** The connection is gone: what it said last is kept. */
  gone(connection: Connection): void {
    this.#heardAt = this.last(connection)
  }
}
