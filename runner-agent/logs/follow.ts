// The live tail: pushes what followed streams have gained, at most four times a second and 64 KB a frame. Best effort: a viewer
// that is far behind is brought to the end (the offset of the next frame tells), and nothing is sent into a full socket.
import type { Tail } from '@edgedag/core/protocol/frames'
import type { Stream } from '../runs/host-run-state.ts'
import { readLogPart } from './read.ts'

const INTERVAL_MS = 250
const FRAME_BYTES = 64 * 1024
/** Further behind than this, a viewer gets the end instead of everything. */
const BEHIND_BYTES = 1024 * 1024
const FULL_SOCKET_BYTES = 1024 * 1024

export interface FollowKey {
  runId: string
  step: string
  attempt: number
  stream: Stream
}

export interface FollowPort {
  send(frame: Tail): void
  bufferedBytes(): number
  /** Path of a stream; undefined: not known (yet). */
  locate(key: FollowKey): string | undefined
}

export class Follower {
  readonly #port: FollowPort
  readonly #followed = new Map<string, FollowKey & { offset: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(port: FollowPort) {
    this.#port = port
  }

  follow(key: FollowKey, offset: number): void {
    const entry = { ...key, offset }
    this.#followed.set(nameOf(key), entry)
    this.#push(entry)
    this.#timer ??= setInterval(() => {
      for (const one of this.#followed.values()) this.#push(one)
    }, INTERVAL_MS).unref()
  }

  unfollow(key: FollowKey): void {
    this.#followed.delete(nameOf(key))
    if (this.#followed.size === 0) this.clear()
  }

  /** Nobody looks any more: the connection is gone, and who still looks will ask again. */
  clear(): void {
    this.#followed.clear()
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #push(entry: FollowKey & { offset: number }): void {
    if (this.#port.bufferedBytes() > FULL_SOCKET_BYTES) return
    const path = this.#port.locate(entry)
    if (path === undefined) return
    let part = readLogPart(path, entry.offset, FRAME_BYTES)
    if (part.size - part.offset > BEHIND_BYTES) part = readLogPart(path, -FRAME_BYTES, FRAME_BYTES)
    if (part.bytes === 0) return
    const { runId, step, attempt, stream } = entry
    entry.offset = part.offset + part.bytes
    this.#port.send({
      type: 'tail',
      runId,
      step,
      attempt,
      stream,
      offset: part.offset,
      text: part.text,
      bytes: part.bytes,
    })
  }
}

const nameOf = (key: FollowKey): string => `${key.runId}/${key.attempt}/${key.stream}/${key.step}`
