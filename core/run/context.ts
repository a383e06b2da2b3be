// What a transition needs of the world beside its event: time, ids and digests.

export interface TransitionContext {
  now: number
  /** New opaque hex id of n characters. */
  newId(length: number): string
  /** SHA-256 of a text's UTF-8 bytes, 64 hex characters. */
  sha256(text: string): string
  /** HMAC key (base64url) that signs the run's log uploads; goes into the context of frames. */
  uploadKey?: string
}
