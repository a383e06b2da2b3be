// Secrets of a run, kept out of everything that leaves where it is executed.
import { deep } from './mask-report.ts'
import { createMasker, type Masker } from './masker.ts'

export interface Mask {
  /** Absent: the run has no secrets, and everything stays as it is. */
  masker?: Masker
  text(value: string): string
  /** The same for every text inside a JSON value, keys too. */
  deep(value: unknown): unknown
}

export const noMask: Mask = { text: value => value, deep: value => value }

/** A mask for these secret values. */
export const maskOf = (secrets: readonly string[]): Mask => {
  if (secrets.every(secret => secret === '')) return noMask
  const masker = createMasker(secrets)
  const text = (value: string): string => masker.mask(value)
  return { masker, text, deep: value => deep(value, text) }
}

/** Those of the secrets that show in a text, in whatever form. */
export const secretsIn = (text: string, secrets: readonly string[]): string[] =>
  secrets.filter(secret => maskOf([secret]).text(text) !== text)
