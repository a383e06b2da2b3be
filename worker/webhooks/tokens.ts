// Secrets of webhooks as they are made. Promise: each is shown once, to whoever asked for it.
import { sha256Hex } from '../auth/hash.ts'

const PREFIX = 'dagu_wh_'
const SHOWN_CHARS = PREFIX.length + 4

/** A token, its hash for the record, and its beginning for people. `randomHex` is the platform's random source. */
export async function newToken(randomHex: (length: number) => string) {
  const token = `${PREFIX}${randomHex(48)}`
  return { token, tokenHash: await sha256Hex(token), tokenPrefix: token.slice(0, SHOWN_CHARS) }
}

/** A secret for signatures; Standard Webhooks wants base64 of the key. */
export const newHmacSecret = (randomHex: (length: number) => string, provider: string): string =>
  provider === 'standard' ? `whsec_${btoa(randomHex(32))}` : randomHex(64)
