// What every secret provider offers: a file of its own and a line in index.ts.
import type { HostEnv } from '@edgedag/core/expr/run-scope'
import type { Result } from '@edgedag/core/result'

export interface SecretRequest {
  /** Literal, as the DAG says it. */
  key: string
  options: Readonly<Record<string, string>>
  /** The agent's own environment: addresses and credentials of the provider. */
  env: HostEnv
  signal: AbortSignal
}

/** The value, or one sentence that says what is wrong and what to do. Never throws; the sentence never holds a value. */
export type SecretProvider = (request: SecretRequest) => Promise<Result<string, string>>
