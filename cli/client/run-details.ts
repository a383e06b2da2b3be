// Details of runs as commands read them.
import type { DAGRunNode as NodeDetails, DAGRunDetails as RunDetails } from '@edgedag/core/api/generated/answers'

export type { NodeDetails, RunDetails }
export type SubRun = NodeDetails['subRuns'][number]

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
