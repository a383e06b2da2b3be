// Work of many objects that begins at one moment, let through a little at a time. All objects of a machine share one thread: side by
// side, twenty runs that are due together all begin when the work of twenty is done; one after another, the tenth begins at half of it.
// Promise: nobody waits longer than the limit, and nothing depends on the order.

export interface Turns {
  /** Does `work` when it is its turn. */
  take<T>(work: () => Promise<T>): Promise<T>
  /** Resolves once nobody has a turn or waits for one. */
  quiet(): Promise<void>
}

/** `pause` waits so many milliseconds. */
export function createTurns(atOnce: number, longestMs: number, pause: (ms: number) => Promise<unknown>): Turns {
  const waiting = new Set<() => void>()
  const idle = new Set<() => void>()
  let running = 0

  const waitIn = (line: Set<() => void>): Promise<void> =>
    new Promise(resolve => {
      const go = () => {
        line.delete(go)
        resolve()
      }
      line.add(go)
      void pause(longestMs).then(go)
    })

  return {
    async take(work) {
      if (running >= atOnce) await waitIn(waiting)
      running++
      try {
        return await work()
      } finally {
        running--
        const [next] = waiting
        if (next !== undefined) next()
        else if (running === 0) for (const go of idle) go()
      }
    },
    quiet: async () => {
      if (running > 0) await waitIn(idle)
    },
  }
}
