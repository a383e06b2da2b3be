// What a run wants done: the answer of transition() beside the new state. Each is derived again until its answer is known.
import type { RunFrame } from '../protocol/frames.ts'
import type { ChildOrder } from './children/child-types.ts'

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
