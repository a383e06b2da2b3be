// What a run keeps of its secrets is unreadable without a key: AES-256-GCM, on a host and at the edge alike. Promise: a text opens only
// with its key and under the name it was sealed for.

export interface SealKey {
  id: string
  /** 32 bytes, base64url. */
  key: string
}

export interface Sealer {
  seal(text: string, binding: string): string
  /** Undefined: another key, another name, or damaged. */
  open(sealed: string, binding: string): string | undefined
  /** Digests of a text under each key, the current one first: equal for equal texts, and of no use to whoever guesses. */
  tags(text: string, binding: string): string[]
}

/** What comes before the id of its key in a sealed text. */
export const SEALED_FORMAT = 's1'

/** From the key that seals, one for the digests of `tags`. */
export const TAG_PURPOSE = 'edgedag/tag'
