// Ending what runs: the first reason counts, and it reaches whatever is active at that moment, now or a moment later.

export type Cause =
  /** A stop order, by its id. */
  | { kind: 'stopped'; stop: string }
  /** The DAG's time is over. */
  | { kind: 'run_timeout'; limitMs: number }
  /** The step's own time is over. */
  | { kind: 'step_timeout'; limitSec: number }
  /** The plan's fence is old: kill, and say nothing. */
  | { kind: 'stale' }

/** A switch that is thrown once. Children follow their parent. */
export class Interruption {
  readonly #controller = new AbortController()
  #cause: Cause | undefined

  constructor(parent?: Interruption) {
    if (parent === undefined) return
    if (parent.cause) this.interrupt(parent.cause)
    else
      parent.signal.addEventListener('abort', () => this.interrupt(parent.cause!), { once: true, signal: this.signal })
  }

  get cause(): Cause | undefined {
    return this.#cause
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  interrupt(cause: Cause): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    this.#controller.abort()
  }
}
