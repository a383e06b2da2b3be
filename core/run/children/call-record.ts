// What a run remembers of a step that calls runs, and of each of those.
import type { SealedOutputs } from '../../vault/sealed-outputs.ts'
import type { RunStatus } from '../status.ts'
import type { CalledDag, RetryScope } from './child-types.ts'

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
  /** Those of them that hold a secret, encrypted under the child's key. */
  sealedOutputs?: SealedOutputs[]
  /** It never came to life: there is no run of this id. */
  refused?: true
  /** What this attempt runs again, where somebody asked for less than all that did not succeed. */
  again?: RetryScope
}

export const childKey = (step: string, round: number, index: number): string =>
  `${encodeURIComponent(step)}/${round}/${index}`
