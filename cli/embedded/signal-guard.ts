// Signals of a process that hosts the product. Promise: whoever ends it by a signal gets an orderly end, with the lock released
// and no orphan, also where the command itself does not listen.
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Closes and exits at a signal for which nobody else listens; a command that listens decides by itself.
 * Answers how to stop guarding.
 */
export function guardSignals(close: () => Promise<void>): () => void {
  const guard = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) return
    const end = () => process.exit(128 + constants.signals[signal])
    close().then(end, end)
  }
  for (const signal of SIGNALS) process.on(signal, guard)
  return () => {
    for (const signal of SIGNALS) process.off(signal, guard)
  }
}

/** Makes something that would end the process at a signal by its own listeners, without these. */
export function withoutSignalListeners<T>(make: () => T): T {
  const before = SIGNALS.map(signal => process.listeners(signal))
  const made = make()
  SIGNALS.forEach((signal, index) => {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.includes(listener)) process.off(signal, listener)
    }
  })
  return made
}
