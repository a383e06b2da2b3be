// A token bucket: so many at once, so many a second in the long run.
export interface Bucket {
  tokens: number
  /** Epoch ms. */
  at: number
}

export const RATE = { burst: 100, perSec: 10 } as const

export const fullBucket = (now: number): Bucket => ({ tokens: RATE.burst, at: now })

/** Takes one token; a number: seconds until there is one again. */
export function take(bucket: Bucket, now: number): true | number {
  bucket.tokens = Math.min(RATE.burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * RATE.perSec)
  bucket.at = now
  if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / RATE.perSec)
  bucket.tokens -= 1
  return true
}
