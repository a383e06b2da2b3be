// What a Run remembers: a small head and one record per node, plan, timer and log. Records are plain JSON and are replaced
// whole, so a transition can be journaled as the records that it changed; absent records mean "as at the beginning".
import type { ConditionResult } from '../protocol/frames.ts'
import type { PlanItem } from '../protocol/plans.ts'
import type { CalledDag, ChildRetry, RetryScope } from './children/child-types.ts'
import type { SideKind } from './mail-nodes.ts'
import type { RunSpec, RunStatus, StepStatus, TriggerType } from './types.ts'

export const RUN_SCHEMA_VERSION = 1

/** Where the run is in its life; `wait` = parked for an approval. */
export type RunPhase = 'delay' | 'steps' | 'wait' | 'handlers' | 'ended'

export interface StopState {
  id: string
  by: string
  at: number
  reason: 'user' | 'run_timeout'
  /** Plans that were active when it was issued: only these are ended by it. */
  plans: string[]
  /** The agent has said that nothing lives and nothing will start. */
  answered: boolean
}

/** A push-back that waits for the hosts to end what runs of the steps that it resets. */
export interface PendingRewind {
  /** Id of the order to the hosts. */
  id: string
  /** The step with the approval. */
  step: string
  by: string
  at: number
  inputs: Record<string, string>
  /** Plans that are ended for it, and their steps that were not over. */
  plans: string[]
  cut: string[]
}

export interface RunHead {
  /** Number of journal rows so far. */
  seq: number
  spec: RunSpec
  status: RunStatus
  phase: RunPhase
  trigger: TriggerType
  /** Attempt of the run, from 1, and its six hex digits. */
  attempt: number
  attemptId: string
  /** Fence of the newest plan. */
  fence: number
  startedAt: number | null
  finishedAt: number | null
  queuedAt: number | null
  /** Present home of the run; it stays after the end, since work directory and logs are there. */
  runnerId: string | null
  hostname: string | null
  /** Step processes granted on `runnerId`. */
  room: number
  /** Room asked for and not answered; 0: none. */
  asked: number
  /** Fleet keeps a waiting row and will come back. */
  waitingRoom: boolean
  /** Runner on which the scope of this attempt is prepared. */
  preparedOn: string | null
  initDone: boolean
  params: { name: string; value: string }[] | null
  paramsDisplay: string
  conditions: ConditionResult[] | null
  workDir: string | null
  logFile: string | null
  stop: StopState | null
  /** Why no step may start although nobody asked for a stop. */
  cancel: 'precondition' | 'init' | null
  timedOut: boolean
  /** Why the run failed apart from its steps. */
  error: string | null
  /** Handlers still to run, in order. */
  handlerQueue: SideKind[]
  handlerFailed: boolean
  /** The mail about the end of this attempt has been decided. */
  isMailed?: boolean
  /** Attempts that were made by the DAG's own retry policy. */
  autoRetries?: number
  /** Status that the handlers see, once the steps are over. */
  outcome: RunStatus | null
  /** Why the run waits for a runner. */
  reason: string | null
  /** Runners that this run has had: last report, the run attempt in which they were last heard, `contextRev` they have, and the time of their last hello. */
  runners: { id: string; hostname: string; seq: number; heard: number; rev?: number; hello?: number }[]
  /** The runner that is silent, with its processes perhaps alive. */
  lost: { runnerId: string; since: number } | null
  /** Set in a retry of one step. */
  only: string | null
  /** Set in a retry of one called run: of what this step calls, that one alone. `made`: its call is evaluated. */
  chosen?: { step: string; child: ChildRetry; made?: true } | null
  /** Held queue slot. */
  slot: { queue: string; hold: number } | null
  /** Slot to be released. */
  released: { queue: string; hold: number } | null
  /** Journal number of the last change that the Dag must know. */
  tell: number
  /** Logs and artifacts that never came were given up. */
  logsSettled: boolean
  /** DAG_RUN_ARTIFACTS_DIR on the runner; absent: artifacts are not enabled, or the run is not prepared. */
  artifactsDir?: string
  /** What each runner has brought to R2; absent: nothing yet. */
  artifacts?: ArtifactIndex[]
  /** What the present attempt took from its profile: names, never values. */
  profile?: ResolvedProfile | null
  /** Grows when hosts must hear more about the run than plans tell: inputs of people, a new deadline. */
  contextRev?: number
  /** What was left of the DAG's time limit when the run began to wait, in ms. */
  timeoutLeftMs?: number | null
  /** Queue in which the resumed run needs a place before it goes on, and since when. */
  slotWanted?: { queue: string; since: number } | null
  rewind?: PendingRewind | null
  /** The place of steps with a selector of their own where the run is now; absent or empty: at home. */
  place?: string
  /** Runners by place, for the way back. */
  places?: Record<string, { runnerId: string; hostname: string | null; isPrepared: boolean }>
}

export interface ResolvedProfile {
  /** Epoch ms. */
  resolvedAt: number
  entries: { key: string; kind: 'variable' | 'secret' }[]
}

/** What a person gave when a step was pushed back. */
export interface PushBack {
  /** From 1, per step with an approval. */
  iteration: number
  by: string
  at: number
  inputs: Record<string, string>
}

/** A step's wait for people, and how it ended. */
export interface ApprovalRecord {
  since: number
  approved?: { by: string; at: number; inputs: Record<string, string> }
  rejected?: { by: string; at: number; reason: string }
}

/** Artifacts of one runner: the manifest that lists them (core/artifacts/manifest.ts). */
export interface ArtifactIndex {
  runnerId: string
  manifest: number
  files: number
  bytes: number
  sha256: string
  /** Attempt of the run up to which nothing more comes; 0: something may. */
  settled: number
  warnings: string[]
}

export interface StepRecord {
  /** Step name, or a handler's node name. */
  name: string
  status: StepStatus
  /** Highest attempt that was started or may have been; 0: none. */
  attempt: number
  /** Highest attempt that is over. */
  result: number
  /** Attempts up to here belong to former attempts of the run. */
  former?: number
  retryCount: number
  doneCount: number
  /** Wants its next attempt now. */
  again?: boolean
  /** Due time of the next attempt while it waits. */
  nextAt?: number
  /** A failure that continue_on lets pass. */
  covered?: boolean
  /** Its last attempt was lost with its host. */
  lost?: boolean
  /** It stood behind a lost step in a plan and may have run: no automatic rule starts it. */
  maybe?: boolean
  repeated?: boolean
  /** Set as soon as it waits for an approval. */
  approval?: ApprovalRecord
  /** Of a step with an approval: its push-backs, oldest first; the newest MAX_PUSH_BACKS of them. */
  pushBacks?: PushBack[]
  /** The push-back that made it run again: the step with the approval, and which of its iterations. */
  pushedBack?: { gate: string; iteration: number; previousStdout?: string }
  /** The former run from which it was taken over. */
  imported?: string
  /** Who set the status by hand. */
  manual?: string
  /** At the edge: the instance that has started this attempt. */
  startedBy?: string
  startedAt?: number
  finishedAt?: number
  retriedAt?: number
  exitCode?: number
  error?: string
  pid?: number
  host?: string
  commands?: string[]
  stdoutPath?: string
  stderrPath?: string
  conditions?: ConditionResult[]
  outputs?: Record<string, string>
  structured?: Record<string, unknown>
  /** The outputs as they are, encrypted for the run's own later steps; there only where what is shown is masked. */
  sealed?: string
  /** Evaluated limits of the policies, kept for attempts that end without the agent's facts. */
  limits?: { retry?: number; retryInterval?: number }
}

export interface PlanRecord {
  id: string
  fence: number
  runnerId: string
  items: PlanItem[]
  /** When it was made; absent in plans of older versions. */
  at?: number
  /** The run's `contextRev` when it was made: whoever has the plan has that context. */
  rev?: number
  /** The runner is known to have it. */
  seen: boolean
  /** It travelled in the answer to this report: a later report proves that it arrived. */
  answerTo: number | null
}

export interface TimerRecord {
  key: string
  /** Epoch ms. */
  due: number
  kind: 'delay' | 'again' | 'overdue' | 'grace' | 'timeout' | 'room' | 'children'
  /** For `again` and `overdue`: the node. */
  step?: string
  /** For `again`: the wait is short, its room is kept. */
  hold?: boolean
  runnerId?: string
}

/**
 * `gathering`: the host is still telling what is called; `resolving`: the DAG is looked up; `running`: children run; `stopping`:
 * they are being ended; `concluding`: all are over, the host has to publish the result; `over`.
 */
export type CallPhase = 'gathering' | 'resolving' | 'running' | 'stopping' | 'concluding' | 'over'

/** A step that calls other DAGs, in its newest attempt. Small: each change of a child rewrites it. */
export interface CallRecord {
  step: string
  /** Attempt of the step. */
  attempt: number
  phase: CallPhase
  /** What is called, as evaluated. */
  target: string
  /** Text of the called file, until it is pinned. */
  text?: string
  dag?: CalledDag
  /** Grows with every attempt: names the records of its children. */
  round: number
  /** Grows with every repetition: its children are runs of their own. */
  iteration: number
  /** `doneCount` of the step when it began: a later attempt with a higher one is a repetition. */
  doneCount: number
  /** The push-back after which it began: another one makes new children. */
  pushedBack?: string
  /** Calls by `parallel`: the result is an aggregate. */
  parallel: boolean
  total: number
  /** Children that may run at once; 0: no limit. */
  limit: number
  /** Children before this one were started, or kept from an earlier attempt. */
  next: number
  /** Started and not over. */
  active: number
  /** Of those, waiting for a person. */
  waiting: number
  good: number
  partial: number
  bad: number
  /** Size of all outputs, in characters. */
  outputSize: number
  /** Children before this one have been told to stop. */
  stopped: number
  workingDir?: string
  /** Why no child can run. */
  error?: string
  /** The step's time limit is over. */
  timedOut?: boolean
}

/** One called run. Key: `step/round/index` with the step name URI-encoded. */
export interface ChildRecord {
  key: string
  step: string
  round: number
  index: number
  /** Id of the child run: the same for the same parent, step, DAG and parameters. */
  id: string
  params: string
  /** The parameters hold a secret: as they are, encrypted; `params` is masked. */
  sealed?: string
  /** Attempt of the child run that this step attempt wants. */
  attempt: number
  /** `not_started` until it is known to wait or to be over. */
  status: RunStatus
  startedAt?: number
  finishedAt?: number
  runner?: string
  error?: string
  outputs?: Record<string, string>
  /** It never came to life: there is no run of this id. */
  refused?: true
  /** What this attempt runs again, where somebody asked for less than all that did not succeed. */
  again?: RetryScope
}

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

export interface RunState {
  schemaVersion: number
  head: RunHead
  steps: Map<string, StepRecord>
  plans: Map<string, PlanRecord>
  timers: Map<string, TimerRecord>
  logs: Map<string, LogRecord>
  segments: Map<string, SegmentRecord>
  calls: Map<string, CallRecord>
  children: Map<string, ChildRecord>
}

/** What one transition changed; plain JSON, written into the journal row. */
export interface Changes {
  head: Partial<RunHead>
  steps?: StepRecord[]
  plans?: PlanRecord[]
  plansSeen?: string[]
  plansRemoved?: string[]
  timers?: TimerRecord[]
  timersRemoved?: string[]
  logs?: LogRecord[]
  segments?: SegmentRecord[]
  calls?: CallRecord[]
  children?: ChildRecord[]
  childrenRemoved?: string[]
}

export const logKey = (step: string, attempt: number, stream: string): string =>
  `${encodeURIComponent(step)}/${attempt}/${stream}`

export const childKey = (step: string, round: number, index: number): string =>
  `${encodeURIComponent(step)}/${round}/${index}`

/** The record of a node that nothing has happened to. */
export function freshStep(name: string): StepRecord {
  return { name, status: 'not_started', attempt: 0, result: 0, retryCount: 0, doneCount: 0 }
}
