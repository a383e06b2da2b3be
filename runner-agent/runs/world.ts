// What everything inside one run shares: the values it was prepared with, where its files are, and how to say what happened.
import type { ConditionOutcome } from '@edgedag/core/expr/condition'
import type { RunResults } from '@edgedag/core/expr/results'
import type { RunScope } from '@edgedag/core/expr/run-scope'
import type { AgentEvent, ConditionResult } from '@edgedag/core/protocol/frames'
import type { RunContext } from '@edgedag/core/protocol/plans'
import type { Mask } from '@edgedag/core/redact/mask'
import { type SideKind, sideNodes } from '@edgedag/core/run/mail-nodes'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import type { Sealer } from '@edgedag/core/vault/sealer'
import type { RunPaths } from '../state/paths.ts'
import type { AgentHost } from './host.ts'
import type { HostRun } from './host-run-state.ts'
import type { RunLogs } from './run-logs.ts'
import type { LearntSecrets } from './scope-store.ts'

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
  /** Steps, handlers and mails by the names of their nodes. */
  nodes: ReadonlyMap<string, { step: Step; handler?: SideKind }>
  /** Absent until the run is prepared. */
  scope?: RunScope
  mask: Mask
  /** Seals captured values that hold secrets; absent: the run has none, or is not prepared. */
  sealer?: Sealer
  logs: RunLogs
  /** DAG_RUN_ARTIFACTS_DIR; undefined: artifacts are not enabled. */
  artifactsDir: string | undefined
  /** Values that came with what it has called: nobody may see them, from here on and after a restart of the agent. */
  learn(more: LearntSecrets): void
  /** The agent has ended: nothing more is started or said here. */
  closed(): boolean
  /** Journals and reports, at the latest `withinMs` from now. */
  emit(event: AgentEvent, withinMs: number): void
}

/** Steps first: a step that is called like a handler keeps its name. */
export const nodesOf = (dag: Dag): RunWorld['nodes'] => {
  const nodes = new Map<string, { step: Step; handler?: SideKind }>()
  for (const [name, { kind, step }] of sideNodes(dag)) nodes.set(name, { step, handler: kind })
  for (const step of dag.steps) nodes.set(step.name, { step })
  return nodes
}

/** Conditions as they travel: secrets masked. */
export const conditionResults = (outcomes: readonly ConditionOutcome[], mask: Mask): ConditionResult[] =>
  outcomes.map(outcome => (outcome.error === undefined ? outcome : { ...outcome, error: mask.text(outcome.error) }))
