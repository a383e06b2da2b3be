// What others may ask of the Directory: names, keys, runners, settings.

import type { DocAnswer, DocRequest } from '@edgedag/core/docs/document'
import type { DocsGrant } from '@edgedag/core/docs/grant'
import type { Result } from '@edgedag/core/result'
import type { ApiKeyApi } from './api-key.ts'
import type { BaseConfig, ProfileDefaults } from './base-config.ts'
import type { ConfiguredQueue } from './queue.ts'

export interface RunnerRecord {
  runnerId: string
  name: string
  labels: Record<string, string>
  createdAt: number
  revokedAt: number | null
  /** Since when it is given no new work; null: it is. */
  drainingSince: number | null
  /** Documents that its credential reaches; absent: all. */
  docs?: DocsGrant
}

export interface DirectoryApi extends ApiKeyApi {
  /** Stable opaque id of a DAG file; created when `create`. */
  dagId(fileName: string, create: boolean): string | null
  /** Id of an inline DAG, by its name. */
  inlineDagId(name: string): string
  renameDag(from: string, to: string): 'ok' | 'exists' | 'unknown'
  removeDag(fileName: string): void
  dagIds(): { fileName: string; dagId: string }[]
  /** DAG ids that may have unfinished runs are swept; `due` are asked 40 at a time. */
  sweepPage(after: string | null, limit: number): { dagIds: string[]; next: string | null }
  /** Minutely: asks all Dags to look after their unfinished runs, in batches, going on by alarm. */
  sweep(): void
  /** The end of the last time in which the control plane was off or its host slept, epoch ms; 0: none is known. */
  awakeSince(): number
  /** Verifies an API key, session or runner credential by the SHA-256 (hex) of its text. */
  principal(tokenHash: string): {
    kind: 'key' | 'session' | 'runner'
    id: string
    name: string
    role: string
  } | null
  /** The installation's first key (from the host), stored as its hash. */
  ensureBootstrapKey(tokenHash: string): void
  createSession(keyId: string, tokenHash: string, expiresAt: number): void
  endSession(tokenHash: string): void
  createEnrolment(
    tokenHash: string,
    expiresAt: number,
    given: { labels: Record<string, string>; docs?: DocsGrant },
    by: string,
  ): void
  /** One-time: turns an enrolment token into a runner with a credential. */
  enrol(
    tokenHash: string,
    credentialHash: string,
    name: string,
  ): Result<RunnerRecord, { code: string; message: string }>
  runners(): RunnerRecord[]
  revokeRunner(runnerId: string): boolean
  /** Drains a runner, or takes it back into service; false: unknown or revoked. */
  drainRunner(runnerId: string, on: boolean): boolean
  /** Documents that the runner gets; null: no such runner in service. */
  runnerDocs(runnerId: string): DocsGrant | null
  /** Holds from the answer on, and its agent looks at once; false: no such runner in service. */
  setRunnerDocs(runnerId: string, docs: DocsGrant): boolean
  /** Base configuration for DAGs of a workspace (null: of none); null: `known` is still the present version. */
  baseConfig(workspace: string | null, known?: number): BaseConfig | null
  /** From the Vault: what the default values of a workspace (null: the global ones) come to. Every Dag hears of it. */
  setProfileDefaults(workspace: string | null, defaults: ProfileDefaults): void
  /** Replaces the global text, or a workspace's; empty: none. Every Dag hears of it. */
  setBaseConfig(workspace: string | null, text: string): void
  /** DAGs that have, or had, a webhook. */
  webhookDags(): { fileName: string; dagId: string }[]
  noteWebhook(dagId: string): void
  /** Zone of schedules that name none; `isDefault`: it is the host's own. */
  timezone(): { timezone: string; isDefault: boolean }
  /** Sets it (an IANA name), or null: the host's. Every Dag hears of it and reads its schedule anew from that moment on. */
  setTimezone(timezone: string | null): void
  /** Documents, where no folder holds them. */
  docs(request: DocRequest): DocAnswer<DocRequest['op']>
  queues(): ConfiguredQueue[]
  /** Null: configured no longer. Refused for a queue of the configuration file. */
  setQueue(name: string, maxConcurrency: number | null): Result<null, { code: 'conflict'; message: string }>
  /** All queues that the configuration file `file` names. Those that it named before and does no longer are configured no longer. */
  setFileQueues(file: string, queues: { name: string; maxConcurrency: number }[]): void
}
