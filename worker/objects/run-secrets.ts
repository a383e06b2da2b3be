// Secrets of a run's attempt, between the Vault and the runner that holds it. Promise: nothing of them touches the run's state.
import { err } from '@edgedag/core/result'
import { workspaceOfLabels } from '@edgedag/core/spec/workspace'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import type { ObjectHost } from '../host/port.ts'
import type { Outcome } from './contracts/vault.ts'
import { type AttemptRequest, type Kinds, SINGLETON } from './contracts.ts'
import type { LoadedRun } from './run-loaded.ts'

export class RunSecrets {
  readonly #host: ObjectHost<Kinds>

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  /** For a runner with a plan of this attempt; another one is told that it has none. */
  async give(run: LoadedRun | null, runnerId: string, attempt: number): Promise<Outcome<AttemptSecrets>> {
    if (run === null || !holds(run, runnerId, attempt))
      return err({ code: 'forbidden', message: 'this runner does not hold that attempt of the run' })
    return await this.#host.object('vault', SINGLETON).attempt(requestOf(run))
  }
}

const holds = ({ state }: LoadedRun, runnerId: string, attempt: number): boolean =>
  state.head.attempt === attempt && [...state.plans.values()].some(plan => plan.runnerId === runnerId)

/** The labels are those of the pinned DAG: what a caller adds at a start opens no other workspace. */
function requestOf({ state, dag }: LoadedRun): AttemptRequest {
  const { attempt, spec } = state.head
  return {
    runId: spec.runId,
    attempt,
    workspace: workspaceOfLabels(dag.labels),
    refs: [...new Set(dag.secrets.flatMap(({ ref }) => (ref === undefined ? [] : [ref])))],
    ...(spec.profile === undefined ? {} : { profile: spec.profile }),
  }
}
