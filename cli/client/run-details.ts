// The parts of the REST run details that commands show.

export interface NodeDetails {
  step: { name: string; id?: string; commands?: { command: string; args?: string[] }[] }
  status: number
  statusLabel: string
  startedAt: string
  finishedAt: string
  /** Epoch milliseconds, where the server knows them: the texts are whole seconds. */
  startedAtMs?: number
  finishedAtMs?: number
  error?: string
  exitCode?: number
  attempt?: number
  reason?: string
  retryCount?: number
  /** Runs that the step has called, the first 100, and how many there are by status. */
  subRuns?: SubRun[]
  subRunCounts?: { total: number } & Record<string, number>
}

export interface SubRun {
  dagRunId: string
  dagName?: string
  params?: string
  statusLabel?: string
}

export interface RunDetails {
  name: string
  dagRunId: string
  status: number
  statusLabel: string
  params: string
  startedAt: string
  finishedAt: string
  /** Epoch milliseconds, where the server knows them: the texts are whole seconds. */
  startedAtMs?: number
  finishedAtMs?: number
  reason?: string
  error?: string
  /** Retries of the whole run: how many there were, and how many its DAG allows. */
  autoRetryCount?: number
  autoRetryLimit?: number | null
  nodes: NodeDetails[]
  onInit?: NodeDetails
  onSuccess?: NodeDetails
  onFailure?: NodeDetails
  onAbort?: NodeDetails
  onExit?: NodeDetails
  onWait?: NodeDetails
}

const ACTIVE = new Set(['not_started', 'running', 'queued'])

/** True when nothing more will happen by itself: terminal, or waiting for a person. */
export const isSettled = (run: RunDetails): boolean => !ACTIVE.has(run.statusLabel)

const TERMINAL = new Set(['succeeded', 'partially_succeeded', 'failed', 'aborted', 'rejected'])

/** It is over: neither does it run, nor does it wait for anything. */
export const isTerminalLabel = (label: string): boolean => TERMINAL.has(label)

/** Steps, then the handlers that ran. */
export function allNodes(run: RunDetails): NodeDetails[] {
  const handlers = [run.onInit, run.onWait, run.onSuccess, run.onFailure, run.onAbort, run.onExit]
  return [...run.nodes, ...handlers.filter((n): n is NodeDetails => n !== undefined && n.statusLabel !== 'not_started')]
}
