// Ending what runs on a simulated host: the first reason counts.

export type Cause = 'stopped' | 'run_timeout' | 'step_timeout' | 'stale'

export class Interrupt {
  cause: Cause | undefined
  #listeners: (() => void)[] = []

  throw(cause: Cause): void {
    if (this.cause !== undefined) return
    this.cause = cause
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener()
  }

  /** Calls `listener` once; at once where the reason is there already. */
  on(listener: () => void): void {
    if (this.cause === undefined) this.#listeners.push(listener)
    else listener()
  }
}
