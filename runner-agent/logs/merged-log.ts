// One log for both streams of a step whose stdout is wanted alone, too: the streams go to files of their own and are brought
// together here, in the order in which they are seen. A restarted agent begins anew: what was written comes stream by stream.
import { appendFileSync, writeFileSync } from 'node:fs'
import { openTail } from '../process/tail.ts'

const INTERVAL_MS = 100
const SLICE_BYTES = 1 << 20

export class MergedLog {
  readonly #path: string
  readonly #tails: ReturnType<typeof openTail>[]
  readonly #timer: NodeJS.Timeout

  constructor(path: string, sources: readonly string[]) {
    this.#path = path
    this.#tails = sources.map(source => openTail(source))
    this.#timer = setInterval(() => this.#copy(), INTERVAL_MS).unref()
    this.#guard(() => writeFileSync(path, ''))
  }

  /** Resolves when everything is in the log; nothing is looked at after that. */
  async finish(): Promise<void> {
    this.close()
    while (this.#copy()) await new Promise(resolve => setImmediate(resolve))
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** One slice of each; true when there was anything. */
  #copy(): boolean {
    let copied = false
    for (const tail of this.#tails) {
      const bytes = tail.read(SLICE_BYTES)
      if (bytes.length === 0) continue
      copied = true
      this.#guard(() => appendFileSync(this.#path, bytes))
    }
    return copied
  }

  /** A full disk costs the log, never the step. */
  #guard(write: () => void): void {
    try {
      write()
    } catch {
      // What is missing shows in the log's length.
    }
  }
}
