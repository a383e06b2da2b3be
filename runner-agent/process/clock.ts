// Time as a port: supervision waits through this, so tests decide when time passes.

export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  now(): number
  /** Calls `fn` once after `ms`; the result cancels. */
  after(ms: number, fn: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` of the given clock. */
export const sleep = (clock: Clock, ms: number): Promise<void> => new Promise(resolve => void clock.after(ms, resolve))
