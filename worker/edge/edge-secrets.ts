// What a run at the edge has been given and nobody may see: values in outputs of runs that it has called (ADR 67). Promise: they are in
// its memory only; what is told of them is masked, and sealed beside that as a host would do it.
import { type Mask, maskOf, noMask } from '@edgedag/core/redact/mask'
import type { Result } from '@edgedag/core/result'
import type { Hiding } from '@edgedag/core/vault/hidden-values'
import { openOutputs } from '@edgedag/core/vault/open-outputs'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { outputBinding, readOpenOutputs } from '@edgedag/core/vault/sealed-outputs'
import { createSealer } from '../vault/sealer.ts'

/** Asks the Run for what the attempt may have. */
export type SecretsReader = (attempt: number) => Promise<Result<AttemptSecrets, { message: string }>>

export class EdgeSecrets {
  readonly #runId: string
  readonly #values = new Set<string>()
  #sealer: Hiding['sealer']
  mask: Mask = noMask

  constructor(runId: string) {
    this.#runId = runId
  }

  /** Outputs by run, as they are; from here on the values in them are masked. */
  learn(given: AttemptSecrets): Map<string, Record<string, string>> {
    const { byRun, secrets } = openOutputs(given)
    for (const secret of secrets) this.#values.add(secret)
    if (this.#values.size === 0) return byRun
    this.mask = maskOf([...this.#values])
    this.#sealer = createSealer(given.sealKeys)
    return byRun
  }

  get hiding(): Hiding {
    return { runId: this.#runId, secrets: [...this.#values], sealer: this.#sealer }
  }

  /** What a step has captured, where it can be opened: it has not been shown whole. */
  opened(step: string, sealed: string | undefined) {
    const json = sealed === undefined ? undefined : this.#sealer?.open(sealed, outputBinding(this.#runId, step))
    const { outputs, structured } = (json === undefined ? undefined : readOpenOutputs(json)) ?? {}
    return { ...(outputs && { outputs }), ...(structured && { structured }) }
  }
}
