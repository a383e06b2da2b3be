// Timers that the product sets itself (time limits at the edge) go by the virtual clock while a world is played.
import type { SimLoop, Timer } from './loop.ts'

/** Replaces the global timers; the answer brings the real ones back. */
export function useVirtualTimers(loop: SimLoop): () => void {
  const { setTimeout, clearTimeout } = globalThis
  const virtual = {
    setTimeout: (work: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
      loop.after(Number(ms), () => work(...args)),
    clearTimeout: (timer: Timer | null | undefined) => loop.cancel(timer),
  }
  Object.assign(globalThis, virtual)
  return () => Object.assign(globalThis, { setTimeout, clearTimeout })
}
