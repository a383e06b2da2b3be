// Virtual time. Promise: events happen one after another in the order of their time (then of their making), each followed by
// all promise reactions that it caused, so that a seed gives one history.

/** When a simulated world begins: a Monday at midnight, UTC. */
export const WORLD_BEGIN = Date.UTC(2026, 0, 5)

export interface Timer {
  at: number
  n: number
  work: (() => void) | null
}

/** Events handed to the real event loop at once; promise reactions run between any two of them. */
const BATCH = 64

export class SimLoop {
  now = WORLD_BEGIN
  /** Events so far. */
  count = 0
  readonly #heap: Timer[] = []
  #n = 0

  at(time: number, work: () => void): Timer {
    const timer: Timer = { at: Math.max(time, this.now), n: ++this.#n, work }
    this.#push(timer)
    return timer
  }

  after(delay: number, work: () => void): Timer {
    return this.at(this.now + Math.max(0, delay), work)
  }

  cancel(timer: Timer | null | undefined): void {
    if (timer) timer.work = null
  }

  /** Runs until `done`, until nothing is left, or until `limit` (virtual time). */
  run(done: () => boolean, limit: number): Promise<'done' | 'idle' | 'limit'> {
    return new Promise((resolve, reject) => {
      let queued = 0
      let end: 'done' | 'idle' | 'limit' | null = null
      let failure: { error: unknown } | null = null
      const tick = (): void => {
        queued--
        if (end === null)
          end = done() ? 'done' : this.#peek() === null ? 'idle' : this.#peek()!.at > limit ? 'limit' : null
        if (end === null) {
          try {
            this.#next()
          } catch (error) {
            failure = { error }
            end = 'idle'
          }
        }
        if (end === null) return queued === 0 ? refill() : undefined
        if (queued > 0) return
        if (failure !== null) reject(failure.error)
        else resolve(end)
      }
      const refill = (): void => {
        for (; queued < BATCH; queued++) setImmediate(tick)
      }
      refill()
    })
  }

  #peek(): Timer | null {
    while (this.#heap[0] !== undefined && this.#heap[0].work === null) this.#pop()
    return this.#heap[0] ?? null
  }

  #next(): void {
    const timer = this.#pop()!
    this.now = Math.max(this.now, timer.at)
    this.count++
    timer.work?.()
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let i = heap.push(timer) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(timer, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = timer
  }

  #pop(): Timer | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return top
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.n < b.n)
