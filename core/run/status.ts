// The words of the statuses of runs and steps, and their numbers.

export type RunStatus =
  | 'not_started'
  | 'running'
  | 'failed'
  | 'aborted'
  | 'succeeded'
  | 'queued'
  | 'partially_succeeded'
  | 'waiting'
  | 'rejected'

export type StepStatus =
  | 'not_started'
  | 'running'
  | 'failed'
  | 'aborted'
  | 'succeeded'
  | 'skipped'
  | 'partially_succeeded'
  | 'waiting'
  | 'rejected'
  | 'retrying'

/** Numbers of the REST API (semantics 4.4). */
export const RUN_STATUS_CODES: Record<RunStatus, number> = {
  not_started: 0,
  running: 1,
  failed: 2,
  aborted: 3,
  succeeded: 4,
  queued: 5,
  partially_succeeded: 6,
  waiting: 7,
  rejected: 8,
}

export const STEP_STATUS_CODES: Record<StepStatus, number> = {
  not_started: 0,
  running: 1,
  failed: 2,
  aborted: 3,
  succeeded: 4,
  skipped: 5,
  partially_succeeded: 6,
  waiting: 7,
  rejected: 8,
  retrying: 9,
}

export const TERMINAL_RUN_STATUSES: ReadonlySet<RunStatus> = new Set([
  'failed',
  'aborted',
  'succeeded',
  'partially_succeeded',
  'rejected',
])

/** A run or step that succeeded, if only in part. */
export const isGoodStatus = (status: string): boolean => status === 'succeeded' || status === 'partially_succeeded'
