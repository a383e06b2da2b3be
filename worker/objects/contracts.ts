// What objects say to each other: the RPC interfaces by kind. Every method is idempotent by its key, answers a value for
// expected outcomes, and may be called again after a failure.
import type { Report, RunFrame, Tail } from '@edgedag/core/protocol/frames'
import type { Problem, Result } from '@edgedag/core/result'
import type { Summary } from '@edgedag/core/run/summary'
import type { RunSpec, RunStatus, TriggerType } from '@edgedag/core/run/types'

export interface Kinds {
  directory: DirectoryApi
  index: IndexApi
  dag: DagApi
  queue: QueueApi
  run: RunApi
  runner: RunnerApi
  fleet: FleetApi
}

/** Name of the single object of a kind. */
export const SINGLETON = 'main'

/** Texts under every DAG's own; the workspace's is the stronger. Empty: none. */
export interface BaseConfig {
  /** Grows with every change of any of them; 0: there never was one. */
  version: number
  base: string
  workspaceBase: string
}

/** Contents of schema files, by the path that the DAG uses. */
export type SchemaFiles = Record<string, string>

// ---- Dag ---------------------------------------------------------------------------------------------------------

export interface StartRequest {
  params?: string | Record<string, unknown>
  runId?: string
  /** Override of the DAG's name in the run. */
  dagName?: string
  singleton?: boolean
  labels?: string[]
  queue?: string
  trigger: TriggerType
  by?: string
  /** Start now, or wait in the queue. */
  mode: 'start' | 'enqueue'
  scheduleTime?: number
  /** Inline runs: the text that this run pins, whatever another caller stores under the same name meanwhile. */
  spec?: string
  /** Inline runs: where relative paths of that text resolve, in place of the DAG's own source. */
  source?: { runner: string; dir: string }
  /** Inline runs: schema files that the text names. */
  files?: SchemaFiles
}

/** A line of a run list: Dag, Index and feeds share it. */
export type RunSummary = Summary

export interface DagRecord {
  dagId: string
  fileName: string
  spec: string
  /** SHA-256 hex of `spec`. */
  hash: string
  suspended: boolean
  source: { runner: string; dir: string } | null
  updatedAt: number
  /** Schema files that came with the text; absent: none. */
  files?: SchemaFiles
}

export interface DagListItem {
  dagId: string
  fileName: string
  /** JSON for the `dag` member of the list (name, description, labels, schedule...). */
  summary: Record<string, unknown>
  errors: string[]
  suspended: boolean
  nextRun: number | null
  latest: RunSummary | null
  filePath: string
}

export interface DagApi {
  /** Creates or replaces the spec. An invalid spec is stored when it comes from a file (`force`), else refused. */
  putSpec(request: {
    dagId: string
    fileName: string
    spec: string
    /** What the DAG is called where its text does not say; absent: the file name. Inline DAGs have no file name. */
    name?: string
    source?: { runner: string; dir: string }
    force?: boolean
    /** Hash the writer believes to be current; a mismatch is `conflict`. */
    ifHash?: string
    /** Schema files that the text names, all of them; absent: those that are here stay. */
    files?: SchemaFiles
  }): Result<
    { hash: string; problems: Problem[] },
    { code: 'conflict' | 'invalid'; actual: string; problems: Problem[] }
  >
  get(): DagRecord | null
  listItem(): DagListItem | null
  suspend(suspend: boolean): void
  remove(): void
  rename(fileName: string): void
  /** Durable before it answers. */
  start(request: StartRequest): Result<{ runId: string; queued: boolean }, { code: string; message: string }>
  /** Runs of this DAG, newest first. */
  runs(query: { limit: number; before?: string; status?: RunStatus[] }): RunSummary[]
  run(runId: string): RunSummary | null
  activeRuns(): RunSummary[]
  dequeue(runId: string): Result<null, { code: string; message: string }>
  removeRun(runId: string): Result<null, { code: string; message: string }>
  /** From a Queue: this run got a slot; the Dag creates (or resumes) it. */
  admitted(runId: string, slot: { queue: string; hold: number }): void
  /** From the Run: terminal, waiting or running again. */
  runChanged(summary: RunSummary): void
  /** A retry of a finished run goes through the queue where one is configured. */
  retry(runId: string, request: { step?: string; by?: string }): Result<null, { code: string; message: string }>
  /** A Run that has no state of its own asks for its spec. */
  specOf(runId: string): { spec: RunSpec; dagJson: string } | null
  /** The YAML text as it was when the run was accepted; null: unknown run, or no longer kept. */
  specText(runId: string): string | null
  /**
   * Minutely: create what is missing, poke what is overdue, re-arm the alarm. Answers how many runs are unfinished.
   * `baseVersion` is that of the present base configurations.
   */
  sweep(baseVersion?: number): number
}

// ---- Run ---------------------------------------------------------------------------------------------------------

export interface StepLogIndex {
  /** Whole text, when it is inline. */
  inline: string | null
  segments: { key: string; offset: number; bytes: number; lines: number }[]
  /** Final length, null while the step runs. */
  bytes: number | null
  lines: number | null
  dropped: number
  /** Where the unsealed rest is. */
  live: { runnerId: string; step: string; attempt: number } | null
  /** Executions before this one in the same attempt of the run, oldest first; absent: none. */
  earlier?: StepLogIndex[]
}

/** Bytes that an execution which is over stands for among others. */
export const logSize = ({ bytes, segments }: StepLogIndex): number =>
  bytes ?? segments.reduce((end, segment) => Math.max(end, segment.offset + segment.bytes), 0)

export interface RunApi {
  /** Idempotent by run id: a run that exists keeps its state. Answers its present line, or why it cannot be made. */
  create(request: { spec: RunSpec; dagJson: string }): Result<RunSummary, { code: 'taken'; message: string }>
  /** The run's line as it is now; null: unknown run. */
  summary(runId: string): RunSummary | null
  /** From Runner: new text of a followed stream. */
  tailed(tail: Tail): void
  /** Answers the frame for the agent (ack, next plans, stop). */
  report(runnerId: string, report: Report): RunFrame
  runnerHello(
    runnerId: string,
    request: {
      runId: string
      bootId: string
      plans: { plan: string; fence: number }[]
      carried?: boolean
      at?: number
    },
  ): RunFrame
  runnerLost(runnerId: string, runId: string, since: number): void
  /** From Fleet: room has become free for a waiting run. */
  roomGranted(runId: string, grant: { runnerId: string; hostname: string; room: number }): void
  stop(runId: string, request: { by: string; abandon?: boolean }): Result<null, { code: string; message: string }>
  retry(
    runId: string,
    request: {
      by: string
      step?: string
      slot?: { queue: string; hold: number }
      /** Attempt that this makes: a run that has got so far has taken the request before. */
      attempt?: number
    },
  ): Result<null, { code: string; message: string }>
  setStepStatus(
    runId: string,
    request: { by: string; step: string; status: 'succeeded' | 'failed' },
  ): Result<null, { code: string; message: string }>
  /** REST run details (rest-observed section 3) as JSON, from state or from the pack; null: unknown run. */
  details(runId: string): Record<string, unknown> | null
  /** Captured outputs for `/outputs`. */
  outputs(runId: string): Record<string, unknown> | null
  /** The engine's own log of the run: one `time=… level=… msg=…` line per event. */
  events(runId: string): string[] | null
  /** All executions of the run's present attempt, or the one with this number. */
  stepLog(runId: string, step: string, stream: 'stdout' | 'stderr', attempt?: number): StepLogIndex | null
  /** `unknown`: this object has never seen the run. */
  poke(runId: string): 'unknown' | 'active' | 'finished'
  forget(runId: string): void
}

// ---- Runner, Fleet, Queue ----------------------------------------------------------------------------------------

export interface RunnerApi {
  /** False: no socket; the sender keeps the duty. */
  send(frame: RunFrame): boolean
  read(request: {
    runId: string
    step: string
    attempt: number
    stream: 'stdout' | 'stderr'
    offset: number
    bytes: number
  }): { text: string; offset: number; bytes: number; size: number } | null
  follow(request: {
    runId: string
    step: string
    attempt: number
    stream: 'stdout' | 'stderr'
    offset: number
    on: boolean
  }): boolean
  status(): {
    connected: boolean
    hostname: string
    since: number
    lastSeen: number
    labels: Record<string, string>
    capacity: number
  }
  /** Does the agent, as of its last hello and what was sent since, carry this run? */
  carries(runId: string): boolean
  /**
   * A Run that believes this agent to hold it asks whether that is so. `disconnected`: the Runner keeps the question, and answers
   * with runnerHello or runnerLost.
   */
  watch(runId: string): 'carried' | 'absent' | 'disconnected'
  /** Tells Fleet again what it knows (after Fleet lost its memory). */
  announce(): void
  revoke(): void
}

export interface FleetApi {
  /** A runner said hello or went away. */
  runnerUp(runner: {
    runnerId: string
    hostname: string
    labels: Record<string, string>
    capacity: number
    used: number
    /** Runs whose plans it carries, for a Fleet that has forgotten its grants. */
    runs?: string[]
    /** Moment of the hello: a later word about an earlier connection changes nothing. */
    since: number
  }): void
  /** The connection of that hello is over. */
  runnerDown(runnerId: string, since: number): void
  /** Room now, or null with the reason; `wait` leaves a row, and roomGranted follows. */
  acquire(request: {
    runId: string
    count: number
    runnerId?: string
    selector?: 'local' | Record<string, string>
    wait: boolean
    /**
     * Room that the Run holds on its runner, as of its journal number `seq`. What Fleet remembers beyond it came from answers or
     * releases that were lost; an older number corrects nothing.
     */
    held: number
    seq: number
  }): { runnerId: string; hostname: string; room: number } | { reason: string }
  /** `held`: what the Run keeps there after this, as of `seq`. */
  release(request: { runId: string; runnerId: string; held: number; seq: number }): void
  runners(): {
    runnerId: string
    hostname: string
    labels: Record<string, string>
    capacity: number
    used: number
    connectedAt: number
  }[]
}

export interface QueueItem {
  runId: string
  dagId: string
  priority: 'high' | 'low'
  enqueuedAt: number
}

export interface QueueApi {
  configure(maxConcurrency: number | null): void
  /** Answers at once whether it was admitted; admission itself goes to the Dag. */
  enqueue(item: QueueItem): { admitted: boolean; position: number }
  dequeue(runId: string): boolean
  release(runId: string, hold: number): void
  describe(): { name: string; maxConcurrency: number; running: string[]; queued: QueueItem[] }
}

// ---- Index, Directory --------------------------------------------------------------------------------------------

export interface IndexApi {
  /** Rows of one Dag since its last acknowledged change number; answers the number now held. */
  feed(dagId: string, from: number, to: number, runs: RunSummary[], removed: string[], item: DagListItem | null): number
  /** Best effort, between durable feeds: newer rows of runs in progress. Answers how many live feeds are watched. */
  hint(runs: RunSummary[]): number
  acknowledged(dagId: string): number
  /** DAGs with unfinished runs of which nothing was heard for a while, or with a due time that has passed. */
  overdue(limit: number): string[]
  removeDag(dagId: string): void
  runs(query: {
    status?: RunStatus[]
    name?: string
    runId?: string
    labels?: string[]
    from?: number
    to?: number
    limit: number
    cursor?: string
  }): { runs: RunSummary[]; nextCursor?: string }
  dags(query: {
    page: number
    perPage: number
    name?: string
    labels?: string[]
    sort?: string
    order?: 'asc' | 'desc'
  }): {
    items: DagListItem[]
    total: number
  }
}

export interface RunnerRecord {
  runnerId: string
  name: string
  labels: Record<string, string>
  createdAt: number
  revokedAt: number | null
}

export interface DirectoryApi {
  /** Stable opaque id of a DAG file; created when `create`. */
  dagId(fileName: string, create: boolean): string | null
  /** Id of an inline DAG, by its name. */
  inlineDagId(name: string): string
  renameDag(from: string, to: string): 'ok' | 'exists' | 'unknown'
  removeDag(fileName: string): void
  dagIds(): { fileName: string; dagId: string }[]
  /** DAG ids that may have unfinished runs are swept; `due` are asked 40 at a time. */
  sweepPage(after: string | null, limit: number): { dagIds: string[]; next: string | null }
  /** Minutely: asks all Dags to look after their unfinished runs, in batches, going on by alarm. */
  sweep(): void
  /** Verifies an API key, session or runner credential by the SHA-256 (hex) of its text. */
  principal(tokenHash: string): { kind: 'key' | 'session' | 'runner'; id: string; name: string; role: string } | null
  /** The installation's first key (from the host), stored as its hash. */
  ensureBootstrapKey(tokenHash: string): void
  createSession(keyId: string, tokenHash: string, expiresAt: number): void
  endSession(tokenHash: string): void
  createEnrolment(tokenHash: string, expiresAt: number, labels: Record<string, string>, by: string): void
  /** One-time: turns an enrolment token into a runner with a credential. */
  enrol(
    tokenHash: string,
    credentialHash: string,
    name: string,
  ): Result<RunnerRecord, { code: string; message: string }>
  runners(): RunnerRecord[]
  revokeRunner(runnerId: string): boolean
  /** Base configuration for DAGs of a workspace (null: of none); null: `known` is still the present version. */
  baseConfig(workspace: string | null, known?: number): BaseConfig | null
  /** Replaces the global text, or a workspace's; empty: none. Every Dag hears of it. */
  setBaseConfig(workspace: string | null, text: string): void
  queues(): { name: string; maxConcurrency: number }[]
  setQueue(name: string, maxConcurrency: number | null): void
}
