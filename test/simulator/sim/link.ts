// The network between a host and the control plane, and the connections over it. Promise: a connection keeps the order of its
// frames and loses none but with its own end; a partition delays, a cut loses what is on its way, and both may hit one direction only.
import type { AgentConn, ConnEvents, Network } from '../agent/machine.ts'
import type { SimObject } from './actor.ts'
import type { ControlPlane } from './control-plane.ts'
import { socketOf } from './host.ts'
import type { SimLoop } from './loop.ts'
import type { Random } from './random.ts'
import type { ServerSocket } from './server-socket.ts'

const PING_MS = 10_000

export type Direction = 'toServer' | 'toAgent'

/** One host's way to the control plane. */
export class Link implements Network {
  readonly plane: ControlPlane
  readonly loop: SimLoop
  readonly random: Random
  readonly #blocked = new Set<Direction>()
  conns = new Set<Conn>()
  /** When the control plane last heard anything from this host. */
  lastContact = 0

  constructor(plane: ControlPlane, random: Random) {
    this.plane = plane
    this.loop = plane.loop
    this.random = random
  }

  dial(runnerId: string, events: ConnEvents, opened: (conn: AgentConn) => void): Conn {
    const conn = new Conn(this, events)
    this.loop.after(this.random.between(0.5, 10), () =>
      this.plane.upgrade(runnerId, conn, isOpen => {
        if (isOpen && conn.agentOpen) opened(conn)
        else conn.cut()
      }),
    )
    return conn
  }

  vanish(): void {
    for (const conn of [...this.conns]) conn.vanish()
  }

  isBlocked(direction: Direction): boolean {
    return this.#blocked.has(direction)
  }

  get isUp(): boolean {
    return this.#blocked.size === 0
  }

  block(directions: readonly Direction[]): void {
    for (const conn of this.conns) conn.settlePings()
    for (const direction of directions) this.#blocked.add(direction)
    for (const conn of this.conns) conn.watchSilence()
  }

  heal(): void {
    for (const conn of this.conns) conn.settlePings()
    this.#blocked.clear()
    for (const conn of [...this.conns]) conn.healed()
  }

  cut(): void {
    for (const conn of [...this.conns]) conn.cut()
  }
}

/** One WebSocket. */
export class Conn implements AgentConn {
  readonly link: Link
  readonly #agent: ConnEvents
  socket: ServerSocket | null = null
  #agentOpen = true
  #serverOpen = true
  #epoch = 0
  #lastArrival: Record<Direction, number> = { toServer: 0, toAgent: 0 }
  #held: Record<Direction, (() => void)[]> = { toServer: [], toAgent: [] }
  #pingedUntil: number
  #lastPing: number | null = null
  /** When the agent last heard anything. */
  heardAt: number

  constructor(link: Link, agent: ConnEvents) {
    this.link = link
    this.#agent = agent
    this.#pingedUntil = this.heardAt = link.loop.now
    link.conns.add(this)
  }

  get agentOpen(): boolean {
    return this.#agentOpen
  }

  attach(socket: ServerSocket): void {
    this.socket = socket
    socket.conn = this
  }

  sendToServer(text: string): void {
    if (!this.#agentOpen) return
    this.#travel('toServer', () => {
      if (!this.#serverOpen) return
      this.link.lastContact = this.link.loop.now
      this.#deliver((object, socket) => object['message']!(socket, text))
    })
  }

  sendToAgent(text: string): void {
    if (!this.#serverOpen) return
    this.#travel('toAgent', () => {
      if (!this.#agentOpen) return
      this.heardAt = this.link.loop.now
      this.#agent.message(this, text)
    })
  }

  /** The agent ends the connection, or ends itself. */
  closeFromAgent(): void {
    if (!this.#agentOpen) return
    this.settlePings()
    this.#agentOpen = false
    this.#travel('toServer', () => this.#serverClosed())
  }

  closeFromServer(): void {
    if (!this.#serverOpen) return
    this.settlePings()
    this.#serverOpen = false
    this.socket?.owner.sockets.delete(this.socket.id)
    this.#travel('toAgent', () => this.#agentClosed())
    this.#forgetWhenClosed()
  }

  /** Both ends lose each other and what was on its way; each hears of it soon. */
  cut(): void {
    this.settlePings()
    this.#epoch++
    this.#held = { toServer: [], toAgent: [] }
    this.link.loop.after(this.link.random.between(0, 20), () => this.#agentClosed())
    this.link.loop.after(this.link.random.between(0, 20), () => this.#serverClosed())
  }

  /** The host is gone without a word: the server will not hear of it. */
  vanish(): void {
    this.settlePings()
    this.#agentOpen = false
    this.#epoch++
    this.link.conns.delete(this)
  }

  lastPingAt(): number | null {
    this.settlePings()
    return this.#lastPing
  }

  silentFor(): number {
    this.settlePings()
    return this.link.loop.now - this.heardAt
  }

  /** Pings since the last look, under the link as it was until now. */
  settlePings(): void {
    const now = this.link.loop.now
    const ticks = Math.floor((now - this.#pingedUntil) / PING_MS)
    if (ticks <= 0) return
    this.#pingedUntil += ticks * PING_MS
    if (!this.#agentOpen || !this.#serverOpen || this.link.isBlocked('toServer')) return
    this.#lastPing = Math.floor(this.#pingedUntil + this.link.plane.skewMs)
    this.link.lastContact = Math.max(this.link.lastContact, this.#pingedUntil)
    if (!this.link.isBlocked('toAgent')) this.heardAt = Math.max(this.heardAt, this.#pingedUntil)
  }

  /** The agent gives a silent connection up, sooner or later after 15 s. */
  watchSilence(): void {
    if (!this.#agentOpen) return
    this.link.loop.at(Math.max(this.heardAt + 15_000, this.link.loop.now) + this.link.random.between(0, 5_000), () => {
      if (!this.#agentOpen || this.link.isUp) return
      if (this.silentFor() < 15_000) return this.watchSilence()
      this.closeFromAgent()
      this.#agent.closed(this)
    })
  }

  /** What the partition held back goes on. */
  healed(): void {
    for (const direction of ['toServer', 'toAgent'] as const) {
      const held = this.#held[direction]
      this.#held[direction] = []
      for (const arrive of held) this.#travel(direction, arrive)
    }
  }

  #travel(direction: Direction, arrive: () => void): void {
    const { loop, random } = this.link
    const at = Math.max(this.#lastArrival[direction], loop.now + random.between(0.2, random.chance(0.05) ? 200 : 3))
    this.#lastArrival[direction] = at
    const epoch = this.#epoch
    loop.at(at, () => {
      if (epoch !== this.#epoch) return
      if (this.link.isBlocked(direction)) this.#held[direction].push(arrive)
      else arrive()
    })
  }

  #agentClosed(): void {
    if (!this.#agentOpen) return
    this.#agentOpen = false
    this.#agent.closed(this)
    this.#forgetWhenClosed()
  }

  #serverClosed(): void {
    if (!this.#serverOpen) return
    this.#serverOpen = false
    this.#forgetWhenClosed()
    const { socket } = this
    if (socket === null || !socket.owner.sockets.delete(socket.id)) return
    this.#deliver((object, wrapped) => object['closed']!(wrapped))
  }

  #forgetWhenClosed(): void {
    if (!this.#agentOpen && !this.#serverOpen) this.link.conns.delete(this)
  }

  #deliver(work: (object: Record<string, (...args: unknown[]) => unknown>, socket: unknown) => unknown): void {
    const { socket } = this
    if (socket === null) return
    const owner: SimObject = socket.owner
    owner.handle(
      (object, instance) => work(object, socketOf(instance, socket)),
      () => {},
    )
  }
}
