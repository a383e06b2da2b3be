// What others may ask of a Run.

import type { DAGRunDetails, DAGRunOutputs } from '@edgedag/core/api/generated/answers'
import type { Report, RunFrame, Tail } from '@edgedag/core/protocol/frames'
import type { Result } from '@edgedag/core/result'
import type { DecisionRefusal } from '@edgedag/core/run/check-decision'
import type { ChildNews, ChildRetry, ParentOfRun, RetryScope } from '@edgedag/core/run/children/child-types'
import type { SubRun } from '@edgedag/core/run/children/sub-runs'
import type { Assignment, Decision } from '@edgedag/core/run/events'
import type { ImportPlan } from '@edgedag/core/run/imports'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import type { ArtifactIndex } from '@edgedag/core/run/state'
import type { ImportedStep } from '@edgedag/core/run/step-record'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import type { RunSummary } from './dag.ts'

export interface DecisionRequest {
  by: string
  /** Name or id. */
  step: string
  decision: Decision
  /** Push-backs of the step that the person knows of; absent: not checked. */
  iteration?: number
}

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

export interface RunArtifacts {
  /** Artifacts are enabled for the run, and it was prepared on some runner. */
  enabled: boolean
  /** Manifests of its runners. */
  indexes: ArtifactIndex[]
  /** Runners that have not said yet that they have brought everything. */
  openRunners: string[]
  /** The run is over. */
  ended: boolean
}

/** Bytes that an execution which is over stands for among others. */
export const logSize = ({ bytes, segments }: StepLogIndex): number =>
  bytes ?? segments.reduce((end, segment) => Math.max(end, segment.offset + segment.bytes), 0)

/** A run that is left alone since it fails at everything. */
export interface Quarantine {
  since: number
  error: string
}

export interface LogHit {
  step: string
  attempt: number
  stream: 'stdout' | 'stderr'
  line: string
  /** From 1, in the log of that attempt. */
  lineNumber: number
}

export interface LogSearch {
  /** Name of the run's DAG. */
  name: string
  /** Ids of the runs that it has called, whose logs are their own. */
  called: string[]
  hits: LogHit[]
  /** Characters that were looked at. */
  looked: number
  /** Logs in sealed segments or still on a host, which are for the caller to read. */
  elsewhere: { step: string; attempt: number; stream: 'stdout' | 'stderr'; index: StepLogIndex }[]
}

export interface RunApi {
  /**
   * A run of this definition is to be created here soon after `at` (epoch ms): what can be done ahead is. Nothing depends on it, and
   * nothing becomes of it where the run does not come.
   */
  ready(request: { dagHash: string; dagJson: string; at: number }): void
  /** Idempotent by run id: a run that exists keeps its state. Answers its present line, or why it cannot be made. */
  create(request: {
    spec: RunSpec
    dagJson: string
    /** A called run whose parent has been stopped: it comes to life only to be ended, and asks for nothing. */
    stopped?: { by: string }
  }): Result<RunSummary, { code: 'taken' | 'gone'; message: string }>
  /** The run's line as it is now; null: unknown run. */
  summary(runId: string): RunSummary | null
  /** From Runner: new text of a followed stream. */
  tailed(runnerId: string, tail: Tail): void
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
  /** Values of the profile and of registry secrets, for a runner that holds a plan of this attempt. */
  attemptSecrets(
    runnerId: string,
    request: { runId: string; attempt: number },
  ): Result<AttemptSecrets, { code: string; message: string }>
  runnerLost(runnerId: string, runId: string, since: number): void
  /** From Fleet: room has become free for a waiting run. */
  roomGranted(runId: string, grant: Assignment): void
  stop(runId: string, request: { by: string; abandon?: boolean }): Result<null, { code: string; message: string }>
  retry(
    runId: string,
    request: {
      by: string
      slot?: { queue: string; hold: number }
      /** A called run whose parent has been stopped: the attempt is made only to be ended. */
      stopped?: { by: string }
      /** Attempt that this makes: a run that has got so far has taken the request before. */
      attempt?: number
    } & RetryScope,
  ): Result<null, { code: string; message: string }>
  /** May this finished run get an attempt, of this step? What the answer says of its parent; null: it has none. */
  retryable(
    runId: string,
    request: { step?: string },
  ): Result<{ parent: ParentOfRun | null }, { code: string; message: string }>
  /** A run that it has called is run again; where this run has ended, what has to be run again of it instead. */
  retryChild(
    runId: string,
    request: { by: string; child: ChildRetry },
  ): Result<{ ended?: { step: string; parent: ParentOfRun | null } }, { code: string; message: string }>
  setStepStatus(
    runId: string,
    request: { by: string; step: string; status: 'succeeded' | 'failed' },
  ): Result<null, { code: string; message: string }>
  /** A failed run will not be retried by itself: it counts as aborted. */
  cancelRetry(runId: string, request: { by: string }): Result<null, { code: string; message: string }>
  /** An approval, a rejection or a push-back of a step that waits: the first one counts. */
  decide(
    runId: string,
    request: DecisionRequest,
  ): Result<{ step: string; resumed: boolean; iteration: number }, DecisionRefusal>
  /** What a run of the definition `dagJson` could take over of this one; null: unknown run. */
  planImports(runId: string, request: { dagJson: string; wanted?: string[] }): ImportPlan | null
  /** These steps as another run takes them over; null: unknown run. */
  importedSteps(runId: string, steps: string[]): ImportedStep[] | null
  /** From its Dag: the queue has a place for the run, which goes on after an approval. */
  slotGranted(runId: string, slot: { queue: string; hold: number }): void
  /** REST run details (rest-observed section 3) as JSON, from state or from the pack; null: unknown run. */
  details(runId: string): DAGRunDetails | null
  /** Captured outputs for `/outputs`. */
  outputs(runId: string): DAGRunOutputs | null
  /** The engine's own log of the run: one `time=… level=… msg=…` line per event. */
  events(runId: string): string[] | null
  /** What is known of the run's artifacts; null: unknown run. */
  artifacts(runId: string): RunArtifacts | null
  /** All executions of the run's present attempt, or the one with this number. */
  stepLog(runId: string, step: string, stream: 'stdout' | 'stderr', attempt?: number): StepLogIndex | null
  /** From a called run: what has become of it. Durable before it answers; repeated and late news change nothing. */
  childChanged(runId: string, news: ChildNews): void
  /** What a parent asks of a called run that it has not heard of; null: unknown run. */
  news(runId: string): ChildNews | null
  /** Hash of the text that a called run was made from, where that is not its root's. */
  specHash(runId: string): string | null
  /** Runs that this one has called, in the order of steps and items; null: unknown run. */
  children(runId: string): SubRun[] | null
  /** Looks for a text in its logs: hits in what is kept with the run, and where the rest of the stored logs is. Null: unknown run. */
  searchLogs(runId: string, request: { text: string; limit: number }): LogSearch | null
  /** Ends a quarantine; a run that is well stays as it is. */
  repair(runId: string): Result<null, { code: string; message: string }>
  /** `unknown`: this object has never seen the run. */
  poke(runId: string): 'unknown' | 'active' | 'finished'
  /** Ids of the runs that it has called: they are deleted before it. */
  called(runId: string): string[]
  /** Runners whose hosts may keep files of it. */
  hosts(runId: string): string[]
  /** Deletes all that is stored of it. */
  forget(runId: string): void
}
