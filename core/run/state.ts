// What a Run remembers: a small head and one record per node, call, plan, timer and log. Records are plain JSON and are replaced
// whole, so a transition can be journaled as the records that it changed; absent records mean "as at the beginning".
import type { ConditionResult } from '../protocol/frames.ts'
import type { PlanItem } from '../protocol/plans.ts'
import type { CallRecord, ChildRecord } from './children/call-record.ts'
import type { ChildRetry } from './children/child-types.ts'
import type { LogRecord, SegmentRecord } from './log-record.ts'
import type { SideKind } from './mail-nodes.ts'
import type { RunSpec, TriggerType } from './run-spec.ts'
import type { RunStatus } from './status.ts'
import type { StepRecord } from './step-record.ts'

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
  /** Plans in a row that their host ended without doing anything of them; absent: none. */
  emptyEnds?: number
  /** Runners that this run has had: last report, the run attempt in which they were last heard, `contextRev` they have, and the time of their last hello. */
  runners: { id: string; hostname: string; seq: number; heard: number; rev?: number; hello?: number }[]
  /** The runner that is silent, with its processes perhaps alive. */
  lost: { runnerId: string; since: number } | null
  /** Set in a retry of one step. */
  only: string | null
  /** Set in a retry of one called run: of what this step calls, that one alone. `made`: its call is evaluated. */
  chosen?: { step: string; child: ChildRetry; made?: true } | null
  /** A run that it has called has left outputs that hold a secret. */
  sealedOutputs?: true
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
  /** When it was set; absent in timers of older versions. */
  at?: number
  kind: 'delay' | 'again' | 'overdue' | 'grace' | 'timeout' | 'room' | 'children'
  /** For `again` and `overdue`: the node. */
  step?: string
  /** For `again`: the wait is short, its room is kept. */
  hold?: boolean
  runnerId?: string
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
