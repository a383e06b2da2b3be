// One live connection: reconnects with backoff for as long as it is wanted, and repeats what log it follows. One that is dead without
// having been closed (the machine slept, the network changed) is found by a ping that nobody answers.
// Frames may be lost while it is down; whoever uses it refetches when it opens.
import { API_BASE } from './client.ts'
import { isContactLost, onContact } from './contact.ts'
import { type FollowRequest, type LiveFrame, parseFrame } from './live-messages.ts'

const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 15_000
/** Answered by the platform, without waking anybody. */
const PING = 'ping'
const PING_EVERY_MS = 20_000
const ANSWER_WITHIN_MS = 10_000

export type LiveState = 'connecting' | 'open' | 'down'

export interface LiveHandlers {
  onFrame: (frame: LiveFrame) => void
  onState: (state: LiveState) => void
}

/** Delay before attempt `attempt` (0-based): doubling with full jitter on its upper half, in ms. */
export const backoffMs = (attempt: number, random: number): number => {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** attempt)
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}

export class LiveSocket {
  private socket: WebSocket | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private attempt = 0
  private closed = false
  private followed: (() => FollowRequest) | undefined
  private pulse: ReturnType<typeof setInterval> | undefined
  private deadline: ReturnType<typeof setTimeout> | undefined
  private readonly stopListening: () => void
  private readonly topic: string
  private readonly handlers: LiveHandlers

  constructor(topic: string, handlers: LiveHandlers) {
    this.topic = topic
    this.handlers = handlers
    this.connect()
    window.addEventListener('online', this.look)
    document.addEventListener('visibilitychange', this.look)
    this.stopListening = onContact(() => !isContactLost() && this.look())
    this.pulse = setInterval(this.look, PING_EVERY_MS)
  }

  /** Asks for live text of one log; called again after each reconnect, so that the offset is the one reached by then. */
  follow(request: () => FollowRequest): void {
    this.followed = request
    this.send({ follow: request() })
  }

  unfollow(): void {
    this.followed = undefined
    this.send({ unfollow: true })
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
    clearTimeout(this.deadline)
    clearInterval(this.pulse)
    window.removeEventListener('online', this.look)
    document.removeEventListener('visibilitychange', this.look)
    this.stopListening()
    this.socket?.close()
  }

  private send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  /** Somebody looks, or a while has passed: one that is down is tried at once, one that is up has to answer. */
  private readonly look = (): void => {
    if (document.visibilityState === 'hidden') return
    if (this.timer !== undefined) {
      this.attempt = 0
      this.connect()
    } else if (this.deadline === undefined) {
      // One that does not open in this time is given up, too.
      if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(PING)
      this.deadline = setTimeout(() => this.down(this.socket), ANSWER_WITHIN_MS)
    }
  }

  private heard(): void {
    clearTimeout(this.deadline)
    this.deadline = undefined
  }

  private down(socket: WebSocket | undefined): void {
    if (this.closed || this.socket !== socket) return
    this.heard()
    this.socket = undefined
    socket?.close()
    this.handlers.onState('down')
    this.timer = setTimeout(() => this.connect(), backoffMs(this.attempt++, Math.random()))
  }

  private connect(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const url = new URL(`${API_BASE}/live`, window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.searchParams.set('topic', this.topic)
    const socket = new WebSocket(url)
    this.socket = socket
    socket.onopen = () => {
      if (this.socket !== socket) return
      this.attempt = 0
      this.heard()
      this.handlers.onState('open')
      if (this.followed) this.send({ follow: this.followed() })
    }
    socket.onmessage = event => {
      if (this.socket !== socket) return
      this.heard()
      const frame = parseFrame(event.data)
      if (frame === undefined) return
      this.handlers.onFrame(frame)
    }
    socket.onclose = () => this.down(socket)
  }
}
