// Questions for pieces of logs that are still on the host. Promise: each has an answer within ten seconds; none is "not now".
import type { ReadResult, ToAgent } from '@edgedag/core/protocol/frames'
import type { ObjectHost } from '../../host/port.ts'
import type { Kinds, RunnerApi } from '../contracts.ts'

const READ_TRIES = 40
const PAUSE_MS = 250

export class RunnerReads {
  readonly #host: ObjectHost<Kinds>
  readonly #asked = new Map<string, (result: ReadResult) => void>()
  #next = 0

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  /** Asks over a socket; null: no answer, or the host has it not. */
  async ask(
    request: Parameters<RunnerApi['read']>[0],
    write: (frame: ToAgent) => void,
  ): Promise<{ text: string; offset: number; bytes: number; size: number } | null> {
    const id = `${this.#host.now()}-${++this.#next}`
    let result: ReadResult | null = null
    const answered = new Promise<void>(resolve => {
      this.#asked.set(id, found => {
        result = found
        resolve()
      })
    })
    write({ type: 'read', id, ...request })
    for (let i = 0; i < READ_TRIES && result === null; i++) await Promise.race([answered, this.#host.pause(PAUSE_MS)])
    this.#asked.delete(id)
    const found = result as ReadResult | null
    if (found === null || found.error !== undefined) return null
    return { text: found.text, offset: found.offset, bytes: found.bytes, size: found.size }
  }

  answered(result: ReadResult): void {
    this.#asked.get(result.id)?.(result)
  }
}
