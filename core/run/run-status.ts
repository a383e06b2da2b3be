// The status of a run from its steps (semantics 4.2, with DESIGN section 5 for stops).
import type { Draft } from './draft.ts'
import type { RunStatus } from './status.ts'

/** No step may start any more, for whatever reason. */
export function isHalting(d: Draft): boolean {
  const { head } = d
  return (
    head.cancel !== null || head.timedOut || head.error !== null || (head.phase !== 'handlers' && head.stop !== null)
  )
}

/** What the steps say once nothing runs any more; handlers do not count here. */
export function stepsOutcome(d: Draft): RunStatus {
  const { head, index } = d
  const { counts } = index
  if (head.error !== null || head.timedOut) return 'failed'
  if (head.cancel !== null) return 'aborted'
  if (head.stop !== null && counts.aborted + counts.not_started > 0) return 'aborted'
  if (counts.rejected > 0) return 'rejected'
  if (counts.failed > index.covered) return 'failed'
  const partial = counts.partially_succeeded > 0 || (index.covered > 0 && counts.succeeded > 0)
  if (partial && counts.aborted === 0) return 'partially_succeeded'
  if (index.covered > 0) return 'failed'
  if (counts.aborted > 0) return 'aborted'
  return 'succeeded'
}
