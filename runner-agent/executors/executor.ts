// What a step type is on a host: one file, one object of this interface, one line in the registry.

import type { Job } from '@edgedag/core/expr/command-line'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import type { Attachment, StepRequest } from '@edgedag/steps/step'
import type { Stream } from '../runs/host-run-state.ts'

/** How the work of a step ended, before outputs and policies are looked at. */
export interface ExecutorEnd {
  exitCode: number
  /** Why it failed; absent after success. */
  error?: string
  /** The process is dead and nobody knows how it ended. */
  lost?: true
}

export interface ProcessRequest {
  /** Number of the process within the step, from 0: a restarted agent finds it again by this. */
  index: number
  argv: string[]
  /** Where its standard output goes instead of the step's log. */
  stdoutPath?: string
}

export interface ExecutorContext {
  dag: Dag
  step: Step
  /** What a typed step is told to do, with variables filled in. */
  request: StepRequest
  /** See StepPorts. */
  runLogs(steps: readonly { name: string; attempt: number }[] | 'all', maxBytes: number): Attachment[]
  /** Names this attempt all over the world. */
  identity: string
  /** Processes of a shell step, in order. */
  jobs: readonly Job[]
  env: Record<string, string>
  cwd: string
  /** What the names of this attempt's files begin with. */
  dir: string
  /** The step has to end; what is done so far stays. */
  isInterrupted(): boolean
  /** The same, as a signal for what takes one. */
  signal(): AbortSignal
  /** Runs a process whose output goes to the step's logs; takes it up again when an earlier agent had started it. */
  run(request: ProcessRequest): Promise<ExecutorEnd>
  /** Adds to a log of the step. */
  write(stream: Stream, text: string): void
}

export interface StepExecutor {
  types: readonly string[]
  /** Doing it again changes nothing: a step cut off by the agent's end may simply be done again. */
  isRepeatable(request: StepRequest): boolean
  /** Its work is processes, which a restarted agent finds again. */
  isProcess?: true
  execute(context: ExecutorContext): Promise<ExecutorEnd>
}
