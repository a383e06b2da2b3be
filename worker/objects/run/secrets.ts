// Secrets of a run's attempt, between the Vault and the runner that holds it. Promise: nothing of them touches the run's state, and
// what a runner reports is masked here again.
import type { Report } from '@edgedag/core/protocol/frames'
import { maskEvent } from '@edgedag/core/redact/mask-report'
import { createMasker, type Masker } from '@edgedag/core/redact/masker'
import { err } from '@edgedag/core/result'
import { workspaceOfLabels } from '@edgedag/core/spec/workspace'
import { type AttemptSecrets, secretValues } from '@edgedag/core/vault/resolved'
import { paramsBinding } from '@edgedag/core/vault/sealed-params'
import type { ObjectHost } from '../../host/port.ts'
import type { Outcome } from '../contracts/vault.ts'
import { type AttemptRequest, type Kinds, SINGLETON } from '../contracts.ts'
import type { LoadedRun } from './loaded.ts'

export class RunSecrets {
  readonly #host: ObjectHost<Kinds>
  /** By run: of its present attempt, and of as many sealed outputs of called runs. */
  readonly #maskers = new Map<string, { attempt: number; sealed: number; masker: Promise<Masker> }>()

  constructor(host: ObjectHost<Kinds>) {
    this.#host = host
  }

  /** For a runner with a plan of this attempt; another one is told that it has none. */
  async give(run: LoadedRun | null, runnerId: string, attempt: number): Promise<Outcome<AttemptSecrets>> {
    if (run === null || !holds(run, runnerId, attempt))
      return err({ code: 'forbidden', message: 'this runner does not hold that attempt of the run' })
    return await this.#host.object('vault', SINGLETON).attempt(requestOf(run))
  }

  /** Masks what is said of the run; undefined: it has nothing of the Vault. Rejects where the Vault does not answer. */
  masker(run: LoadedRun): Promise<Masker> | undefined {
    const request = requestOf(run)
    const hasDefaults = run.state.head.spec.profileDefaults === true
    const { outputs } = request
    const isEmpty =
      request.profile === undefined && request.refs.length === 0 && request.params === undefined && !outputs
    if (isEmpty && !hasDefaults) return undefined
    const known = this.#maskers.get(request.runId)
    const sealed = outputs?.length ?? 0
    if (known?.attempt === request.attempt && known.sealed === sealed) return known.masker
    if (this.#maskers.size >= MAX_MASKERS) this.#maskers.clear()
    const masker = this.#ask(request)
    this.#maskers.set(request.runId, { attempt: request.attempt, sealed, masker })
    return masker
  }

  /** An attempt that was given nothing (its profile is disabled, say) has nothing to mask; it is asked for again next time. */
  async #ask(request: AttemptRequest): Promise<Masker> {
    try {
      const given = await this.#host.object('vault', SINGLETON).attempt(request)
      if (!given.ok) this.#maskers.delete(request.runId)
      return createMasker(given.ok ? secretValues(given.value) : [])
    } catch (error) {
      this.#maskers.delete(request.runId)
      throw error
    }
  }
}

const MAX_MASKERS = 1_000
const MAX_OUTPUTS = 8 * 1024 * 1024

export const maskedReport = (report: Report, masker: Masker): Report =>
  masker.active ? { ...report, events: report.events.map(event => maskEvent(event, masker)) } : report

const holds = ({ state }: LoadedRun, runnerId: string, attempt: number): boolean =>
  state.head.attempt === attempt && [...state.plans.values()].some(plan => plan.runnerId === runnerId)

/** The labels are those of the pinned DAG: what a caller adds at a start opens no other workspace. */
function requestOf({ state, dag }: LoadedRun): AttemptRequest {
  const { attempt, spec } = state.head
  const { parent, sealedParams } = spec
  const outputs = state.head.sealedOutputs ? outputsOfChildren(state) : []
  return {
    runId: spec.runId,
    attempt,
    workspace: workspaceOfLabels(dag.labels),
    refs: [...new Set(dag.secrets.flatMap(({ ref }) => (ref === undefined ? [] : [ref])))],
    ...(spec.profile === undefined ? {} : { profile: spec.profile }),
    ...(parent === undefined || sealedParams === undefined
      ? {}
      : { params: { sealed: sealedParams, parentRunId: parent.runId, binding: paramsBinding(parent) } }),
    ...(outputs.length === 0 ? {} : { outputs }),
  }
}

/** Sealed outputs of the newest call of each step, as far as they fit into one request. */
function outputsOfChildren({ calls, children }: LoadedRun['state']): NonNullable<AttemptRequest['outputs']> {
  let left = MAX_OUTPUTS
  return [...children.values()]
    .filter(child => calls.get(child.step)?.round === child.round)
    .flatMap(child => (child.sealedOutputs ?? []).map(sealed => ({ ...sealed, runId: child.id })))
    .filter(({ text }) => {
      left -= text.length
      return left >= 0
    })
}
