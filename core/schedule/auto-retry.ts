// When a failed run is retried by its DAG's own policy (semantics 18.4): delays grow by the policy and count from the end of the attempt.
import type { DagRetryPolicy } from '../spec/dag.ts'

export type AutoRetry = { decision: 'exhausted' } | { decision: 'retry' | 'wait'; dueAt: number }

/** `retriesDone`: automatic retries so far; times are epoch ms. */
export function decideAutoRetry(
  policy: DagRetryPolicy,
  failed: { retriesDone: number; finishedAt: number },
  now: number,
): AutoRetry {
  if (failed.retriesDone >= policy.limit) return { decision: 'exhausted' }
  const growth = (policy.backoff ?? 1) ** failed.retriesDone
  const delaySec = Math.min(policy.intervalSec * growth, policy.maxIntervalSec)
  const dueAt = failed.finishedAt + delaySec * 1000
  return { decision: dueAt <= now ? 'retry' : 'wait', dueAt }
}
