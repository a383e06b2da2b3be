// The server's end of a WebSocket: it outlives instances of its object (hibernation) with its attachment.
import type { SimObject } from './actor.ts'
import type { Conn } from './link.ts'

export class ServerSocket {
  readonly owner: SimObject
  readonly id: string
  readonly tags: string[]
  attachment = 'null'
  /** Set when the upgrade is answered. */
  conn: Conn | undefined

  constructor(owner: SimObject, id: string, tags: string[]) {
    this.owner = owner
    this.id = id
    this.tags = tags
  }
}
