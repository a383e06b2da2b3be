// How long to wait before connecting again: full jitter, so that agents cut off together do not come back together.

export interface BackoffOptions {
  /** Milliseconds: the ceiling of the first wait, and of all. */
  firstMs: number
  maxMs: number
}

export const RECONNECT: BackoffOptions = { firstMs: 200, maxMs: 10_000 }

/** Milliseconds before try number `failures` (from 1); `random` is uniform in [0, 1). */
export const backoffMs = (failures: number, random: number, options: BackoffOptions = RECONNECT): number => {
  const ceiling = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(failures - 1, 30))
  return Math.round(random * ceiling)
}
