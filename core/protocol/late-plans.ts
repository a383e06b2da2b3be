// Plans that come too late. A call between objects may be on its way for long, and by then its run may be over and all who could remember
// that may have started anew: an agent that connects as a new process knows nothing of runs that are not in its journal. Promise: plans that
// were made before the agent connected, or very long ago, are told from new ones by what is stored (the connection's beginning), not by memory.

/** On its way for so long, a frame is not only one that crossed the hello. Clocks that are set back make no frame look like that. */
const CROSSING_MS = 1_000
/** Longer than any memory of passed frames is relied on. */
const STALE_MS = 60_000

/** Times in epoch ms. Its sender derives anew what it still owes, so one that is dropped for nothing costs a few seconds. */
export function isTooLate({ madeAt, now, since }: { madeAt: number; now: number; since: number }): boolean {
  const underWay = now - madeAt
  return underWay > STALE_MS || (madeAt < since && underWay > CROSSING_MS)
}
