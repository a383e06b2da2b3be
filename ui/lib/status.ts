// Status codes to what people see: one icon, one word and one colour each. Colour never stands alone.

export type StatusKind =
  | 'not_started'
  | 'queued'
  | 'running'
  | 'waiting'
  | 'succeeded'
  | 'partially_succeeded'
  | 'failed'
  | 'lost'
  | 'aborted'
  | 'skipped'
  | 'rejected'
  | 'retrying'

export interface StatusLook {
  icon: string
  word: string
}

export const STATUS_LOOKS: Record<StatusKind, StatusLook> = {
  not_started: { icon: '○', word: 'not started' },
  queued: { icon: '◔', word: 'queued' },
  running: { icon: '◐', word: 'running' },
  waiting: { icon: '✋', word: 'waiting' },
  succeeded: { icon: '✓', word: 'succeeded' },
  partially_succeeded: { icon: '◑', word: 'partially succeeded' },
  failed: { icon: '✕', word: 'failed' },
  lost: { icon: '⚡', word: 'lost' },
  aborted: { icon: '■', word: 'aborted' },
  skipped: { icon: '⤼', word: 'skipped' },
  rejected: { icon: '⊘', word: 'rejected' },
  retrying: { icon: '↻', word: 'retrying' },
}

const RUN_CODES: readonly StatusKind[] = [
  'not_started',
  'running',
  'failed',
  'aborted',
  'succeeded',
  'queued',
  'partially_succeeded',
  'waiting',
  'rejected',
]

/** The number by which the API filters. */
export const codeOf = (kind: StatusKind): number => RUN_CODES.indexOf(kind)

/** Run filter choices: code and kind, in the order in which people look for them. */
export const RUN_STATUS_CHOICES: readonly { code: number; kind: StatusKind }[] = [1, 5, 7, 2, 3, 8, 4, 6].map(code => ({
  code,
  kind: RUN_CODES[code] ?? 'not_started',
}))

const known = (label: string | undefined): StatusKind | undefined =>
  label !== undefined && label in STATUS_LOOKS ? (label as StatusKind) : undefined

/** The label wins over the code: it also says `lost`, for which there is no code. */
export const runStatus = (run: { status: number; statusLabel?: string }): StatusKind =>
  known(run.statusLabel) ?? RUN_CODES[run.status] ?? 'not_started'

export function nodeStatus(node: { status: number; statusLabel?: string; lost?: boolean }): StatusKind {
  if (node.lost) return 'lost'
  const label = known(node.statusLabel)
  if (label !== undefined) return label
  if (node.status === 5) return 'skipped'
  if (node.status === 9) return 'retrying'
  return RUN_CODES[node.status] ?? 'not_started'
}

const ACTIVE: readonly StatusKind[] = ['running', 'queued', 'waiting', 'retrying', 'lost']
const BAD: readonly StatusKind[] = ['failed', 'aborted', 'rejected', 'lost']

/** Still going to change by itself or by a person. */
export const isActive = (kind: StatusKind): boolean => ACTIVE.includes(kind)
export const isBad = (kind: StatusKind): boolean => BAD.includes(kind)
export const canRetry = (kind: StatusKind): boolean =>
  kind === 'failed' ||
  kind === 'aborted' ||
  kind === 'rejected' ||
  kind === 'partially_succeeded' ||
  kind === 'succeeded'
