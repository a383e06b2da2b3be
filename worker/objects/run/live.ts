// Browser sockets of runs: a snapshot, then patches of what changed, at most four a second, and the text of a followed log.
// Promise: nobody watching costs nothing; whatever the socket missed, its next snapshot has.

import type { DAGRunDetails } from '@edgedag/core/api/generated/answers'
import type { Tail } from '@edgedag/core/protocol/frames'
import { runDetails } from '@edgedag/core/run/details'
import { type Fingerprint, fingerprint, patchOf } from '@edgedag/core/run/details-patch'
import type { ObjectHost, Socket } from '../../host/port.ts'
import { type Kinds, logSize, type StepLogIndex } from '../contracts.ts'
import { acceptPage, pagesOf } from '../live-sockets.ts'
import type { LoadedRun } from './loaded.ts'

const PATCH_MS = 250
const RUN_TOPIC = /^run:.*:([^:]+)$/

type Stream = 'stdout' | 'stderr'

interface Follow {
  step: string
  stream: Stream
  /** In the log of all executions. */
  offset: number
  /** The execution that is followed at its host, and where its text begins in the log. */
  live?: { attempt: number; base: number }
}

interface Watcher {
  runId: string
  topic: string
  follow: Follow | null
  /** It has a snapshot. */
  told: boolean
}

export interface LiveSources {
  details(runId: string): Promise<DAGRunDetails | null>
  stepLog(runId: string, step: string, stream: Stream): Promise<StepLogIndex | null>
}

export class RunLive {
  readonly #host: ObjectHost<Kinds>
  readonly #sources: LiveSources
  /** What the run's sockets were told last. Promise: all of them the same, so that one patch is right for each. */
  readonly #sent = new Map<string, Fingerprint>()
  readonly #dirty = new Map<string, LoadedRun>()
  #flushing = false

  constructor(host: ObjectHost<Kinds>, sources: LiveSources) {
    this.#host = host
    this.#sources = sources
  }

  async accept(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const topic = url.searchParams.get('topic') ?? ''
    const runId = RUN_TOPIC.exec(topic)?.[1]
    if (runId === undefined || request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
      return new Response('expected a WebSocket and a topic', { status: 400 })
    const response = acceptPage(this.#host, `run:${runId}`, {
      runId,
      topic,
      follow: null,
      told: false,
    } satisfies Watcher)
    const details = await this.#detailsNow(runId)
    // A run whose creation is on its way has no details yet: its first change is the snapshot.
    if (details !== null) this.#tell(runId, details, 0)
    return response
  }

  /** Details that are not older than what was sent last, even where something was sent while they were read. */
  async #detailsNow(runId: string): Promise<DAGRunDetails | null> {
    for (;;) {
      const sent = this.#sent.get(runId)
      const details = await this.#sources.details(runId)
      if (this.#sent.get(runId) === sent) return details
    }
  }

  async message(socket: Socket, text: string): Promise<void> {
    const request = parseRequest(text)
    const watcher = this.#watcher(socket)
    if (request === null) return
    const before = watcher.follow
    watcher.follow = request.follow ?? null
    socket.setAttachment(watcher)
    if (before !== null && !this.#isFollowed(watcher.runId, before)) await this.#endFollow(watcher.runId, before)
    if (watcher.follow !== null) await this.#beginFollow(socket, watcher, watcher.follow)
  }

  async closed(socket: Socket): Promise<void> {
    const { runId, follow } = this.#watcher(socket)
    if (follow !== null && !this.#isFollowed(runId, follow, socket)) await this.#endFollow(runId, follow)
    if (this.#watching(runId).every(other => other.id === socket.id)) this.#sent.delete(runId)
  }

  /** The run has changed: patches follow. */
  changed(run: LoadedRun): void {
    if (this.#watching(run.runId).length === 0) return
    this.#dirty.set(run.runId, run)
    if (!this.#flushing) this.#host.background(this.#flush())
  }

  /** The run is deleted: its pages ask, and are told so. */
  gone(runId: string): void {
    for (const socket of this.#watching(runId))
      socket.send(JSON.stringify({ seq: 0, topic: this.#watcher(socket).topic, type: 'gone' }))
    this.#sent.delete(runId)
    this.#dirty.delete(runId)
  }

  /** Its host is connected anew, and has forgotten what it was asked to show. */
  helloed(runId: string): void {
    for (const socket of this.#watching(runId)) {
      const watcher = this.#watcher(socket)
      if (watcher.follow !== null) this.#host.background(this.#beginFollow(socket, watcher, watcher.follow))
    }
  }

  /** A step of the run has ended: whoever follows its log gets the rest. */
  finished(runId: string, steps: readonly string[]): void {
    for (const socket of this.#watching(runId)) {
      const { follow } = this.#watcher(socket)
      if (follow !== null && steps.includes(follow.step)) this.#host.background(this.#sendRest(socket, runId, follow))
    }
  }

  tail(tail: Tail): void {
    for (const socket of this.#watching(tail.runId)) {
      const watcher = this.#watcher(socket)
      const { follow } = watcher
      if (follow?.live === undefined || follow.step !== tail.step || follow.stream !== tail.stream) continue
      if (follow.live.attempt !== tail.attempt) continue
      const { step, stream, text } = tail
      const offset = follow.live.base + tail.offset
      this.#log(socket, watcher, { step, stream, offset, text }, offset + tail.bytes)
    }
  }

  async #flush(): Promise<void> {
    this.#flushing = true
    try {
      while (this.#dirty.size > 0) {
        const runs = [...this.#dirty.values()]
        this.#dirty.clear()
        for (const { runId, state, dag } of runs) this.#tell(runId, runDetails(state, dag), state.head.seq)
        await this.#host.pause(PATCH_MS)
      }
    } finally {
      this.#flushing = false
    }
  }

  /**
   * A snapshot to who has none, to the others what has changed since the last word. That is told even where it is nothing: the
   * run may be again what it was, and its page may have read over REST what it was meanwhile.
   */
  #tell(runId: string, details: DAGRunDetails, seq: number): void {
    const sockets = this.#watching(runId)
    if (sockets.length === 0) return
    const known = this.#sent.get(runId)
    const now = fingerprint(details)
    this.#sent.set(runId, now)
    const patch = known && patchOf(known, now, details)
    for (const socket of sockets) {
      const watcher = this.#watcher(socket)
      // Its step may have begun by now.
      if (watcher.follow !== null && watcher.follow.live === undefined)
        this.#host.background(this.#beginFollow(socket, watcher, watcher.follow))
      if (patch === undefined || !watcher.told) {
        socket.setAttachment({ ...watcher, told: true } satisfies Watcher)
        this.#send(socket, { type: 'snapshot', run: details }, 0)
      } else this.#send(socket, { type: 'patch', ...patch }, seq)
    }
  }

  #send(socket: Socket, frame: object, seq: number): void {
    socket.send(JSON.stringify({ seq, topic: this.#watcher(socket).topic, ...frame }))
  }

  async #beginFollow(socket: Socket, { runId }: Watcher, follow: Follow): Promise<void> {
    const log = await this.#sources.stepLog(runId, follow.step, follow.stream)
    if (log === null) return
    if (log.bytes !== null) return await this.#sendRest(socket, runId, follow)
    const watcher = this.#watcher(socket)
    const isStillWanted = watcher.follow?.step === follow.step && watcher.follow.stream === follow.stream
    if (log.live === null || !isStillWanted) return
    const live = { attempt: log.live.attempt, base: baseOf(log) }
    socket.setAttachment({ ...watcher, follow: { ...follow, live } } satisfies Watcher)
    const { step, stream } = follow
    const offset = Math.max(0, follow.offset - live.base)
    await this.#host
      .object('runner', log.live.runnerId)
      .follow({ runId, step, attempt: live.attempt, stream, offset, on: true })
  }

  async #endFollow(runId: string, { step, stream, offset, live: followed }: Follow): Promise<void> {
    const live = (await this.#sources.stepLog(runId, step, stream))?.live
    if (!live) return
    const attempt = followed?.attempt ?? live.attempt
    await this.#host.object('runner', live.runnerId).follow({ runId, step, attempt, stream, offset, on: false })
  }

  /** The rest of a finished log that came inline; a longer one is read over REST. */
  async #sendRest(socket: Socket, runId: string, follow: Follow): Promise<void> {
    const log = await this.#sources.stepLog(runId, follow.step, follow.stream)
    if (!log?.inline) return
    const watcher = this.#watcher(socket)
    const base = baseOf(log)
    const from = Math.max(0, (watcher.follow?.offset ?? follow.offset) - base)
    const bytes = new TextEncoder().encode(log.inline)
    if (from >= bytes.byteLength) return
    const text = new TextDecoder().decode(bytes.subarray(from))
    const { step, stream } = follow
    this.#log(socket, watcher, { step, stream, offset: base + from, text }, base + bytes.byteLength)
  }

  #log(
    socket: Socket,
    watcher: Watcher,
    frame: { step: string; stream: Stream; offset: number; text: string },
    end: number,
  ): void {
    socket.send(JSON.stringify({ seq: 0, topic: watcher.topic, type: 'log', ...frame }))
    if (watcher.follow !== null)
      socket.setAttachment({ ...watcher, follow: { ...watcher.follow, offset: end } } satisfies Watcher)
  }

  #isFollowed(runId: string, follow: Follow, except?: Socket): boolean {
    return this.#watching(runId).some(socket => {
      const other = this.#watcher(socket).follow
      return socket.id !== except?.id && other?.step === follow.step && other.stream === follow.stream
    })
  }

  #watching(runId: string): Socket[] {
    return pagesOf(this.#host, `run:${runId}`)
  }

  #watcher(socket: Socket): Watcher {
    return socket.getAttachment() as Watcher
  }
}

/** Where the newest execution begins in the log of all. */
const baseOf = ({ earlier = [] }: StepLogIndex): number => earlier.reduce((sum, one) => sum + logSize(one), 0)

function parseRequest(text: string): { follow?: Follow } | null {
  try {
    const { follow, unfollow } = JSON.parse(text) as { follow?: Partial<Follow>; unfollow?: boolean }
    if (unfollow === true) return {}
    if (typeof follow?.step !== 'string') return null
    const stream = follow.stream === 'stderr' ? 'stderr' : 'stdout'
    return { follow: { step: follow.step, stream, offset: Math.max(0, Number(follow.offset) || 0) } }
  } catch {
    return null
  }
}
