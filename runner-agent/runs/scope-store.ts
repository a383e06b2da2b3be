// A prepared scope on the disk of this host. Promise: one that holds secrets is there only sealed, and only until the run is over.
import type { RunScopeData } from '@edgedag/core/expr/run-scope'
import { secretsOf } from '@edgedag/core/expr/run-scope'
import type { Sealer, SealKey } from '@edgedag/core/vault/sealer'
import { createSealer } from '../secrets/sealer.ts'
import type { AgentHost } from './host.ts'
import { type StoredRun, writeStoredRun } from './stored-run.ts'

export interface PreparedScope {
  scope: RunScopeData
  /** Keys for values that the run keeps for its later steps, newest first. */
  sealKeys: SealKey[]
}

/** Values that came with what the run has called, and the keys of the run, which may have had none to keep. */
export interface LearntSecrets {
  secrets: readonly string[]
  sealKeys: readonly SealKey[]
}

/** The scope with more values that nobody may see. */
export const withSecrets = (data: RunScopeData, { secrets, sealKeys }: LearntSecrets): PreparedScope => ({
  scope: { ...data, masked: [...new Set([...(data.masked ?? []), ...secrets])] },
  sealKeys: [...sealKeys],
})

const binding = (runId: string): string => `scope/${runId}`

/** Writes the scope beside the context, sealed where it holds secrets. Throws what the file system throws. */
export const storeScope = (host: AgentHost, stored: StoredRun, prepared: PreparedScope): void => {
  const { context, startedAt } = stored
  const { scope } = prepared
  if (secretsOf(scope).length === 0) return writeStoredRun(host.paths.runs, { context, startedAt, scope })
  const sealed = host.hostKey().seal(JSON.stringify(prepared), binding(context.runId))
  writeStoredRun(host.paths.runs, { context, startedAt, sealed, secret: true })
}

/** Undefined: it is not prepared, or cannot be opened any more. */
export const openScope = (host: AgentHost, { context, scope, sealed }: StoredRun): PreparedScope | undefined => {
  if (scope !== undefined) return { scope, sealKeys: [] }
  const text = sealed === undefined ? undefined : host.hostKey().open(sealed, binding(context.runId))
  return text === undefined ? undefined : (JSON.parse(text) as PreparedScope)
}

/** Seals what the run keeps: with its own key, which other hosts get too; without one with this host's. Undefined: it has no secrets. */
export const sealerOf = (host: AgentHost, { scope, sealKeys }: PreparedScope): Sealer | undefined =>
  secretsOf(scope).length === 0 ? undefined : createSealer([...sealKeys, host.hostKey().key])
