// The boundary of the engine: what happens to a run (RunEvent), what it wants done (RunCommand), and the words of its statuses.
// The state itself is core/run/state.ts; transition() is the only thing that decides.
import type { AgentEvent, RunFrame } from '../protocol/frames.ts'
import type { CalledDag, ChildNews, ChildOrder, ChildRetry, ParentOfRun, RetryScope } from './children/child-types.ts'
import type { ImportedStep } from './imports.ts'

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

export type TriggerType = 'unknown' | 'scheduler' | 'manual' | 'webhook' | 'subdag' | 'retry' | 'catchup'

/** What was accepted by the Dag: everything a Run needs to come to life (or to be created again). */
export interface RunSpec {
  runId: string
  dagId: string
  dagName: string
  /** File name without extension under which the DAG is listed; empty for inline DAGs. */
  fileName: string
  /** SHA-256 (hex) of the pinned DAG's JSON. */
  dagHash: string
  trigger: TriggerType
  params?: string | Record<string, unknown>
  /** In place of `params`, of a called run: they hold a secret of its parent (core/vault/sealed-params.ts). */
  sealedParams?: string
  /** Display string and list of the parameters as far as known at accept. */
  paramsDisplay: string
  labels: string[]
  source?: { runner: string; dir: string }
  /** Workers only: neither the edge nor the main instance executes it. */
  workersOnly?: true
  createdAt: number
  queuedAt?: number
  /** Due time in epoch ms of a scheduled run. */
  scheduleTime?: number
  /** The backfill that it belongs to. */
  backfill?: string
  /** Held queue slot, released when the run is terminal or waiting. */
  slot?: { queue: string; hold: number }
  requestedBy?: string
  /** What a webhook brought. */
  webhook?: WebhookInput
  /** Global queue through which it was put. */
  queue?: string
  /** Runs of its DAG with the same key exclude each other. */
  concurrency?: { key: string; limit: number; onConflict: 'queue' | 'cancel' | 'skip' }
  /** Runtime profile: its values are read anew when an attempt starts; children and retries inherit the name. */
  profile?: string
  /** The installation or the workspace has default values for its environment. */
  profileDefaults?: true
  /** The run that has called this one; absent: a run of its own. */
  parent?: ParentOfRun
  /** Hash of the text that a called run was made from, where that is not its root's. */
  specHash?: string
  /** Steps that it takes over from a former run. */
  imports?: { runId: string; steps: string[] }
}

/** WEBHOOK_PAYLOAD and WEBHOOK_HEADERS of a run. A payload that is too large for a row is a blob of the run. */
export interface WebhookInput {
  payload?: string
  /** Last part of the blob's key. */
  blob?: string
  /** JSON object: lower-case names, lists of values. */
  headers: string
}

/** An answer to an approval. Inputs become variables of the steps that follow (approve) or run again (push back). */
export type Decision =
  | { decision: 'approve'; inputs: Record<string, string> }
  | { decision: 'push_back'; inputs: Record<string, string> }
  | { decision: 'reject'; reason: string }

export interface Assignment {
  runnerId: string
  /** What people call the runner: the name under which it was enrolled. */
  hostname: string
  /** Room granted, in step processes. */
  room: number
  /** The place that asked for it; absent: home. */
  place?: string
}

export type RunEvent =
  /** First event of a run; with an assignment when a runner had room at once. */
  | { type: 'accepted'; spec: RunSpec; assignment?: Assignment; reason?: string; imports?: ImportedStep[] }
  /** Room was granted (more of it, or the first). */
  | { type: 'assigned'; assignment: Assignment }
  /** No runner fits or has room now; shown to the user. */
  | { type: 'unassigned'; reason: string }
  /** A report of the agent, in its order. */
  | { type: 'report'; runnerId: string; seq: number; events: AgentEvent[] }
  /** The agent said hello: these plans of the run are on the host (all others are known dead). */
  | {
      type: 'runner_hello'
      runnerId: string
      bootId: string
      plans: { plan: string; fence: number }[]
      /** The agent knows the run, though it may have no plan of it; absent: only if it lists plans. */
      carried?: boolean
      /** When it was said, by the control plane's clock; absent: after all that was given to the agent. */
      at?: number
    }
  /** The runner was declared lost; its processes may live on. */
  | { type: 'runner_lost'; runnerId: string; since: number }
  | { type: 'timer'; timer: string }
  | { type: 'stop_requested'; by: string; abandon?: boolean }
  /** A new attempt of a finished run: all that did not succeed, or one step only, `onward` with all behind it. */
  | ({ type: 'retry_requested'; by: string; slot?: { queue: string; hold: number } } & RetryScope)
  /** One called run of a step that goes on is run again; checked by retryOfChild before. */
  | { type: 'child_retry_requested'; by: string; child: ChildRetry }
  | { type: 'step_status_set'; by: string; step: string; status: 'succeeded' | 'failed' }
  /** The automatic retry of a failed run is off: the run counts as aborted. */
  | { type: 'retry_cancelled'; by: string }
  /** What a person decided about a waiting step; checked by checkDecision before. */
  | ({ type: 'decided'; by: string; step: string } & Decision)
  /** A resumed run has its place in its queue again. */
  | { type: 'slot_granted'; slot: { queue: string; hold: number } }
  /** All segments of these logs are in R2, or they were given up. */
  | { type: 'logs_settled' }
  /** The DAG that a step calls, pinned, or why there is none. */
  | { type: 'call_resolved'; step: string; attempt: number; dag?: CalledDag; error?: string }
  /** What became of runs that this one has called, in any order; repeated and late news change nothing. */
  | { type: 'children_changed'; news: ChildNews[] }

export type RunCommand =
  /** Send to the runner; derived again while unanswered. */
  | { type: 'send'; runnerId: string; frame: RunFrame }
  /** Ask Fleet for room (in step processes) on the run's runner, or on any that fits. */
  | { type: 'acquire_room'; count: number; runnerId?: string; selector?: Record<string, string>; place?: string }
  | { type: 'release_room'; count: number; runnerId: string }
  | { type: 'release_slot'; queue: string; hold: number }
  /** A run that left its queue while it waited needs a place in it to go on. */
  | { type: 'acquire_slot'; queue: string; since: number }
  /** It needs that place no more. */
  | { type: 'leave_queue'; queue: string }
  /** The run's row at the Dag changed in a way it must know (terminal, waiting, restarted). */
  | { type: 'tell_dag' }
  /** The run is terminal and its logs are complete: pack state, journal and logs into R2. */
  | { type: 'pack' }
  /** Find the DAG that a step calls: `call_resolved` answers. `text`: of the file that the step names. */
  | { type: 'resolve_call'; step: string; attempt: number; target: string; text?: string }
  /** Bring a called run to life (or to its next attempt). */
  | { type: 'start_child'; child: ChildOrder }
  /** End a called run: one that was never created comes to life as stopped. */
  | { type: 'stop_child'; child: ChildOrder; by: string; abandon: boolean }

export interface TransitionContext {
  now: number
  /** New opaque hex id of n characters. */
  newId(length: number): string
  /** SHA-256 of a text's UTF-8 bytes, 64 hex characters. */
  sha256(text: string): string
  /** HMAC key (base64url) that signs the run's log uploads; goes into the context of frames. */
  uploadKey?: string
}
