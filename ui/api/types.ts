// The JSON of the REST API as the dashboard reads it. Unknown fields are ignored; what a server may leave out is optional here.

/** Status of a run: 0 not started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 queued, 6 partially succeeded, 7 waiting, 8 rejected. */
export type RunStatusCode = number
/** Status of a node: as a run's, but 5 is skipped and 9 retrying. */
export type NodeStatusCode = number

export interface RunSummary {
  name: string
  dagRunId: string
  status: RunStatusCode
  statusLabel: string
  triggerType?: string
  workerId?: string
  /** Name of the host behind `workerId`. */
  host?: string
  params?: string
  queuedAt?: string
  scheduleTime?: string
  createdAt?: string
  startedAt: string
  finishedAt: string
  labels?: string[] | null
  autoRetryCount?: number
  autoRetryLimit?: number | null
  artifactsAvailable?: boolean
  /** DAG_RUN_ARTIFACTS_DIR; absent: the run keeps no artifacts. */
  archiveDir?: string
  /** The DAG's own policy retries the run then. */
  nextRetryAt?: string
  /** Why the run is queued or waits. */
  reason?: string
  steps?: { total: number; done: number }
  error?: string
  /** Where its steps run, and why there. */
  lane?: { at: string; reason?: string }
  parentDAGRunName?: string
  /** Absent: started without one. */
  profileName?: string
  parentDAGRunId?: string
  parentStepName?: string
}

export interface Precondition {
  condition: string
  expected?: string
  error?: string
}

export interface CommandEntry {
  command: string
  args?: string[]
  /** As it was written, where the words do not say it. */
  line?: string
}

export interface StepDefinition {
  name: string
  id?: string
  description?: string
  depends?: string[]
  commands?: CommandEntry[]
  script?: string
  output?: string
  call?: string
  preconditions?: Precondition[]
  executorConfig?: { type?: string; config?: Record<string, unknown> }
  approval?: { prompt?: string; input?: string[]; required?: string[]; rewindTo?: string }
  retryPolicy?: { limit?: number | string }
}

export interface SubRun {
  dagName?: string
  dagRunId: string
  params?: string
  status?: RunStatusCode
  statusLabel?: string
  startedAt?: string
  finishedAt?: string
  error?: string
  /** It never came to life: it has no page. */
  refused?: boolean
  repeated?: boolean
}

/** Called runs by status, of the present iteration; `repeated`: those of earlier ones. */
export type SubRunCounts = { total: number; repeated: number } & Partial<Record<string, number>>

export interface RunNode {
  step: StepDefinition
  status: NodeStatusCode
  statusLabel: string
  startedAt: string
  finishedAt: string
  doneCount?: number
  retryCount?: number
  error?: string
  /** The first 100. */
  subRuns?: SubRun[]
  subRunsRepeated?: SubRun[]
  subRunCounts?: SubRunCounts
  id?: string
  reason?: string
  exitCode?: number
  /** Milliseconds since the epoch; `startedAt` has whole seconds only. */
  startedAtMs?: number
  finishedAtMs?: number
  /** Its host is silent, or what became of it is not known. */
  lost?: boolean
  attempt?: number
  host?: string
  /** While it waits for a person. */
  waitingSince?: string
  approvedAt?: string
  approvedBy?: string
  approvalInputs?: Record<string, string>
  rejectedAt?: string
  rejectedBy?: string
  rejectionReason?: string
  approvalIteration?: number
  pushBackHistory?: PushBackEntry[]
}

export interface PushBackEntry {
  iteration: number
  at: string
  by?: string
  inputs: Record<string, string>
}

/** Nodes beside the steps: handlers, and mails of the run about itself. */
export const HANDLER_FIELDS = [
  'onInit',
  'mailOnError',
  'onSuccess',
  'onFailure',
  'onAbort',
  'onExit',
  'onWait',
  'mailOnSuccess',
  'mailOnFailure',
  'mailOnWait',
] as const

export type RunDetails = RunSummary & {
  rootDAGRunName?: string
  rootDAGRunId?: string
  sourceFileName?: string
  specFromFile?: boolean
  preconditions?: Precondition[]
  nodes: RunNode[]
} & Partial<Record<(typeof HANDLER_FIELDS)[number], RunNode>>

export interface ScheduleItem {
  kind?: string
  expression?: string
  timezone?: string
  at?: string
}

export interface ParamDefinition {
  name?: string
  type?: string
  default?: unknown
  description?: string
  required?: boolean
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

export interface DagHead {
  name: string
  description?: string
  group?: string
  labels?: string[] | null
  schedule?: ScheduleItem[] | null
}

export interface DagListItem {
  fileName: string
  filePath?: string
  suspended: boolean
  errors?: string[] | null
  nextRun?: string
  dag: DagHead
  latestDAGRun: RunSummary
}

export interface DagDetails {
  fileName: string
  filePath?: string
  suspended: boolean
  errors?: string[] | null
  spec?: string
  dag: DagHead & {
    params?: string[]
    defaultParams?: string
    paramDefs?: ParamDefinition[]
    maxActiveRuns?: number
    histRetentionDays?: number
    histRetentionRuns?: number
    nextRun?: string
    steps?: StepDefinition[]
    runConfig?: { disableParamEdit?: boolean; disableRunIdEdit?: boolean }
  }
  latestDAGRun: RunDetails
}

/** One thing wrong with a spec; lines and columns are 1-based. */
export interface SpecProblem {
  message: string
  line?: number
  column?: number
  path?: string
  hint?: string
  code?: string
  /** It loads all the same, but is probably not what was meant. */
  warning?: boolean
}

export interface SpecAnswer {
  spec: string
  /** Hash of the stored text, to be sent back with a save. */
  hash?: string
  errors?: (string | SpecProblem)[] | null
  problems?: SpecProblem[]
  warnings?: SpecProblem[]
}

export interface LogAnswer {
  content: string
  lineCount?: number
  totalLines?: number
  hasMore?: boolean
  /** Byte offset of `content` in the stream. */
  startOffset?: number
  /** Byte offset behind `content` in the stream; lets live text continue without a gap. */
  endOffset?: number
}

export type LogStream = 'stdout' | 'stderr'
