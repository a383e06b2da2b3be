// The webhook of a DAG as it travels between API and Dag.
import type { Result } from '@edgedag/core/result'

export const WEBHOOK_AUTH_MODES = ['token_only', 'token_and_hmac', 'hmac_only'] as const
export type WebhookAuthMode = (typeof WEBHOOK_AUTH_MODES)[number]

/** `observe`: a wrong signature is noted beside a right token, and lets the delivery pass. */
export const WEBHOOK_ENFORCEMENTS = ['strict', 'observe'] as const
export type WebhookEnforcement = (typeof WEBHOOK_ENFORCEMENTS)[number]

/** Who signs, and so how: see worker/webhooks/signatures.ts. */
export const WEBHOOK_PROVIDERS = ['generic', 'github', 'gitlab', 'stripe', 'standard'] as const
export type WebhookProvider = (typeof WEBHOOK_PROVIDERS)[number]

export interface WebhookHmac {
  enabled: boolean
  provider: WebhookProvider
  enforcement: WebhookEnforcement
  /** A signature without a time in it is refused (`generic` only; the others say it by their format). */
  requireTimestamp: boolean
  secretConfigured: boolean
  updatedAt: number | null
}

/** What the API shows: no secret, no hash. Times in epoch ms. */
export interface WebhookRecord {
  id: string
  fileName: string
  tokenPrefix: string
  enabled: boolean
  authMode: WebhookAuthMode
  hmac: WebhookHmac
  allowedProfiles: string[]
  createdBy: string
  createdAt: number
  updatedAt: number
  lastUsedAt: number | null
}

export type WebhookChange =
  | { do: 'create'; tokenHash: string; tokenPrefix: string; by: string }
  | { do: 'token'; tokenHash: string; tokenPrefix: string }
  | { do: 'toggle'; enabled: boolean }
  | { do: 'profiles'; allowed: string[] }
  | {
      do: 'hmac'
      enabled?: boolean
      /** Replaces the secret; what is stored is sealed. */
      secret?: string
      authMode?: WebhookAuthMode
      enforcement?: WebhookEnforcement
      provider?: WebhookProvider
      requireTimestamp?: boolean
    }
  | { do: 'remove' }

export interface WebhookRefusal {
  code: string
  message: string
  retryAfterSec?: number
}

/** A request to a webhook's address, as it came. */
export interface WebhookDelivery {
  /** At most MAX_PAYLOAD_BYTES of UTF-8. */
  body: string
  contentType: string
  /** By lower-case name. */
  headers: Record<string, string>
  /** SHA-256 (hex) of the token that was given; '': none was. */
  tokenHash: string
}

export interface DeliveryRecord {
  /** Counts up; the newest has the highest. */
  n: number
  /** Epoch ms. */
  at: number
  /** What names the delivery at its sender; null: nothing does. */
  delivery: string | null
  /** HTTP status that it was answered with. */
  status: number
  /** Why it was refused, or what was noted. */
  note: string
  runId: string | null
  bytes: number
}

export interface WebhookApi {
  /** The webhook, after a change if one is given; null: there is none. */
  webhook(change?: WebhookChange): Result<WebhookRecord | null, WebhookRefusal>
  /** Checks a delivery and enqueues its run, once per delivery id and once per run id. */
  deliver(delivery: WebhookDelivery): Result<{ runId: string; duplicate: boolean }, WebhookRefusal>
  /** Newest first. */
  deliveries(limit: number): DeliveryRecord[]
}
