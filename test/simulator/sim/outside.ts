// The world outside, which steps at the edge send requests to. Promise: it counts what has arrived, whether or not anybody hears the answer.
import type { SimLoop } from './loop.ts'
import type { Random } from './random.ts'

/** Where requests go; run and step are in the path. */
export const OUTSIDE = 'http://outside.example.com/'

type Done = (outcome: { ok: true; value: unknown } | { ok: false; error: unknown }) => void

export class Outside {
  readonly #loop: SimLoop
  readonly #random: Random
  /** Requests that change something, by run and step. */
  readonly #effects = new Map<string, number>()

  constructor(loop: SimLoop, random: Random) {
    this.#loop = loop
    this.#random = random
  }

  effects(runId: string, step: string): number {
    return this.#effects.get(`${runId}/${step}`) ?? 0
  }

  /** A request: it arrives, then it is answered; whoever is told to stop hears so at once. */
  request(url: string, { method = 'GET', signal }: RequestInit, done: Done): void {
    let isOver = false
    const end: Done = outcome => {
      if (isOver) return
      isOver = true
      done(outcome)
    }
    signal?.addEventListener('abort', () => end({ ok: false, error: new Error('stopped') }), { once: true })
    this.#loop.after(this.#random.between(1, 20), () => {
      const key = url.slice(OUTSIDE.length)
      if (method !== 'GET') this.#effects.set(key, (this.#effects.get(key) ?? 0) + 1)
      const takes = this.#random.chance(0.4) ? this.#random.between(200, 8_000) : this.#random.between(1, 100)
      // Node's Response needs more than promises to be read.
      const answer = { status: 200, statusText: 'OK', headers: new Headers(), body: null }
      this.#loop.after(takes, () => end({ ok: true, value: answer }))
    })
  }
}
