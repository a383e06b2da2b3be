// Which finished runs a DAG's history no longer keeps. A number of runs goes before a number of days; 0 days keep the newest run only,
// negative days keep all.
import type { Dag } from '@edgedag/core/spec/dag'
import type { DagStore } from './dag-store.ts'

const BATCH = 20
const DAY_MS = 86_400_000

/** Ids of a batch of runs to delete, oldest first. Runs in progress are never among them. */
export function expiredRuns(
  store: Pick<DagStore, 'oldest'>,
  { histRetentionRuns, histRetentionDays }: Pick<Dag, 'histRetentionRuns' | 'histRetentionDays'>,
  now: number,
): string[] {
  if (histRetentionRuns !== undefined) return store.oldest(histRetentionRuns, BATCH).map(row => row.runId)
  if (histRetentionDays < 0) return []
  if (histRetentionDays === 0) return store.oldest(1, BATCH).map(row => row.runId)
  const cutoff = now - histRetentionDays * DAY_MS
  return store
    .oldest(0, BATCH)
    .filter(row => (row.summary.finishedAt ?? row.summary.createdAt) < cutoff && row.duty.retryAt === undefined)
    .map(row => row.runId)
}
