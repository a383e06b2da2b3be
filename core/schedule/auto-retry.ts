// When a failed run is retried by its DAG's own policy (semantics 18.4): delays grow by the policy and count from the end of the attempt,
// and one that came due while nothing could make it is made up to 24 hours late.
import type { DagRetryPolicy } from '../spec/dag.ts'

/** Who asks for the retries of a DAG's own policy. */
export const AUTO = 'auto'

/** A retry that nothing was there to make is still made this much late; later it would surprise more than help. */
export const RETRY_WINDOW_MS = 24 * 3_600_000

export type AutoRetry = { decision: 'exhausted' | 'expired' } | { decision: 'retry' | 'wait'; dueAt: number }

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
  if (now - dueAt > RETRY_WINDOW_MS) return { decision: 'expired' }
  return { decision: dueAt <= now ? 'retry' : 'wait', dueAt }
}
