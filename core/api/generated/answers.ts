// What the REST API answers. Generated from the schemas of its routes: node scripts/reference/main.ts writes it.

export type APIKey = {
  id: string
  name: string
  description: string
  role: string
  keyPrefix: string
  createdBy: string
  createdAt: string
  updatedAt: string
  /** To the hour; null: never */
  lastUsedAt: string | null
  workspaceAccess: WorkspaceAccess
}

export type Alert = {
  id: string
  kind: 'missed' | 'not_started' | 'late' | 'slow' | 'stuck_in_queue' | 'runner_gone' | 'quarantined'
  severity: 'warning' | 'info'
  title: string
  detail: string
  dagName?: string
  fileName?: string
  dagRunId?: string
  runnerId?: string
  dismissedBy?: string
  openedAt: string
  /** Absent: it holds */
  resolvedAt?: string
}

export type AlertDelivery = {
  at: string
  ok: boolean
  detail: string
} | null

export type AlertSettings = {
  webhook: {
    /** Without its path, which often holds a secret */
    target: string
  } | null
  lastDelivery: AlertDelivery
  /** News that wait for their delivery */
  waiting: number
  mail: {
    host: string
    port: number
    /** `tls`: from the first byte (465); `starttls`: when the server offers it (587) */
    tls: 'tls' | 'starttls'
    username: string
    from: string
    to: string[]
    hasPassword: boolean
    lastDelivery: AlertDelivery
    waiting: number
  } | null
}

export type Artifact = {
  name: string
  path: string
  type: 'file' | 'directory'
  /** Bytes */
  size?: number
  sha256?: string
  /** RFC 3339; empty: not yet */
  modifiedAt?: string
  children?: Artifact[]
}

export type ArtifactPreview = {
  name: string
  path: string
  kind: 'text' | 'markdown' | 'image' | 'binary'
  mimeType: string
  size: number
  /** Of texts: the beginning */
  content?: string
  tooLarge: boolean
  truncated: boolean
}

export type Artifacts = {
  items: Artifact[]
  files: number
  bytes: number
  /** Nothing more comes */
  complete: boolean
  warnings: string[]
}

export type Backfill = {
  backfillId: string
  state: 'running' | 'paused' | 'done' | 'cancelled'
  /** Why it is paused, where nobody has asked for it */
  reason?: string
  timezone: string
  concurrency: number
  pauseOnFailure: boolean
  by: string
  /** RFC 3339, UTC */
  createdAt: string
  /** RFC 3339, UTC */
  finishedAt?: string
  /** Served last */
  lastDueTime?: string
  /** RFC 3339, UTC */
  from: string
  /** RFC 3339, UTC */
  to: string
  total: number
  served: number
  existing: number
  /** Its runs by status */
  runs: Record<string, number>
}

export type BackfillPreview = {
  /** RFC 3339, UTC */
  from: string
  /** RFC 3339, UTC */
  to: string
  timezone: string
  /** Due times in the range */
  total: number
  /** Those of them that have a run already */
  existing: number
  first: string[]
  /** RFC 3339, UTC */
  last: string
}

export type Command = {
  command: string
  args: string[]
  /** As it was written, where the words do not say it */
  line?: string
}

export type Counters = {
  rows: number
  commits: number
  requests: number
  alarms: number
  messages: number
  classA: number
  classB: number
}

export type DAG = DAGHead & {
  type?: string
  defaultParams?: string
  paramDefs?: ParamDefinition[]
  params?: string[]
  /** `NAME=value` */
  env?: string[]
  workingDir?: string
  shell?: string
  logDir?: string
  queue?: string
  handlerOn?: Record<string, Step>
  /** Seconds */
  delay?: number
  /** Seconds */
  restartWait?: number
  /** Seconds */
  timeout?: number
  maxActiveSteps?: number
  maxActiveRuns?: number
  histRetentionRuns?: number
  histRetentionDays?: number
  retryPolicy?: {
    limit: number
    intervalSec: number
    backoff?: number
    maxIntervalSec: number
  }
  artifacts?: {
    enabled: boolean
    dir?: string
  }
  skipIfSuccessful?: boolean
  /** `local`, or labels of a worker */
  workerSelector?: string | Record<string, string>
  preconditions?: Precondition[]
  runConfig?: {
    disableParamEdit: boolean
    disableRunIdEdit: boolean
  }
  steps: Step[]
}

export type DAGDetails = {
  fileName: string
  filePath: string
  suspended: boolean
  errors: string[]
  problems: SpecProblem[]
  spec: string
  hash: string
  dag: DAG & {
    /** RFC 3339; empty: not yet */
    nextRun?: string
  }
  localDags: {
    name: string
    dag: DAG
    errors: string[]
  }[]
  latestDAGRun: DAGRunDetails
}

export type DAGHead = {
  name: string
  description?: string
  group?: string
  labels: string[]
  /** `labels` under their former name */
  tags: string[]
  schedule?: ScheduleEntry[]
  stopSchedule?: ScheduleEntry[]
  restartSchedule?: ScheduleEntry[]
}

export type DAGHistory = {
  dagRuns: DAGRunDetails[]
  /** For each step its status in each of the runs; 0 where a run did not have it */
  gridData: {
    name: string
    history: number[]
  }[]
}

export type DAGListItem = {
  fileName: string
  filePath: string
  suspended: boolean
  errors: string[]
  /** RFC 3339; empty: not yet */
  nextRun?: string
  dag: DAGHead
  latestDAGRun: DAGRunSummary
}

export type DAGRunDetails = DAGRunSummary & {
  parentDAGRunName?: string
  parentDAGRunId?: string
  parentStepName?: string
  fileName?: string
  specFromFile?: boolean
  /** Name of the host behind `workerId` */
  host?: string
  /** RFC 3339; empty: not yet */
  profileResolvedAt?: string
  profileEntries?: {
    key: string
    kind: 'variable' | 'secret'
  }[]
  /** RFC 3339; empty: not yet */
  createdAt?: string
  attempt?: number
  attemptId?: string
  /** DAG_RUN_ARTIFACTS_DIR; absent: it keeps no artifacts */
  archiveDir?: string
  /** Path on the host */
  log?: string
  /** Where its steps run, and why there */
  lane?: {
    at: 'edge' | 'runner'
    reason: string
  }
  error?: string
  preconditions?: Precondition[]
  nodes: DAGRunNode[]
  onInit?: DAGRunNode
  onSuccess?: DAGRunNode
  onFailure?: DAGRunNode
  onAbort?: DAGRunNode
  onExit?: DAGRunNode
  onWait?: DAGRunNode
  mailOnError?: DAGRunNode
  mailOnFailure?: DAGRunNode
  mailOnSuccess?: DAGRunNode
  mailOnWait?: DAGRunNode
}

export type DAGRunNode = {
  step: Step
  /** 0 not_started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 skipped, 6 partially_succeeded, 7 waiting, 8 rejected, 9 retrying */
  status: number
  statusLabel: NodeStatus
  /** RFC 3339; empty: not yet; `-`: the run is queued */
  startedAt: string
  finishedAt: string
  doneCount: number
  retryCount: number
  stdout: string
  stderr: string
  /** The first 100 */
  subRuns: SubDAGRunReference[]
  subRunsRepeated: SubDAGRunReference[]
  /** Called runs by status */
  subRunCounts?: {
    total: number
    repeated: number
  } & Record<string, number>
  id?: string
  /** Epoch ms: the texts are whole seconds */
  startedAtMs?: number
  finishedAtMs?: number
  error?: string
  exitCode?: number
  host?: string
  attempt?: number
  repeated?: boolean
  /** RFC 3339; empty: not yet */
  retriedAt?: string
  /** Its host is silent, or what became of it is not known */
  lost?: boolean
  reason?: string
  /** Who has set its status by hand */
  manualBy?: string
  /** The run whose result it has taken over */
  importedFrom?: string
  /** RFC 3339; empty: not yet */
  waitingSince?: string
  /** RFC 3339; empty: not yet */
  approvedAt?: string
  approvedBy?: string
  approvalInputs?: Record<string, string>
  /** RFC 3339; empty: not yet */
  rejectedAt?: string
  rejectedBy?: string
  rejectionReason?: string
  /** The number of the push-back that it ran again by last, its own or that of a step before it */
  approvalIteration?: number
  pushBackInputs?: Record<string, string>
  pushBackHistory?: {
    iteration: number
    /** RFC 3339; empty: not yet */
    at: string
    by?: string
    inputs: Record<string, string>
  }[]
  outputVariables?: Record<string, string>
}

export type DAGRunOutputs = {
  /** Empty: it has no outputs */
  metadata: {
    dagName?: string
    dagRunId?: string
    attemptId?: string
    status?: string
    /** RFC 3339; empty: not yet */
    completedAt?: string
    /** A JSON list as text */
    params?: string
  }
  outputs: Record<string, unknown>
}

export type DAGRunPage = {
  dagRuns: DAGRunSummary[]
  /** Absent: this is the last page */
  nextCursor?: string
}

export type DAGRunSummary = {
  name: string
  /** Empty: the DAG has no run */
  dagRunId: string
  rootDAGRunName?: string
  rootDAGRunId?: string
  /** Absent: it was started from a text */
  sourceFileName?: string
  /** 0 not_started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 queued, 6 partially_succeeded, 7 waiting, 8 rejected */
  status: number
  statusLabel: RunStatus
  triggerType?: string
  workerId?: string
  params?: string
  /** Absent: it was started without one */
  profileName?: string
  /** Epoch ms; lists are in its order, newest first */
  createdAtMs?: number
  /** RFC 3339; empty: not yet */
  queuedAt?: string
  /** RFC 3339; empty: not yet */
  scheduleTime?: string
  /** RFC 3339; empty: not yet */
  startedAt: string
  /** RFC 3339; empty: not yet */
  finishedAt: string
  autoRetryCount: number
  autoRetryLimit: number | null
  /** The DAG's own policy retries the run then */
  nextRetryAt?: string
  artifactsAvailable: boolean
  labels: string[] | null
  /** `labels` under their former name */
  tags: string[] | null
  /** Why it does not simply go on, or why it failed */
  reason?: string
  steps?: {
    total: number
    done: number
  }
  /** It cannot go on: lists say so, details say why */
  quarantined?: boolean | {
    since: number
    error: string
  }
  queueName?: string
  queuePlace?: QueuePlace
}

export type DAGSchedule = {
  suspended: boolean
  /** The DAG has a schedule */
  scheduled: boolean
  /** Zone of entries that name none */
  timezone: string
  fires: ScheduleFire[]
  never: {
    do: string
    expression: string
    why: string
  }[]
  /** Starts that were due and did not happen, newest first */
  skipped: {
    /** RFC 3339, UTC */
    from: string
    /** RFC 3339, UTC */
    at: string
    count: number
    reason: string
  }[]
}

export type DAGSearchPage = {
  results: {
    fileName: string
    name: string
    matches: LineMatch[]
    hasMoreMatches: boolean
    nextMatchesCursor?: string
  }[]
  hasMore: boolean
  /** Absent: this is the last page */
  nextCursor?: string
}

export type DAGSettings = {
  dagName: string
  /** Empty: none */
  profile: string
  updatedAt: string
  updatedBy: string
}

export type DAGSpec = {
  spec: string
  /** To be sent back with a save */
  hash: string
  dag: DAG
  /** Null: none */
  errors: string[] | null
  problems: SpecProblem[]
  /** It loads all the same, but is probably not what was meant */
  warnings: SpecProblem[]
}

export type DAGValidation = {
  valid: boolean
  dag: DAG
  /** Null: none */
  errors: string[] | null
  problems: SpecProblem[]
  /** It loads all the same, but is probably not what was meant */
  warnings: SpecProblem[]
}

export type DeletedDocuments = {
  deleted: string[]
  failed: {
    id: string
    error: string
  }[]
  message: string
}

export type Document = DocumentLine & {
  /** Empty: none is selected */
  workspace: string
  content: string
  filePath: string
}

export type DocumentLine = {
  id: string
  title: string
  description: string
  /** RFC 3339; empty: not yet */
  createdAt: string
  /** RFC 3339; empty: not yet */
  updatedAt: string
}

export type DocumentNode = {
  id: string
  name: string
  title: string
  type: 'file' | 'directory'
  /** RFC 3339; empty: not yet */
  updatedAt?: string
  children?: DocumentNode[]
}

export type DocumentSearchPage = {
  results: (FoundDocument & {
    hasMoreMatches: boolean
    nextMatchesCursor?: string
  })[]
  hasMore: boolean
  /** Absent: this is the last page */
  nextCursor?: string
}

export type Documents = {
  /** Empty with `flat` */
  tree: DocumentNode[]
  /** Empty without `flat` */
  items: DocumentLine[]
  pagination: Pagination
}

export type DryRun = {
  dagName: string
  params: {
    name: string
    value: string
  }[]
  workingDir: string
  steps: {
    name: string
    type: string
    depends: string[]
    handler?: 'init' | 'success' | 'failure' | 'abort' | 'exit' | 'wait'
    /** Conditions in words */
    when: string[]
    /** Lines that would run, references filled in */
    text: string[]
    /** Settings of typed steps */
    config: Record<string, unknown>
  }[]
}

export type EditRetryPreview = {
  dagName: string
  steps: {
    name: string
    changed: boolean
    canSkip: boolean
  }[]
  skippedSteps: string[]
  runnableSteps: string[]
  ineligibleSteps: {
    stepName: string
    reason: string
  }[]
  errors: string[]
  warnings: string[]
}

export type EditedRun = {
  dagRunId: string
  queued: boolean
  skippedSteps: string[]
  startedSteps: string[]
}

export type FoundDAGs = {
  results: {
    /** Name of the file */
    name: string
    dag: {
      name: string
      schedule: ScheduleEntry[] | null
    }
    matches: LineMatch[]
  }[]
  errors: string[]
}

export type FoundDocument = DocumentLine & {
  matches: LineMatch[]
}

export type FoundDocuments = {
  results: FoundDocument[]
}

export type LineMatch = {
  /** With the lines around it */
  line: string
  lineNumber: number
  startLine: number
}

export type LineMatches = {
  matches: LineMatch[]
  hasMore: boolean
  /** Absent: this is the last page */
  nextCursor?: string
}

export type LogMatch = {
  type: 'match'
  name: string
  dagRunId: string
  /** 0 not_started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 queued, 6 partially_succeeded, 7 waiting, 8 rejected */
  status: number
  statusLabel: RunStatus
  /** RFC 3339; empty: not yet */
  startedAt: string
  /** Of a run that this one has called */
  subDagName?: string
  subDagRunId?: string
  step: string
  attempt: number
  stream: 'stdout' | 'stderr'
  line: string
  /** From 1 */
  lineNumber: number
}

export type LogPage = {
  content: string
  /** Lines in `content` */
  lineCount: number
  totalLines: number
  hasMore: boolean
  /** `totalLines` is a lower bound */
  isEstimate?: boolean
  /** More may come, or in place of what is said to be missing: ask again */
  isGrowing?: boolean
  /** Bytes of the stream before `content` */
  startOffset: number
  /** Bytes of the stream up to the end of `content`: live text goes on there */
  endOffset: number
}

export type LogSearchEnd = {
  type: 'end'
  reason: 'complete' | 'hits' | 'runs' | 'bytes' | 'time'
  runs: number
  bytes: number
  /** Logs that were not looked at to their end */
  unsearched: number
  /** Absent: this is the last page */
  nextCursor?: string
}

export type LogSearchLine = LogMatch | UnsearchedLog | LogSearchEnd

export type NodeStatus = 'not_started' | 'running' | 'failed' | 'aborted' | 'succeeded' | 'skipped' | 'partially_succeeded' | 'waiting' | 'rejected' | 'retrying'

export type Pagination = {
  currentPage: number
  nextPage: number
  prevPage: number
  totalPages: number
  totalRecords: number
}

export type ParamDefinition = {
  name?: string
  type: string
  default?: unknown
  /** Evaluated on the host when a run begins */
  eval?: string
  description?: string
  required?: boolean
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

export type Precondition = {
  condition: string
  expected?: string
  negate?: boolean
  /** Of a run: why it was not met */
  error?: string
}

export type Queue = {
  name: string
  type: 'global' | 'dag-based'
  maxConcurrency: number
  paused: boolean
  /** It has a size of its own: people, or the configuration file, have set it */
  configured: boolean
  /** The configuration file that sets it */
  configFile?: string
  /** It is configured no longer, and goes when nothing is in it */
  leaving?: boolean
  runningCount: number
  queuedCount: number
  /** How long a run held its slot lately */
  averageRunMs?: number
  /** At most 100 */
  running: DAGRunSummary[]
}

export type QueueItems = {
  items: QueuedDAGRun[]
  /** Absent: this is the last page */
  nextCursor?: string
}

export type QueuePlace = {
  queue: string
  position: number
  total: number
  running: number
  maxConcurrency: number
  paused: boolean
  /** A guess; absent: there is nothing to guess from */
  expectedStart?: string
}

export type QueuedDAGRun = DAGRunSummary & {
  priority: 'high' | 'low'
  /** From 1 */
  position: number
  /** RFC 3339; empty: not yet */
  expectedStart?: string
}

export type Queues = {
  queues: Queue[]
  summary: {
    totalQueues: number
    totalRunning: number
    totalQueued: number
    totalCapacity: number
    utilizationPercentage: number
  }
}

export type RegistrySecret = {
  id: string
  /** Empty: global */
  workspace: string
  ref: string
  description: string
  /** `managed`, or where the value is kept */
  providerType: string
  providerRef: string
  options: Record<string, string>
  currentVersion: number
  status: 'active' | 'disabled'
  createdAt: string
  createdBy: string
  updatedAt: string
  updatedBy: string
  lastUsedAt: string
  /** Id of a run */
  lastUsedBy: string
}

export type RegistrySecretDetails = RegistrySecret & {
  /** Newest first */
  versions: {
    version: number
    createdAt: string
    createdBy: string
  }[]
  /** File names of the DAGs that name it */
  usedBy: string[]
}

export type RunStatus = 'not_started' | 'running' | 'failed' | 'aborted' | 'succeeded' | 'queued' | 'partially_succeeded' | 'waiting' | 'rejected'

export type RuntimeProfile = {
  id: string
  name: string
  description: string
  status: 'active' | 'disabled'
  protected: boolean
  entries: RuntimeProfileEntry[]
  /** RFC 3339, UTC */
  createdAt: string
  createdBy: string
  /** RFC 3339, UTC */
  updatedAt: string
  updatedBy: string
}

export type RuntimeProfileDefaults = RuntimeProfile & {
  scope: 'global' | 'workspace'
  workspace?: string
  defaultProfile: string
}

export type RuntimeProfileEntry = {
  key: string
  kind: 'variable' | 'secret'
  /** Variables only: secrets are write-only */
  value?: string
  secretId?: string
  /** RFC 3339, UTC */
  createdAt: string
  /** RFC 3339, UTC */
  updatedAt: string
  updatedBy: string
}

export type SavedSpec = {
  /** Null: it is saved */
  errors: string[] | null
  problems?: SpecProblem[]
  warnings?: SpecProblem[]
  /** Of the text that is stored now */
  hash: string
}

export type ScheduleEntry = {
  kind: 'cron' | 'at'
  expression?: string
  at?: string
}

export type ScheduleFire = {
  /** RFC 3339, UTC */
  at: string
  /** The wall clock of the zone, with its offset */
  local: string
  zone: string
  do: 'start' | 'stop' | 'restart'
  expression: string
  dst?: {
    kind: 'skipped' | 'repeated' | 'changed'
    text: string
  }
}

export type SpecProblem = {
  code: string
  message: string
  /** Of the field, as `steps[1].command` */
  path?: string
  line?: number
  column?: number
  /** What to do about it */
  hint?: string
}

export type StartedRun = {
  dagRunId: string
}

export type Step = {
  name: string
  id?: string
  description?: string
  commands?: Command[]
  script?: string
  shell?: string
  dir?: string
  stdout?: string
  stderr?: string
  logOutput?: string
  /** Name of the variable that takes the output */
  output?: string
  depends?: string[]
  /** `NAME=value` */
  env?: string[]
  continueOn?: Record<string, unknown>
  retryPolicy?: {
    /** A text: an expression that the run evaluates */
    limit?: number | string
    /** A text: an expression that the run evaluates */
    interval?: number | string
    backoff?: number
    /** A text: an expression that the run evaluates */
    maxInterval?: number | string
    exitCodes?: number[]
  }
  repeatPolicy?: {
    /** A text: an expression that the run evaluates */
    limit?: number | string
    /** A text: an expression that the run evaluates */
    interval?: number | string
    backoff?: number
    /** A text: an expression that the run evaluates */
    maxInterval?: number | string
    repeat: 'while' | 'until'
    condition?: Precondition
    exitCode?: number[]
  }
  mailOnError?: boolean
  signalOnStop?: string
  timeoutSec?: number
  /** The DAG that it calls */
  call?: string
  params?: string
  parallel?: {
    items: string | unknown[]
    maxConcurrent?: number
  }
  approval?: {
    prompt: string
    input: string[]
    required: string[]
    rewindTo?: string
  }
  router?: {
    value: string
    routes: {
      pattern: string
      targets: string[]
    }[]
  }
  /** `local`, or labels of a worker */
  workerSelector?: string | Record<string, string>
  preconditions: Precondition[]
  /** Of typed steps; `config` in definitions only */
  executorConfig?: {
    type?: string
    config?: Record<string, unknown>
  }
}

export type SubDAGRun = {
  dagName: string
  dagRunId: string
  params: string
  /** 0 not_started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 queued, 6 partially_succeeded, 7 waiting, 8 rejected */
  status: number
  statusLabel: RunStatus
  error?: string
  /** It never came to life: there is no such run */
  refused?: boolean
  step: string
  /** RFC 3339; empty: not yet */
  startedAt: string
  /** RFC 3339; empty: not yet */
  finishedAt: string
  /** Of an earlier repetition or attempt */
  repeated: boolean
  runner?: string
}

export type SubDAGRunReference = {
  dagName: string
  dagRunId: string
  params: string
  /** 0 not_started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 queued, 6 partially_succeeded, 7 waiting, 8 rejected */
  status: number
  statusLabel: RunStatus
  error?: string
  /** It never came to life: there is no such run */
  refused?: boolean
}

export type SyncedSource = {
  files: {
    fileName: string
    hash?: string
    errors: string[]
  }[]
  removed: string[]
}

export type TimeZone = {
  timezone: string
  /** It is the host's own */
  isDefault: boolean
}

/** A log that could not be looked at to its end */
export type UnsearchedLog = {
  type: 'unsearched'
  name: string
  dagRunId: string
  /** 0 not_started, 1 running, 2 failed, 3 aborted, 4 succeeded, 5 queued, 6 partially_succeeded, 7 waiting, 8 rejected */
  status: number
  statusLabel: RunStatus
  /** RFC 3339; empty: not yet */
  startedAt: string
  /** Of a run that this one has called */
  subDagName?: string
  subDagRunId?: string
  step: string
  attempt: number
  stream: 'stdout' | 'stderr'
  why: string
}

export type User = {
  id: string
  username: string
  role: string
  authProvider: string
  workspaceAccess: WorkspaceAccess
}

export type VaultAuditEntry = {
  id: number
  timestamp: string
  category: 'profile' | 'secret' | 'vault'
  action: string
  username: string
  target: string
  details: Record<string, unknown>
}

export type Webhook = {
  id: string
  dagName: string
  tokenPrefix: string
  enabled: boolean
  authMode: 'token_only' | 'token_and_hmac' | 'hmac_only'
  hmac: {
    enabled: boolean
    algorithm?: string
    format?: string
    headerName?: string
    enforcementMode?: 'strict' | 'observe'
    provider?: 'generic' | 'github' | 'gitlab' | 'stripe' | 'standard'
    requireTimestamp?: boolean
    secretConfigured: boolean
    updatedAt?: string
  }
  profileSelection: {
    allowedProfiles: string[]
  }
  createdBy: string
  createdAt: string
  updatedAt: string
  lastUsedAt?: string
}

export type WebhookDelivery = {
  id: number
  receivedAt: string
  /** HTTP status that it was answered with */
  status: number
  bytes: number
  /** What names it at its sender */
  deliveryId?: string
  /** Why it was refused, or what was noted */
  note?: string
  dagRunId?: string
}

export type Worker = {
  /** What people call it */
  id: string
  runnerId: string
  hostname: string
  labels: Record<string, string>
  /** Documents that the credential of a runner reaches */
  docs: {
    access: 'none' | 'read' | 'write'
    /** Whose documents it gets, `default`: those of no workspace; absent: all */
    workspaces?: string[]
  }
  draining: boolean
  /** RFC 3339; empty: not yet */
  drainingSince?: string
  healthStatus: 'healthy' | 'warning' | 'unhealthy'
  /** RFC 3339; empty: not yet */
  lastHeartbeatAt: string
  /** Step processes that it takes at once */
  totalPollers: number
  busyPollers: number
  runningTasks: {
    dagName: string
    dagRunId: string
    rootDagRunName: string
    rootDagRunId: string
    parentDagRunName: string
    parentDagRunId: string
    /** RFC 3339; empty: not yet */
    startedAt: string
  }[]
}

export type WorkspaceAccess = {
  all: boolean
  grants: unknown[]
}

/** Bodies of successful answers, of NDJSON a line; undefined: none, or no JSON. */
export type Answers = {
  'GET /health': {
    status: 'healthy' | 'degraded'
    reason?: string
    version: string
    uptime: number
    timestamp: string
  }
  'GET /counters': {
    total: Counters
    byKind: Record<string, Counters>
  }
  'POST /auth/session': {
    expiresAt: string
    user: User
  }
  'DELETE /auth/session': undefined
  'GET /auth/me': {
    user: User
  }
  'GET /api-keys': {
    apiKeys: APIKey[]
  }
  'POST /api-keys': {
    key: string
    apiKey: APIKey
  }
  'GET /api-keys/{keyId}': {
    apiKey: APIKey
  }
  'PATCH /api-keys/{keyId}': {
    apiKey: APIKey
  }
  'DELETE /api-keys/{keyId}': undefined
  'GET /dags': {
    dags: DAGListItem[]
    /** Null: none */
    errors: string[] | null
    pagination: Pagination
  }
  'POST /dags': {
    name: string
  }
  'GET /dags/labels': {
    labels: string[]
    /** Null: none */
    errors: string[] | null
  }
  'GET /dags/tags': {
    tags: string[]
    /** Null: none */
    errors: string[] | null
  }
  'GET /dags/search': FoundDAGs
  'GET /search/dags': DAGSearchPage
  'GET /search/dags/{fileName}/matches': LineMatches
  'GET /search/logs': LogSearchLine
  'GET /dags/{fileName}': DAGDetails
  'DELETE /dags/{fileName}': undefined
  'GET /dags/{fileName}/spec': DAGSpec
  'PUT /dags/{fileName}/spec': SavedSpec
  'GET /dags/{fileName}/dag-runs': DAGHistory
  'GET /dags/{fileName}/dag-runs/{dagRunId}': {
    dagRun: DAGRunDetails
  }
  'GET /dags/{fileName}/schedule': DAGSchedule
  'GET /settings/timezone': TimeZone
  'PUT /settings/timezone': TimeZone
  'GET /dags/{fileName}/backfills': {
    backfills: Backfill[]
  }
  'POST /dags/{fileName}/backfills': Backfill | BackfillPreview
  'POST /dags/{fileName}/backfills/{backfillId}/{action}': Backfill
  'GET /alerts': {
    alerts: Alert[]
    active: number
  }
  'POST /alerts/{id}/dismiss': undefined
  'GET /settings/alerts': AlertSettings
  'PUT /settings/alerts': AlertSettings
  'POST /settings/alerts/test': undefined
  'POST /dags/validate': DAGValidation
  'POST /dags/{fileName}/rename': undefined
  'POST /dags/{fileName}/suspend': undefined
  'POST /dags/{fileName}/start': StartedRun
  'POST /dags/{fileName}/enqueue': StartedRun
  'POST /dags/{fileName}/start-sync': {
    dagRun: DAGRunDetails
  }
  'POST /dags/{fileName}/stop-all': {
    /** Null: none */
    errors: string[] | null
  }
  'POST /dags/{fileName}/dag-runs/cleanup': {
    dagRunIds: string[]
    count: number
  }
  'POST /dags/{fileName}/dry-run': DryRun
  'GET /dag-runs': DAGRunPage
  'POST /dag-runs': StartedRun
  'GET /dag-runs/{name}': DAGRunPage
  'POST /dag-runs/enqueue': StartedRun
  'GET /dag-runs/{name}/{dagRunId}': {
    dagRunDetails: DAGRunDetails
  }
  'DELETE /dag-runs/{name}/{dagRunId}': undefined
  'GET /dag-runs/{name}/{dagRunId}/outputs': DAGRunOutputs
  'GET /dag-runs/{name}/{dagRunId}/spec': {
    spec: string
  }
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}': {
    dagRunDetails: DAGRunDetails
  }
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/outputs': DAGRunOutputs
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/spec': {
    spec: string
  }
  'POST /dag-runs/{name}/{dagRunId}/stop': undefined
  'POST /dag-runs/{name}/{dagRunId}/retry': undefined
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/retry': undefined
  'POST /dag-runs/{name}/{dagRunId}/repair': undefined
  'GET /dag-runs/{name}/{dagRunId}/dequeue': undefined
  'PATCH /dag-runs/{name}/{dagRunId}/steps/{stepName}/status': undefined
  'PATCH /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/status': undefined
  'POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/approve': {
    dagRunId: string
    /** Of a called run */
    subDAGRunId?: string
    stepName: string
    resumed: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/push-back': {
    dagRunId: string
    /** Of a called run */
    subDAGRunId?: string
    stepName: string
    approvalIteration: number
    resumed: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/steps/{stepName}/reject': {
    dagRunId: string
    /** Of a called run */
    subDAGRunId?: string
    stepName: string
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/approve': {
    dagRunId: string
    /** Of a called run */
    subDAGRunId?: string
    stepName: string
    resumed: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/push-back': {
    dagRunId: string
    /** Of a called run */
    subDAGRunId?: string
    stepName: string
    approvalIteration: number
    resumed: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/reject': {
    dagRunId: string
    /** Of a called run */
    subDAGRunId?: string
    stepName: string
  }
  'POST /dag-runs/{name}/{dagRunId}/reschedule': {
    dagRunId: string
    queued: boolean
  }
  'POST /dag-runs/{name}/{dagRunId}/edit-retry/preview': EditRetryPreview
  'POST /dag-runs/{name}/{dagRunId}/edit-retry': EditedRun
  'GET /dag-runs/{name}/{dagRunId}/log': LogPage
  'GET /dag-runs/{name}/{dagRunId}/log/download': undefined
  'GET /dag-runs/{name}/{dagRunId}/steps/{stepName}/log': LogPage
  'GET /dag-runs/{name}/{dagRunId}/steps/{stepName}/log/download': undefined
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/log': LogPage
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/log/download': undefined
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/log': LogPage
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/steps/{stepName}/log/download': undefined
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs': {
    subRuns: SubDAGRun[]
    total: number
  }
  'POST /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/stop': undefined
  'GET /dag-runs/{name}/{dagRunId}/artifacts': Artifacts
  'GET /dag-runs/{name}/{dagRunId}/artifacts/preview': ArtifactPreview
  'GET /dag-runs/{name}/{dagRunId}/artifacts/download': undefined
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/artifacts': Artifacts
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/artifacts/preview': ArtifactPreview
  'GET /dag-runs/{name}/{dagRunId}/sub-dag-runs/{subDAGRunId}/artifacts/download': undefined
  'GET /queues': Queues
  'GET /queues/{name}': Queue
  'PUT /queues/{name}': {
    name: string
    maxConcurrency: number | null
  }
  'GET /queues/{name}/items': QueueItems
  'PUT /source/queues': undefined
  'POST /queues/{name}/pause': undefined
  'POST /queues/{name}/resume': undefined
  'POST /queues/{name}/clear': {
    cleared: number
  }
  'DELETE /queues/{name}/items/{dagRunId}': {
    dagRunId: string
  }
  'POST /queues/{name}/items/{dagRunId}/move': undefined
  'PUT /queues/{name}/items/{dagRunId}/priority': undefined
  'GET /workers': {
    workers: Worker[]
    errors: string[]
  }
  'POST /runners/enrolments': {
    token: string
    expiresAt: string
  }
  'POST /runners/enrol': {
    runnerId: string
    credential: string
    labels: Record<string, string>
  }
  'POST /workers/{workerId}/drain': {
    id: string
    runnerId: string
    draining: boolean
  }
  'PUT /workers/{workerId}/docs': {
    id: string
    runnerId: string
    /** Documents that the credential of a runner reaches */
    docs: {
      access: 'none' | 'read' | 'write'
      /** Whose documents it gets, `default`: those of no workspace; absent: all */
      workspaces?: string[]
    }
  }
  'DELETE /runners/{runnerId}': undefined
  'GET /runner/connect': undefined
  'PUT /runner/logs/{runId}/{step}/{attempt}/{stream}/{seq}': {
    created: boolean
  }
  'GET /runner/docs': {
    docs: {
      id: string
      hash: string
    }[]
  }
  'PUT /runner/docs': undefined
  'GET /runner/docs/doc': {
    content: string
  }
  'PUT /runner/artifacts/{runId}/{runnerId}/{n}': {
    created: boolean
  }
  'GET /runner/payloads/{runId}/{blob}': undefined
  'GET /live': undefined
  'POST /source/sync': SyncedSource
  'GET /settings/base-config': {
    spec: string
    errors: string[]
  }
  'PUT /settings/base-config': {
    errors: string[]
  }
  'GET /settings/workspaces/{name}/base-config': {
    spec: string
    errors: string[]
  }
  'PUT /settings/workspaces/{name}/base-config': {
    errors: string[]
  }
  'GET /webhooks': {
    webhooks: Webhook[]
  }
  'POST /webhooks/{fileName}': {
    dagName: string
    dagRunId: string
    duplicate?: boolean
  }
  'GET /dags/{fileName}/webhook': Webhook
  'POST /dags/{fileName}/webhook': {
    token: string
    webhook: Webhook
  }
  'DELETE /dags/{fileName}/webhook': undefined
  'GET /dags/{fileName}/webhook/deliveries': {
    deliveries: WebhookDelivery[]
  }
  'POST /dags/{fileName}/webhook/regenerate': {
    token: string
    webhook: Webhook
  }
  'POST /dags/{fileName}/webhook/toggle': Webhook
  'POST /dags/{fileName}/webhook/hmac/enable': {
    hmacSecret: string
    webhook: Webhook
  }
  'POST /dags/{fileName}/webhook/hmac/configure': Webhook
  'POST /dags/{fileName}/webhook/hmac/disable': Webhook
  'POST /dags/{fileName}/webhook/hmac/regenerate': {
    hmacSecret: string
    webhook: Webhook
  }
  'PUT /dags/{fileName}/webhook/profile-selection': Webhook
  'GET /docs': Documents
  'POST /docs': {
    message: string
  }
  'POST /docs/delete-batch': DeletedDocuments
  'GET /docs/doc': Document
  'PATCH /docs/doc': {
    message: string
  }
  'DELETE /docs/doc': undefined
  'POST /docs/doc/rename': {
    message: string
  }
  'GET /docs/search': FoundDocuments
  'GET /search/docs': DocumentSearchPage
  'GET /search/docs/matches': LineMatches
  'POST /runner/runs/{runId}/secrets': {
    profile?: {
      name: string
      resolvedAt: number
      entries: {
        key: string
        value: string
        secret: boolean
      }[]
    }
    defaults: {
      key: string
      value: string
      secret: boolean
    }[]
    refs: Record<string, {
      value: string
    } | {
      provider: string
      key: string
      options: Record<string, string>
    }>
    params?: {
      text: string
      secrets: string[]
    }
    outputs?: {
      runId: string
      step: string
      names: string[]
      open?: {
        outputs?: Record<string, string>
        structured?: Record<string, unknown>
        secrets?: string[]
      }
      sealed?: string
    }[]
    sealKeys: {
      id: string
      key: string
    }[]
  }
  'GET /dags/{fileName}/settings': DAGSettings
  'PUT /dags/{fileName}/settings': DAGSettings
  'GET /profiles/_global': RuntimeProfileDefaults
  'PATCH /profiles/_global': RuntimeProfileDefaults
  'PUT /profiles/_global/variables/{key}': RuntimeProfileDefaults
  'PUT /profiles/_global/secrets/{key}': RuntimeProfileDefaults
  'DELETE /profiles/_global/entries/{key}': undefined
  'GET /profiles/_workspaces/{workspaceName}': RuntimeProfileDefaults
  'PATCH /profiles/_workspaces/{workspaceName}': RuntimeProfileDefaults
  'PUT /profiles/_workspaces/{workspaceName}/variables/{key}': RuntimeProfileDefaults
  'PUT /profiles/_workspaces/{workspaceName}/secrets/{key}': RuntimeProfileDefaults
  'DELETE /profiles/_workspaces/{workspaceName}/entries/{key}': undefined
  'GET /profiles': {
    profiles: RuntimeProfile[]
  }
  'POST /profiles': RuntimeProfile
  'GET /profiles/{profileName}': RuntimeProfile
  'PATCH /profiles/{profileName}': RuntimeProfile
  'DELETE /profiles/{profileName}': undefined
  'PUT /profiles/{profileName}/variables/{key}': RuntimeProfile
  'PUT /profiles/{profileName}/secrets/{key}': RuntimeProfile
  'DELETE /profiles/{profileName}/entries/{key}': undefined
  'GET /profile-choices': {
    profiles: {
      name: string
      description: string
    }[]
  }
  'GET /secrets': {
    secrets: RegistrySecret[]
    total: number
  }
  'POST /secrets': RegistrySecret
  'GET /secrets/{secretId}': RegistrySecretDetails
  'PATCH /secrets/{secretId}': RegistrySecret
  'DELETE /secrets/{secretId}': undefined
  'POST /secrets/{secretId}/enable': RegistrySecret
  'POST /secrets/{secretId}/disable': RegistrySecret
  'POST /secrets/{secretId}/versions': RegistrySecret
  'GET /vault/audit': {
    entries: VaultAuditEntry[]
  }
  'GET /vault/keys': {
    keys: {
      id: string
      current: boolean
      values: number
    }[]
    /** Values under a key that is not configured, or that were changed */
    unreadable: number
  }
}
