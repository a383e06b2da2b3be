// Progress of running runs to the Index, for lists that are being watched. Promise: best effort and cheap: short runs are never
// hinted (their Dag feeds them), and while nobody watches the Index is asked once in a while only.
import type { ObjectHost } from '../../host/port.ts'
import { type Kinds, SINGLETON } from '../contracts.ts'
import { hasEnded, type LoadedRun, summaryOf } from './loaded.ts'

const GATHER_MS = 250
/** Runs younger than this are left to the Dag's own feed. */
const YOUNG_MS = 2_000
const QUIET_MS = 30_000

export class RunHints {
  readonly #host: ObjectHost<Kinds>
  readonly #dirty = new Map<string, LoadedRun>()
  #running = false
  #quietUntil = 0

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  changed(run: LoadedRun): void {
    // Lists show runs of their own only.
    if (run.state.head.spec.parent !== undefined) return
    const now = this.#host.now()
    if (now < this.#quietUntil || now - run.state.head.spec.createdAt < YOUNG_MS) return
    this.#dirty.set(run.runId, run)
    if (!this.#running) this.#host.background(this.#send())
  }

  async #send(): Promise<void> {
    this.#running = true
    try {
      while (this.#dirty.size > 0) {
        await this.#host.pause(GATHER_MS)
        const lines = [...this.#dirty.values()].filter(run => !hasEnded(run)).map(summaryOf)
        this.#dirty.clear()
        if (lines.length === 0) return
        const watchers = await this.#host.object('index', SINGLETON).hint(lines)
        if (watchers === 0) this.#quietUntil = this.#host.now() + QUIET_MS
      }
    } finally {
      this.#running = false
    }
  }
}
