// What a run is made from. Plain JSON; all of it is known when the run is accepted.
import type { ParentOfRun } from './children/child-types.ts'

export type TriggerType = 'unknown' | 'scheduler' | 'manual' | 'webhook' | 'subdag' | 'retry' | 'catchup'

/** What was accepted by the Dag: everything a Run needs to come to life (or to be created again). */
export interface RunSpec {
  runId: string
  dagId: string
  dagName: string
  /** File name without extension under which the DAG is listed; empty for inline DAGs. */
  fileName: string
  /** SHA-256 (hex) of the pinned DAG's JSON. */
  dagHash: string
  trigger: TriggerType
  params?: string | Record<string, unknown>
  /** In place of `params`, of a called run: they hold a secret of its parent (core/vault/sealed-params.ts). */
  sealedParams?: string
  /** Display string and list of the parameters as far as known at accept. */
  paramsDisplay: string
  labels: string[]
  source?: { runner: string; dir: string }
  /** Workers only: neither the edge nor the main instance executes it. */
  workersOnly?: true
  createdAt: number
  queuedAt?: number
  /** Due time in epoch ms of a scheduled run. */
  scheduleTime?: number
  /** The backfill that it belongs to. */
  backfill?: string
  /** Held queue slot, released when the run is terminal or waiting. */
  slot?: { queue: string; hold: number }
  requestedBy?: string
  /** What a webhook brought. */
  webhook?: WebhookInput
  /** Global queue through which it was put. */
  queue?: string
  /** Runs of its DAG with the same key exclude each other. */
  concurrency?: { key: string; limit: number; onConflict: 'queue' | 'cancel' | 'skip' }
  /** Runtime profile: its values are read anew when an attempt starts; children and retries inherit the name. */
  profile?: string
  /** The installation or the workspace has default values for its environment. */
  profileDefaults?: true
  /** The run that has called this one; absent: a run of its own. */
  parent?: ParentOfRun
  /** Hash of the text that a called run was made from, where that is not its root's. */
  specHash?: string
  /** Steps that it takes over from a former run. */
  imports?: { runId: string; steps: string[] }
}

/** WEBHOOK_PAYLOAD and WEBHOOK_HEADERS of a run. A payload that is too large for a row is a blob of the run. */
export interface WebhookInput {
  payload?: string
  /** Last part of the blob's key. */
  blob?: string
  /** JSON object: lower-case names, lists of values. */
  headers: string
}
