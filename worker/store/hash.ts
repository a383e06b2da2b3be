// Hashes that objects compute between reading and writing, hence synchronous.
import { createHash, createHmac } from 'node:crypto'

/** SHA-256 of a text's UTF-8 bytes, 64 lower-case hex characters. */
export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Key of a run's log uploads: the same value as worker/auth/upload-key.ts. */
export const uploadKeyOf = (signingKey: string, runId: string): string =>
  createHmac('sha256', signingKey).update(`upload/${runId}`).digest('base64url')
