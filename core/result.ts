// Expected outcomes are values: a Result carries either a value or the problems that prevented it.

/** A thing that is wrong with an input, said so that its author can mend it. Lines and columns are 1-based. */
export interface Problem {
  /** Closed set, documented in docs/reference/errors.md, e.g. `dag.unknown_key`. */
  code: string
  /** One sentence: what is wrong. */
  message: string
  /** Path of the field in the document, e.g. `steps[1].retry_policy.limit`. */
  path?: string
  line?: number
  column?: number
  /** What to do about it. */
  hint?: string
}

export type Result<T, E = Problem[]> = { ok: true; value: T } | { ok: false; error: E }

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value })
export const err = <E>(error: E): { ok: false; error: E } => ({ ok: false, error })
