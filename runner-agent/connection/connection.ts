// The agent's one socket to its Runner object. Promise: it dials out only, comes back by itself with full jitter, and knows how
// long the other side has been silent. What was sent and not answered is the sender's to send again after `welcome`.
import { type Hello, ToAgent } from '@edgedag/core/protocol/frames'
import WebSocket from 'ws'
import type { Logger } from '../logger.ts'
import { backoffMs } from './backoff.ts'

export const PING_MS = 10_000
/** No word for so long: nothing new is started, and the socket is given up. */
export const SILENCE_MS = 15_000
/** A connection that ends sooner after its welcome counts as a failed one: a control plane that cannot work is not asked without a pause. */
const STABLE_MS = 10_000

export type Welcome = Extract<ToAgent, { type: 'welcome' }>
export type Refused = Extract<ToAgent, { type: 'refused' }>

export interface ConnectionOptions {
  url: string
  credential: string
  hello(): Hello
  /** `silent`: the control plane had not been heard for so long before this connection that it may have given up our plans. */
  welcomed(frame: Welcome, silent: boolean): void
  /** Every other frame, parsed. */
  frame(frame: Exclude<ToAgent, Welcome | Refused>): void
  /** The control plane does not want this agent; the connection is closed for good. */
  refused(frame: Refused): void
  log: Logger
  random?: () => number
}

export class Connection {
  readonly #options: ConnectionOptions
  readonly #address: URL
  #socket: WebSocket | undefined
  #welcome = false
  #closed = false
  #failures = 0
  #beats = 0
  /** By a clock that begins at 0 with this process: not heard yet is not 0. */
  #lastHeard = Number.NEGATIVE_INFINITY
  #openedAt = 0
  #welcomedAt = 0
  #wasSilent = true
  #retry: NodeJS.Timeout | undefined
  #beat: NodeJS.Timeout | undefined
  #waiters: (() => void)[] = []

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#address = new URL('/api/v1/runner/connect', options.url)
    this.#address.protocol = this.#address.protocol === 'http:' ? 'ws:' : 'wss:'
  }

  /** Dials; from here on the connection looks after itself. */
  open(): void {
    if (this.#closed || this.#socket !== undefined) return
    const socket = new WebSocket(this.#address, {
      headers: { authorization: `Bearer ${this.#options.credential}` },
      handshakeTimeout: SILENCE_MS,
      maxPayload: 64 * 1024 * 1024,
      perMessageDeflate: false,
    })
    this.#socket = socket
    socket.on('open', () => this.#opened(socket))
    socket.on('message', data => this.#message(socket, String(data)))
    socket.on('unexpected-response', (request, response) => {
      this.#options.log('warn', 'the control plane refused the connection', { status: response.statusCode ?? 0 })
      request.destroy()
      socket.terminate()
    })
    socket.on('error', error => this.#options.log('warn', 'connection failed', { error: error.message }))
    socket.on('close', () => this.#lost(socket))
  }

  get connected(): boolean {
    return this.#welcome
  }

  /**
   * True while the control plane has been heard lately: only then may something new start. After a silence an open socket is not enough:
   * only the welcome puts the plans in doubt that others may have by now.
   */
  get fresh(): boolean {
    return !this.#wasSilent && this.#isHeard
  }

  get #isHeard(): boolean {
    return performance.now() - this.#lastHeard < SILENCE_MS
  }

  /** Resolves at once while `fresh`, else with the next welcome (or when the connection is closed). */
  whenFresh(): Promise<void> | undefined {
    if (this.fresh || this.#closed) return undefined
    return new Promise(resolve => this.#waiters.push(resolve))
  }

  /** False: not connected, nothing was sent. */
  send(text: string): boolean {
    if (!this.#welcome || this.#socket === undefined) return false
    this.#socket.send(text)
    return true
  }

  /** Bytes that the socket holds because the other side reads slowly. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    clearInterval(this.#beat)
    this.#socket?.close(1000, 'bye')
    this.#socket?.terminate()
    this.#wake()
  }

  #opened(socket: WebSocket): void {
    this.#wasSilent ||= !this.#isHeard
    this.#lastHeard = this.#openedAt = performance.now()
    socket.send(JSON.stringify(this.#options.hello()))
    clearInterval(this.#beat)
    this.#beats = 0
    this.#beat = setInterval(() => this.#tick(socket), PING_MS / 2)
  }

  /** Twice per ping interval: silence is noticed early enough. */
  #tick(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.OPEN) return
    // Pings are answered without anybody who looks at the hello.
    const isUnwelcome = !this.#welcome && performance.now() - this.#openedAt > SILENCE_MS
    if (!this.#isHeard || isUnwelcome) {
      this.#options.log('warn', 'no word from the control plane; connecting again')
      socket.terminate()
    } else if (++this.#beats % 2 === 0) socket.send('ping')
  }

  #message(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return
    const wasSilent = !this.#isHeard
    this.#lastHeard = performance.now()
    if (wasSilent && this.#welcome) this.#wake()
    if (text === 'pong') return
    const frame = parseFrame(text)
    if (frame === undefined) {
      this.#options.log('warn', 'a frame that is not understood was ignored', { bytes: text.length })
      return
    }
    if (frame.type === 'refused') {
      this.close()
      this.#options.refused(frame)
    } else if (frame.type === 'welcome') {
      this.#welcome = true
      this.#welcomedAt = performance.now()
      const silent = this.#wasSilent
      this.#wasSilent = false
      this.#guard(() => this.#options.welcomed(frame, silent))
      this.#wake()
    } else if (this.#welcome) this.#guard(() => this.#options.frame(frame))
  }

  /** A frame that cannot be handled must not end the agent and the steps it looks after. */
  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#options.log('error', 'a frame could not be handled', { error: (error as Error).stack ?? String(error) })
    }
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return
    clearInterval(this.#beat)
    this.#socket = undefined
    if (this.#welcome && performance.now() - this.#welcomedAt >= STABLE_MS) this.#failures = 0
    this.#welcome = false
    if (this.#closed) return
    this.#failures++
    const wait = backoffMs(this.#failures, (this.#options.random ?? Math.random)())
    this.#retry = setTimeout(() => this.open(), wait)
  }

  #wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }
}

const parseFrame = (text: string): ToAgent | undefined => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = ToAgent.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
