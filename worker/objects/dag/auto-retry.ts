// When the DAG that a run has pinned retries it by itself.
import { decideAutoRetry } from '@edgedag/core/schedule/auto-retry'
import type { Dag } from '@edgedag/core/spec/dag'
import type { DagStore, RunRow } from './store.ts'

/** Epoch ms at which a failed run is to be retried; null: never. `retriesDone`: automatic ones so far. */
export function autoRetryAt(store: DagStore, row: RunRow, retriesDone: number, now: number): number | null {
  const pinned = store.pinned(row.spec.dagHash)
  const policy = pinned === null ? undefined : (JSON.parse(pinned.json) as Dag).retryPolicy
  if (policy === undefined) return null
  const retry = decideAutoRetry(policy, { retriesDone, finishedAt: row.summary.finishedAt ?? now }, now)
  return 'dueAt' in retry ? retry.dueAt : null
}
