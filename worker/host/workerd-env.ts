// The bindings of the Worker and what they mean for the objects.
import type { Kinds } from '../objects/contracts.ts'
import type { Settings, Stub } from './port.ts'

export interface Env {
  DIRECTORY: DurableObjectNamespace
  INDEX: DurableObjectNamespace
  DAG: DurableObjectNamespace
  QUEUE: DurableObjectNamespace
  RUN: DurableObjectNamespace
  RUNNER: DurableObjectNamespace
  FLEET: DurableObjectNamespace
  VAULT: DurableObjectNamespace
  ALERTS: DurableObjectNamespace
  EDGE: DurableObjectNamespace
  BLOBS: R2Bucket
  ASSETS?: Fetcher
  /** Embedded host only: writes the DAG folder. */
  DAG_FOLDER?: Fetcher
  /** First API key of the installation. */
  EDGEDAG_TOKEN?: string
  SIGNING_KEY?: string
  /** Keys of the Vault, the current one first. */
  VAULT_KEYS?: string
  RUN_POOL?: string
  BOOTED_AT?: string
  EARLY_WAKE_MS?: string
  TIMEZONE?: string
  DEFAULT_EXECUTION_MODE?: string
  VERSION?: string
  /** Tests and development: every answer is held against its description. */
  CHECK_ANSWERS?: string
}

const NAMESPACES = {
  directory: 'DIRECTORY',
  index: 'INDEX',
  dag: 'DAG',
  queue: 'QUEUE',
  run: 'RUN',
  runner: 'RUNNER',
  fleet: 'FLEET',
  vault: 'VAULT',
  alerts: 'ALERTS',
  edge: 'EDGE',
} as const satisfies Record<keyof Kinds, keyof Env>

/** A fresh stub each time: a stub that has seen its object fail stays broken. */
export function objectOf(env: Env, kind: keyof Kinds, name: string): DurableObjectStub {
  const namespace = env[NAMESPACES[kind]]
  return namespace.get(namespace.idFromName(name))
}

export function stubOf<K extends keyof Kinds>(env: Env, kind: K, name: string): Stub<Kinds[K]> {
  return objectOf(env, kind, name) as unknown as Stub<Kinds[K]>
}

export function readSettings(env: Env): Settings {
  return {
    runPool: Number(env.RUN_POOL ?? 0),
    bootedAt: Number(env.BOOTED_AT ?? 0),
    earlyWakeMs: Number(env.EARLY_WAKE_MS ?? 0),
    timezone: env.TIMEZONE || 'UTC',
    executionMode: env.DEFAULT_EXECUTION_MODE === 'distributed' ? 'distributed' : 'local',
    signingKey: env.SIGNING_KEY ?? '',
    vaultKeys: env.VAULT_KEYS ?? '',
    version: env.VERSION ?? '0.0.0',
  }
}
