// What objects say to each other: the RPC interfaces by kind, one file a kind. Every method is idempotent by its key, answers a
// value for expected outcomes, and may be called again after a failure.

import type { AlertsApi } from './contracts/alerts.ts'
import type { DagApi } from './contracts/dag.ts'
import type { DirectoryApi } from './contracts/directory.ts'
import type { EdgeRunnerApi } from './contracts/edge-runner.ts'
import type { FleetApi } from './contracts/fleet.ts'
import type { IndexApi } from './contracts/index.ts'
import type { QueueApi } from './contracts/queue.ts'
import type { RunApi } from './contracts/run.ts'
import type { RunnerApi } from './contracts/runner.ts'
import type { VaultApi } from './contracts/vault.ts'

export * from './contracts/alerts.ts'
export type { ApiKeyRecord } from './contracts/api-key.ts'
export * from './contracts/backfill.ts'
export * from './contracts/base-config.ts'
export * from './contracts/dag.ts'
export * from './contracts/directory.ts'
export * from './contracts/edge-runner.ts'
export * from './contracts/fleet.ts'
export * from './contracts/index.ts'
export * from './contracts/queue.ts'
export * from './contracts/run.ts'
export * from './contracts/runner.ts'
export type { Actor, AttemptRequest, AuditEntry, ProfileRecord, SecretRecord, VaultApi } from './contracts/vault.ts'
export * from './contracts/webhook.ts'

export interface Kinds {
  directory: DirectoryApi
  index: IndexApi
  dag: DagApi
  queue: QueueApi
  run: RunApi
  runner: RunnerApi
  fleet: FleetApi
  edge: EdgeRunnerApi
  vault: VaultApi
  alerts: AlertsApi
}

/** Name of the single object of a kind. */
export const SINGLETON = 'main'
