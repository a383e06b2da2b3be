// The simulated hosts on a real clock and real WebSockets, for schedules that are played in workerd.
import { objectOf } from '@edgedag/worker/host/workerd-env'
import { testEnv } from '@edgedag/worker/testing/installation'
import type { AgentConn, Clockwork, ConnEvents, Network } from '../agent/machine.ts'

const PING_MS = 5_000

type Handle = ReturnType<typeof setTimeout>

export const realClock: Clockwork<Handle> = {
  get now() {
    return Date.now()
  },
  after: (delay, work) => setTimeout(work, delay),
  cancel: handle => clearTimeout(handle ?? undefined),
}

export class RealNetwork implements Network {
  readonly isUp = true
  readonly #conns = new Set<RealConn>()

  dial(runnerId: string, events: ConnEvents, opened: (conn: AgentConn) => void): AgentConn {
    const conn = new RealConn(events)
    this.#conns.add(conn)
    void conn.open(runnerId).then(isOpen => (isOpen ? opened(conn) : conn.cut()))
    return conn
  }

  vanish(): void {
    this.cut()
  }

  /** Ends every connection; both sides hear of it. */
  cut(): void {
    for (const conn of this.#conns) conn.cut()
    this.#conns.clear()
  }
}

class RealConn implements AgentConn {
  heardAt = Date.now()
  readonly #events: ConnEvents
  #socket: WebSocket | null = null
  #isOpen = true
  #pings: ReturnType<typeof setInterval> | undefined

  constructor(events: ConnEvents) {
    this.#events = events
  }

  async open(runnerId: string): Promise<boolean> {
    try {
      const request = new Request('http://runner/connect', { headers: { upgrade: 'websocket' } })
      const response = await objectOf(testEnv, 'runner', runnerId).fetch(request as never)
      const socket = response.webSocket as WebSocket | null
      if (socket === null || !this.#isOpen)
        return false
        // The server's kind of WebSocket, which has to be taken up.
      ;(socket as WebSocket & { accept(): void }).accept()
      this.#socket = socket
      socket.addEventListener('message', event => this.#message(String(event.data)))
      socket.addEventListener('close', () => this.#closed())
      socket.addEventListener('error', () => this.#closed())
      this.#pings = setInterval(() => this.sendToServer('ping'), PING_MS)
      return true
    } catch {
      return false
    }
  }

  sendToServer(text: string): void {
    try {
      if (this.#isOpen) this.#socket?.send(text)
    } catch {
      this.#closed()
    }
  }

  closeFromAgent(): void {
    this.#isOpen = false
    clearInterval(this.#pings)
    try {
      this.#socket?.close(1000, 'bye')
    } catch {
      // It was closed already.
    }
  }

  cut(): void {
    const wasOpen = this.#isOpen
    this.closeFromAgent()
    if (wasOpen) this.#events.closed(this)
  }

  silentFor(): number {
    return Date.now() - this.heardAt
  }

  #message(text: string): void {
    if (!this.#isOpen) return
    this.heardAt = Date.now()
    if (text !== 'pong') this.#events.message(this, text)
  }

  #closed(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    clearInterval(this.#pings)
    this.#events.closed(this)
  }
}
