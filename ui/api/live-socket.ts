// One live connection: reconnects with backoff for as long as it is wanted, resumes behind the last frame seen,
// and repeats what log it follows. Frames may be lost while it is down; whoever uses it refetches meanwhile.
import { API_BASE } from './client.ts'
import { type FollowRequest, type LiveFrame, parseFrame } from './live-messages.ts'

const BACKOFF_MIN_MS = 500
const BACKOFF_MAX_MS = 15_000

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
  private lastSeq: number | undefined
  private closed = false
  private followed: (() => FollowRequest) | undefined
  private readonly topic: string
  private readonly handlers: LiveHandlers

  constructor(topic: string, handlers: LiveHandlers) {
    this.topic = topic
    this.handlers = handlers
    this.connect()
    window.addEventListener('online', this.retryNow)
    document.addEventListener('visibilitychange', this.retryNow)
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
    window.removeEventListener('online', this.retryNow)
    document.removeEventListener('visibilitychange', this.retryNow)
    this.socket?.close()
  }

  private send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  private readonly retryNow = (): void => {
    if (this.timer === undefined || document.visibilityState === 'hidden') return
    this.attempt = 0
    this.connect()
  }

  private connect(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    const url = new URL(`${API_BASE}/live`, window.location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.searchParams.set('topic', this.topic)
    if (this.lastSeq !== undefined) url.searchParams.set('since', String(this.lastSeq))
    const socket = new WebSocket(url)
    this.socket = socket
    socket.onopen = () => {
      this.attempt = 0
      this.handlers.onState('open')
      if (this.followed) this.send({ follow: this.followed() })
    }
    socket.onmessage = event => {
      const frame = parseFrame(event.data)
      if (frame === undefined) return
      if (typeof frame.seq === 'number') this.lastSeq = frame.seq
      this.handlers.onFrame(frame)
    }
    socket.onclose = () => {
      if (this.closed || this.socket !== socket) return
      this.handlers.onState('down')
      this.timer = setTimeout(() => this.connect(), backoffMs(this.attempt++, Math.random()))
    }
  }
}
