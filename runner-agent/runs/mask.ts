// Secrets of a run, kept out of everything that leaves the host.

export interface Mask {
  /** False: the run has no secrets, and everything stays as it is. */
  active: boolean
  text(value: string): string
  /** The same for every text inside a JSON value. */
  deep(value: unknown): unknown
}

export const noMask: Mask = { active: false, text: value => value, deep: value => value }
