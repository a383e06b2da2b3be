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

/** A switch that is thrown once. Children follow their parent until they are released. */
export class Interruption {
  readonly #listeners = new Set<() => void>()
  readonly #release: (() => void) | undefined
  #controller: AbortController | undefined
  #cause: Cause | undefined

  constructor(parent?: Interruption) {
    if (parent !== undefined) this.#release = parent.onInterrupt(() => this.interrupt(parent.cause!))
  }

  get cause(): Cause | undefined {
    return this.#cause
  }

  /** For what wants a signal of the platform; made when it is asked for, as few steps do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#cause !== undefined) this.#controller.abort()
    return this.#controller.signal
  }

  /** Calls `listener` once when the switch is thrown, at once when it has been; the result takes it back. */
  onInterrupt(listener: () => void): () => void {
    if (this.#cause !== undefined) {
      listener()
      return () => {}
    }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  interrupt(cause: Cause): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
    this.#controller?.abort()
  }

  /** Follows its parent no longer. */
  release(): void {
    this.#release?.()
  }
}
