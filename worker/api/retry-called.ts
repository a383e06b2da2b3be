// One called run is run again, and the runs above it take its result in: the nearest one that goes on takes it at once; where all have
// ended, the run at the top gets an attempt that leads down to it. Promise: each of them checks for itself; nothing is changed before all agree.

import { ok, type Result } from '@edgedag/core/result'
import type { ChildRetry, RetryScope } from '@edgedag/core/run/children/child-types'
import type { ApiDeps } from './deps.ts'
import { type FoundRun, runStub } from './find-run.ts'

type Refusal = { code: string; message: string }

/** `found` is below `top`; what of it runs again is `scope`. */
export async function retryCalled(
  deps: ApiDeps,
  { top, found, scope, by }: { top: FoundRun; found: FoundRun; scope: RetryScope; by: string },
): Promise<Result<null, Refusal>> {
  const target = await found.run.retryable(found.runId, scope.step === undefined ? {} : { step: scope.step })
  if (!target.ok) return target
  let child: ChildRetry = { id: found.runId, ...scope }
  for (let parent = target.value.parent; parent !== null; ) {
    const answer = await runStub(deps, parent.runId).retryChild(parent.runId, { by, child })
    if (!answer.ok) return answer
    const { ended } = answer.value
    if (ended === undefined) return ok(null)
    const above = { step: ended.step, onward: true, child }
    if (ended.parent === null) return top.dag.retry(parent.runId, { by, ...above })
    child = { id: parent.runId, ...above }
    parent = ended.parent
  }
  return top.dag.retry(found.runId, { by, ...scope })
}
