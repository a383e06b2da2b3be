// What a run remembers of the logs of its steps.

/** One stream of one attempt. Key: `step/attempt/stream` with the step name URI-encoded. */
export interface LogRecord {
  key: string
  step: string
  attempt: number
  stream: 'stdout' | 'stderr'
  /** Final length; null while the attempt runs. */
  bytes: number | null
  lines: number | null
  dropped: number
  /** Whole text of a small log. */
  text?: string
  /** Bytes in sealed segments. */
  sealed: number
}

/** A sealed segment in R2. Key: the log's key and the number. */
export interface SegmentRecord {
  key: string
  log: string
  seq: number
  offset: number
  bytes: number
  lines: number
  sha256: string
}

export const logKey = (step: string, attempt: number, stream: string): string =>
  `${encodeURIComponent(step)}/${attempt}/${stream}`
