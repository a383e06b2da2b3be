// Is there a Run object for a run yet? Promise: a run that was accepted an instant ago is waited for, one in a queue is not.
import type { RunSummary } from '../objects/contracts.ts'
import type { ApiDeps } from './deps.ts'
import { runStub } from './find-run.ts'

const PAUSES_MS = [10, 20, 50, 100, 200, 400]

/** False: the run waits in a queue, or its object does not come into being. A run that waits for a runner has one. */
export async function hasComeToLife(deps: ApiDeps, { runId, status, queuedAt }: RunSummary): Promise<boolean> {
  const run = runStub(deps, runId)
  if ((await run.poke(runId)) !== 'unknown') return true
  if (status === 'queued' && queuedAt !== null) return false
  for (const pauseMs of PAUSES_MS) {
    await deps.pause(pauseMs)
    if ((await run.poke(runId)) !== 'unknown') return true
  }
  return false
}
