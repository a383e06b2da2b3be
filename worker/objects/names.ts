// The one function that maps a run to the object that holds it.

/** FNV-1a, 32 bits: spreads ids over the pool. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0
  return value
}

/**
 * Name of the Run object of a run. With a pool (one machine: each object is a file, each commit an fsync) runs share objects;
 * a pool of 0 means one object per run.
 */
export function runObjectName(runId: string, runPool: number): string {
  return runPool > 0 ? `pool-${hash(runId) % runPool}` : runId
}
