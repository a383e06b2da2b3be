// What the host remembers of a run: the values that the records of its journal are folded into, and their form in a snapshot.
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { Plan, StopOrder } from '@edgedag/core/protocol/plans'

/** Captured values as they are. Where that makes a difference an event carries them masked, and these sealed. */
export interface RawResult {
  outputs?: Record<string, string>
  structured?: Record<string, unknown>
}

/** A moment on the clock that does not jump: milliseconds of uptime of one boot. */
export interface Deadline {
  bootId: string
  uptimeMs: number
}

export type FinishedEvent = Extract<AgentEvent, { type: 'finished' }>
export type Stream = 'stdout' | 'stderr'

export interface PlanState {
  plan: Plan
  /** Items with a result; the next one to do is `items[done]`. */
  done: number
  /** Started and without a result. `told`: the control plane is told of the start. */
  running?: {
    step: string
    attempt: number
    at: number
    told: boolean
    /** The host has restarted since: what the disk does not show of its process may have been all the same. */
    rebooted?: boolean
  }
  ended: boolean
  /** An item did not end in a plain success: nothing more of the plan starts. */
  over?: boolean
}

/** A log that does not travel inside `finished`. */
export interface UploadState {
  step: string
  attempt: number
  stream: Stream
  /** Bytes, lines and number of the segments that are in R2. */
  sealed: number
  lines: number
  seq: number
  /** Final length in bytes, once known. */
  final?: number
}

export interface LocalResult extends RawResult {
  attempt: number
  outcome: FinishedEvent['outcome']
  exitCode: number
  /** Values that hold a secret, as they are, under the run's key. */
  sealed?: string
  stdoutPath?: string
  stderrPath?: string
}

export interface Waiting {
  event: AgentEvent
  json: string
}

export interface HostRun {
  runId: string
  attempt: number
  /** Newest context of the attempt; absent: 0. */
  rev?: number
  deadline?: Deadline
  /** Number of the last report made. */
  seq: number
  /** Of `waiting`, so many are in the report in flight; 0: none is. */
  inFlight: number
  waiting: Waiting[]
  /** `finished` events among `waiting`. */
  unackedResults: number
  plans: Map<string, PlanState>
  /** Plans that are over and acknowledged, or dropped, and stop orders that are answered: they are not taken again. */
  past: Set<string>
  results: Map<string, LocalResult>
  stops: Map<string, StopOrder>
  uploads: Map<string, UploadState>
  /** Attempt whose artifacts are all told of. */
  artifactsSettled?: number
  end?: 'finished' | 'unknown'
}

export interface StoredHostRun extends Omit<HostRun, 'waiting' | 'plans' | 'past' | 'results' | 'stops' | 'uploads'> {
  waiting: AgentEvent[]
  plans: PlanState[]
  past: string[]
  results: [string, LocalResult][]
  stops: StopOrder[]
  uploads: UploadState[]
}
