// Starting runs. Promise: an id is answered only after the DAG has made the run durable.

import { err, ok, type Result } from '@edgedag/core/result'
import type { Principal } from '../auth/authenticator.ts'
import type { StartRequest } from '../objects/contracts.ts'
import type { Refusal } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import type { FoundDag } from './find-dag.ts'
import { runStub } from './find-run.ts'
import { problem, refused } from './problem.ts'
import { rememberRun } from './recent-runs.ts'
import type { StartFields } from './schemas.ts'
import { usableProfile } from './use-profile.ts'

/** The request to a DAG from what a client sent; empty texts count as absent, `tags` is the former name of `labels`. */
export function startRequest(fields: StartFields, caller: Principal | null, mode: StartRequest['mode']): StartRequest {
  const { params, dagRunId, dagName, singleton, queue, priority, triggerType, profile } = fields
  const labels = [...(fields.labels ?? []), ...(fields.tags ?? [])]
  return {
    trigger: triggerType ?? 'manual',
    mode,
    ...(params === undefined || params === '' ? {} : { params }),
    ...(dagRunId ? { runId: dagRunId } : {}),
    ...(dagName ? { dagName } : {}),
    ...(singleton === undefined ? {} : { singleton }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(queue ? { queue } : {}),
    ...(priority === undefined ? {} : { priority }),
    ...(profile === undefined ? {} : { profile }),
    ...(caller === null ? {} : { by: caller.name }),
  }
}

/**
 * Starts or enqueues; the run's id, or the answer that refuses it. `caller` null: whoever asks may use the profile that is named.
 */
export async function startRun(
  deps: ApiDeps,
  found: FoundDag,
  request: StartRequest,
  caller: Principal | null = null,
): Promise<Result<string, Refusal>> {
  // Run objects are found by run id alone, so an id is good for one run of the whole installation.
  if (request.runId !== undefined && (await runStub(deps, request.runId).poke(request.runId)) !== 'unknown') {
    return err(problem('already_exists', `dag-run ID ${request.runId} already exists`))
  }
  const profile = await usableProfile(deps, request.profile, caller)
  if (!profile.ok) return profile
  const started = await found.dag.start(request)
  if (!started.ok) return err(refused(started.error))
  rememberRun(deps, started.value.runId, found.dagId)
  return ok(started.value.runId)
}
