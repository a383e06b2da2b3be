// What everything inside one run shares: the values it was prepared with, where its files are, and how to say what happened.
import type { ConditionOutcome } from '@edgedag/core/expr/condition'
import type { RunResults, StepResult } from '@edgedag/core/expr/results'
import type { RunScope } from '@edgedag/core/expr/run-scope'
import type { AgentEvent, ConditionResult, RunContext } from '@edgedag/core/protocol/frames'
import { type Dag, HANDLER_NODE_NAMES, type HandlerKind, type Step } from '@edgedag/core/spec/dag'
import type { RawResult } from '../journal/records.ts'
import type { RunPaths } from '../state/paths.ts'
import type { AgentHost } from './host.ts'
import type { HostRun } from './host-run.ts'
import type { Mask } from './mask.ts'
import type { RunLogs } from './run-logs.ts'

export interface RunWorld {
  host: AgentHost
  run: HostRun
  context: RunContext
  dag: Dag
  paths: RunPaths
  /** When the run came to this host, epoch ms. */
  startedAt: number
  /** Shell of the DAG, for conditions and substitutions. */
  shell: readonly string[]
  results: RunResults
  /** Steps and handlers by the names of their nodes. */
  nodes: ReadonlyMap<string, { step: Step; handler?: HandlerKind }>
  /** Absent until the run is prepared. */
  scope?: RunScope
  mask: Mask
  logs: RunLogs
  /** The agent has ended: nothing more is started or said here. */
  closed(): boolean
  /** Journals and reports, at the latest `withinMs` from now. */
  emit(event: AgentEvent, withinMs: number, raw?: RawResult): void
}

/** Steps first: a step that is called like a handler keeps its name. */
export const nodesOf = (dag: Dag): RunWorld['nodes'] => {
  const nodes = new Map<string, { step: Step; handler?: HandlerKind }>()
  for (const [kind, step] of Object.entries(dag.handlers) as [HandlerKind, Step][])
    nodes.set(HANDLER_NODE_NAMES[kind], { step, handler: kind })
  for (const step of dag.steps) nodes.set(step.name, { step })
  return nodes
}

/** Conditions as they travel: secrets masked. */
export const conditionResults = (outcomes: readonly ConditionOutcome[], mask: Mask): ConditionResult[] =>
  outcomes.map(outcome => (outcome.error === undefined ? outcome : { ...outcome, error: mask.text(outcome.error) }))

/** A result as it comes in events and frames, where what is absent may also be undefined. */
interface LooseResult {
  exitCode: number
  outputs?: Record<string, string> | undefined
  structured?: Record<string, unknown> | undefined
  stdoutPath?: string | undefined
  stderrPath?: string | undefined
}

/** What a finished step leaves for later ones. */
export const stepResult = (event: LooseResult): StepResult => ({
  exitCode: event.exitCode,
  ...(event.outputs === undefined ? {} : { outputs: event.outputs }),
  ...(event.structured === undefined ? {} : { structured: event.structured }),
  ...(event.stdoutPath === undefined ? {} : { stdoutPath: event.stdoutPath }),
  ...(event.stderrPath === undefined ? {} : { stderrPath: event.stderrPath }),
})
