// What a run remembers of one node: a step or a handler.
import type { ConditionResult } from '../protocol/frames.ts'
import type { StepStatus } from './status.ts'

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

/** What a step leaves for those behind it, as it is taken over. */
export type ImportedStep = Pick<StepRecord, 'name' | 'status'> &
  Partial<
    Pick<
      StepRecord,
      | 'startedAt'
      | 'finishedAt'
      | 'exitCode'
      | 'commands'
      | 'host'
      | 'outputs'
      | 'structured'
      | 'stdoutPath'
      | 'stderrPath'
      | 'approval'
    >
  >

/** The record of a node that nothing has happened to. */
export function freshStep(name: string): StepRecord {
  return { name, status: 'not_started', attempt: 0, result: 0, retryCount: 0, doneCount: 0 }
}
