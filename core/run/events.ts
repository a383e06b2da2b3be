// What happens to a run: the only input of transition().
import type { AgentEvent } from '../protocol/frames.ts'
import type { CalledDag, ChildNews, ChildRetry, RetryScope } from './children/child-types.ts'
import type { RunSpec } from './run-spec.ts'
import type { ImportedStep } from './step-record.ts'

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
  /** Nothing but that the clock shows less than it did. */
  | { type: 'clock_set_back' }
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
