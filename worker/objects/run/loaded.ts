// A run in memory: its state and what only the sender of messages knows. Promise: everything here can be lost; state comes back from
// the journal, and what was delivered is delivered again.

import type { RunFrame } from '@edgedag/core/protocol/frames'
import { type Delivered, endKey, NOTHING_DELIVERED, pending } from '@edgedag/core/run/pending'
import type { RunState } from '@edgedag/core/run/state'
import { summarise } from '@edgedag/core/run/summary'
import type { Dag } from '@edgedag/core/spec/dag'
import { sha256Hex } from '../../store/hash.ts'
import type { RunSummary } from '../contracts.ts'

export interface LoadedRun {
  readonly runId: string
  readonly dag: Dag
  readonly dagHash: string
  readonly uploadKey: string
  state: RunState
  delivered: Delivered & { started: Set<string>; stopped: Set<string>; ended: Set<string>; sending: Set<string> }
  /** Commands are being delivered again: once at a time. */
  delivering: boolean
  /** When the run was seen to be ready for its pack; null: not yet. */
  packableSince: number | null
}

/** A run as it comes from its rows or its pack. */
export function loadedRun({ state, dag }: { state: RunState; dag: Dag }, uploadKey = ''): LoadedRun {
  const { runId, dagHash } = state.head.spec
  return {
    runId,
    dag,
    dagHash,
    uploadKey,
    state,
    delivered: nothingDelivered(),
    delivering: false,
    packableSince: null,
  }
}

const nothingDelivered = () => ({
  ...NOTHING_DELIVERED,
  started: new Set<string>(),
  stopped: new Set<string>(),
  ended: new Set<string>(),
  sending: new Set<string>(),
})

/** A frame has gone out: with the end of the run in it, the host has heard of that. */
export function noteSent(run: LoadedRun, runnerId: string, frame: RunFrame | null, { attempt } = run.state.head): void {
  if (frame?.end !== undefined) run.delivered.ended.add(endKey(runnerId, { attempt }))
}

export const summaryOf = (run: LoadedRun): RunSummary => summarise(run.state, run.dag)

export const hasEnded = (run: Pick<LoadedRun, 'state'>): boolean => run.state.head.phase === 'ended'

/** Log segments that are missing this long after the end are given up. */
const LOGS_GIVEN_UP_MS = 7 * 86_400_000

/** The run is over and all its logs are here, or given up. */
export function isPackable(run: LoadedRun): boolean {
  if (!hasEnded(run)) return false
  return pending(run.state, run.dag, { now: 0, newId: () => '', sha256: sha256Hex }, run.delivered).some(
    owed => owed.type === 'pack',
  )
}

export const logsGivenUpAt = (run: LoadedRun): number =>
  (run.state.head.finishedAt ?? run.state.head.spec.createdAt) + LOGS_GIVEN_UP_MS

/** Logs that have not come long after the end never will: they are shown as cut, and the run can be packed. */
export const mustGiveUpLogs = (run: LoadedRun, now: number): boolean =>
  hasEnded(run) && !run.state.head.logsSettled && now >= logsGivenUpAt(run) && !isPackable(run)
