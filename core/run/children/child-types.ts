// Runs that call runs: what a child knows of its parent, and the words between the two (semantics 16).
import type { SealedOutputs } from '../../vault/sealed-outputs.ts'
import type { RunStatus } from '../status.ts'

/** What a called run knows of the run that has called it. */
export interface ParentOfRun {
  runId: string
  /** Name of the parent's DAG. */
  name: string
  /** The step that calls. */
  step: string
  /** The run at the top: under it all are listed, addressed, kept and deleted. */
  rootRunId: string
  rootName: string
  /** 1 for a child of a top-level run. */
  depth: number
  /** The parent's runner, on which the child runs unless a selector or a source says otherwise. */
  runnerId?: string
  /** The parent's explicit working directory on that runner. */
  workingDir?: string
}

/** The DAG that a step calls: a document of the same file, or a pinned stored one. */
export type CalledDag =
  | { kind: 'local'; name: string }
  | {
      kind: 'stored'
      name: string
      dagId: string
      fileName: string
      /** Hash of the pinned JSON, which the parent keeps. */
      hash: string
      /** Hash of its text. */
      specHash?: string
      source?: { runner: string; dir: string }
    }

/** What of a finished run is run again: what did not succeed, or one step, `onward` with all behind it. */
export interface RetryScope {
  step?: string
  onward?: boolean
  /** `step` calls runs: of those this one alone. */
  child?: ChildRetry
}

/** One called run that is run again, its siblings as they are. */
export interface ChildRetry extends RetryScope {
  id: string
}

/** All that is needed to create a child (again), to retry or to stop it. */
export interface ChildOrder {
  id: string
  /** Attempt of the child run that this makes; 1: create it. */
  attempt: number
  /** Masked where they hold a secret. */
  params: string
  /** They hold a secret: as they are, encrypted (core/vault/sealed-params.ts). */
  sealed?: string
  step: string
  dag: CalledDag
  workingDir?: string
  /** What of it is run again, where somebody asked for less than all that did not succeed. */
  again?: RetryScope
}

/** What a parent has to know of a child. */
export interface ChildNews {
  id: string
  /** Attempt of the child run that this is about. */
  attempt: number
  status: RunStatus
  startedAt: number | null
  finishedAt: number | null
  /** Where it runs or ran. */
  runner: string | null
  error?: string
  /** Captured variables of a run that is over. */
  outputs?: Record<string, string>
  /** Those of them that hold a secret, which `outputs` has masked. */
  sealedOutputs?: SealedOutputs[]
  /** It never came to life: there is no run of this id. */
  refused?: true
  /** Somebody has set the status of a step after its end: this word may differ from the one before. */
  amended?: true
}
