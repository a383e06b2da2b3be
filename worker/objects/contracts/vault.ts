// What others may ask of the Vault: runtime profiles, the registry of secrets, and the values of one attempt.
import type { Result } from '@edgedag/core/result'
import type { AttemptSecrets } from '@edgedag/core/vault/resolved'
import type { SealedOutputs } from '@edgedag/core/vault/sealed-outputs'

export type Refusal = { code: string; message: string }
export type Outcome<T> = Result<T, Refusal>

/** Who asks: the name for the audit, and whether protected profiles are open to them. */
export interface Actor {
  name: string
  admin: boolean
}

export interface ProfileEntry {
  key: string
  kind: 'variable' | 'secret'
  /** Variables only: secrets are write-only. */
  value?: string
  secretId?: string
  createdAt: number
  updatedAt: number
  updatedBy: string
}

/** `_global` and `_workspaces/<name>` are the default layers; no user's profile can be called so. */
export interface ProfileRecord {
  id: string
  name: string
  description: string
  status: 'active' | 'disabled'
  protected: boolean
  /** Default layers only: the profile of runs that name none. */
  defaultProfile: string
  entries: ProfileEntry[]
  createdAt: number
  createdBy: string
  updatedAt: number
  updatedBy: string
}

export interface SecretVersion {
  version: number
  createdAt: number
  createdBy: string
}

export interface SecretRecord {
  id: string
  /** '' is the global scope. */
  workspace: string
  ref: string
  description: string
  /** `managed`: the Vault keeps the value; else it is kept by this provider, under `providerRef`. */
  providerType: string
  providerRef: string
  options: Record<string, string>
  currentVersion: number
  status: 'active' | 'disabled'
  createdAt: number
  createdBy: string
  updatedAt: number
  updatedBy: string
  /** When a run was last given it, and which; null: never. */
  lastUsed: { at: number; runId: string } | null
}

export interface AuditEntry {
  n: number
  at: number
  actor: string
  category: 'profile' | 'secret' | 'vault'
  action: string
  target: string
  details: Record<string, unknown>
}

export interface AttemptRequest {
  runId: string
  attempt: number
  profile?: string
  workspace: string | null
  /** Of the DAG's secrets. */
  refs: string[]
  /** Of a called run: parameters that a host of its parent has sealed with the key of the parent's run. */
  params?: { sealed: string; parentRunId: string; binding: string }
  /** Of a run that calls: outputs of called runs that hold secrets of theirs, sealed with the keys of those. */
  outputs?: (SealedOutputs & { runId: string })[]
}

export interface VaultApi {
  profiles(actor: Actor): ProfileRecord[]
  profile(name: string, actor: Actor): Outcome<ProfileRecord>
  createProfile(
    request: { name: string; description?: string; protected?: boolean },
    actor: Actor,
  ): Outcome<ProfileRecord>
  updateProfile(
    name: string,
    change: { description?: string; status?: string; protected?: boolean; defaultProfile?: string },
    actor: Actor,
  ): Outcome<ProfileRecord>
  removeProfile(name: string, actor: Actor): Outcome<null>
  setEntry(
    name: string,
    entry: { key: string; kind: 'variable' | 'secret'; value: string },
    actor: Actor,
  ): Outcome<ProfileRecord>
  removeEntry(name: string, key: string, actor: Actor): Outcome<null>
  /** May a run be started with it? `actor` null: a retry, a child, a schedule; the right to use it was looked at before. */
  usable(name: string, actor: Actor | null): Outcome<null>
  secrets(query: { workspace?: string; limit: number; offset: number }): { secrets: SecretRecord[]; total: number }
  secret(id: string): (SecretRecord & { versions: SecretVersion[] }) | null
  createSecret(
    request: {
      workspace: string
      ref: string
      description?: string
      providerType?: string
      providerRef?: string
      options?: Record<string, string>
      value?: string
    },
    actor: Actor,
  ): Outcome<SecretRecord>
  updateSecret(
    id: string,
    change: { description?: string; providerRef?: string; options?: Record<string, string> },
    actor: Actor,
  ): Outcome<SecretRecord>
  setSecretStatus(id: string, status: 'active' | 'disabled', actor: Actor): Outcome<SecretRecord>
  addVersion(id: string, value: string, actor: Actor): Outcome<SecretRecord>
  removeSecret(id: string, actor: Actor): Outcome<null>
  /** Values of one attempt; the same versions each time it is asked. */
  attempt(request: AttemptRequest): Outcome<AttemptSecrets>
  /** Keeps a secret of the control plane itself under a name; the version of it. No route leads here. */
  putBox(name: string, text: string): Outcome<number>
  openBox(name: string, version: number): Outcome<string>
  removeBox(name: string): void
  /** Newest first. `before`: of this number and later ones nothing. */
  audit(query: { category?: string; limit: number; before?: number }): AuditEntry[]
  /** Keys that values are encrypted with, the current one first; a value under no known key is counted as `unreadable`. */
  keys(): { keys: { id: string; current: boolean; values: number }[]; unreadable: number }
}
