// So many at once: the rest waits in order.
export class Limiter {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #active = 0

  constructor(most: number) {
    this.#most = most
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#active >= this.#most) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#active++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#active--
    }
  }
}
