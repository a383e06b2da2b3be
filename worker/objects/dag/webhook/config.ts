// What is stored of a webhook, and what becomes of it by a change. Pure.
import { err, ok, type Result } from '@edgedag/core/result'
import type {
  WebhookAuthMode,
  WebhookChange,
  WebhookEnforcement,
  WebhookProvider,
  WebhookRecord,
  WebhookRefusal,
} from '../../contracts/webhook.ts'

export interface StoredWebhook {
  id: string
  /** SHA-256 (hex). */
  tokenHash: string
  tokenPrefix: string
  enabled: boolean
  authMode: WebhookAuthMode
  hmac: {
    enabled: boolean
    provider: WebhookProvider
    enforcement: WebhookEnforcement
    requireTimestamp: boolean
    /** Version of the secret in the Vault; null: there is none. */
    secretVersion: number | null
    updatedAt: number | null
  }
  allowedProfiles: string[]
  createdBy: string
  createdAt: number
  updatedAt: number
}

export const newWebhook = (
  { tokenHash, tokenPrefix, by }: Extract<WebhookChange, { do: 'create' }>,
  id: string,
  now: number,
): StoredWebhook => ({
  id,
  tokenHash,
  tokenPrefix,
  enabled: true,
  authMode: 'token_only',
  hmac: {
    enabled: false,
    provider: 'generic',
    enforcement: 'strict',
    requireTimestamp: false,
    secretVersion: null,
    updatedAt: null,
  },
  allowedProfiles: [],
  createdBy: by,
  createdAt: now,
  updatedAt: now,
})

type Change = Exclude<WebhookChange, { do: 'create' | 'remove' }>

/** `version`: of the new secret, in a change that brings one. */
export function changed(
  webhook: StoredWebhook,
  change: Change,
  version: number | undefined,
  now: number,
): Result<StoredWebhook, WebhookRefusal> {
  const next = { ...webhook, updatedAt: now }
  switch (change.do) {
    case 'token':
      return ok({ ...next, tokenHash: change.tokenHash, tokenPrefix: change.tokenPrefix })
    case 'toggle':
      return ok({ ...next, enabled: change.enabled })
    case 'profiles':
      return ok({ ...next, allowedProfiles: [...new Set(change.allowed)].sort() })
    case 'hmac':
      return changedHmac(next, change, version)
  }
}

function changedHmac(
  webhook: StoredWebhook,
  change: Extract<Change, { do: 'hmac' }>,
  version: number | undefined,
): Result<StoredWebhook, WebhookRefusal> {
  const { hmac, updatedAt } = webhook
  const next = {
    enabled: change.enabled ?? hmac.enabled,
    provider: change.provider ?? hmac.provider,
    enforcement: change.enforcement ?? hmac.enforcement,
    requireTimestamp: change.requireTimestamp ?? hmac.requireTimestamp,
    secretVersion: version ?? hmac.secretVersion,
    updatedAt,
  }
  const authMode = next.enabled ? (change.authMode ?? usualMode(webhook)) : 'token_only'
  if (next.enabled && next.secretVersion === null)
    return err({ code: 'bad_request', message: 'there is no HMAC secret yet; enable HMAC first' })
  if (next.enabled && authMode === 'token_only')
    return err({ code: 'bad_request', message: 'authMode must be token_and_hmac or hmac_only while HMAC is enabled' })
  if (authMode === 'hmac_only' && next.enforcement === 'observe')
    return err({ code: 'bad_request', message: 'enforcementMode observe needs a token beside it: token_and_hmac' })
  return ok({ ...webhook, authMode, hmac: next })
}

const usualMode = ({ authMode }: StoredWebhook): WebhookAuthMode =>
  authMode === 'token_only' ? 'token_and_hmac' : authMode

export function toRecord(webhook: StoredWebhook, fileName: string, lastUsedAt: number | null): WebhookRecord {
  const { tokenHash: _hash, hmac, ...rest } = webhook
  const { secretVersion, ...shown } = hmac
  return { ...rest, fileName, hmac: { ...shown, secretConfigured: secretVersion !== null }, lastUsedAt }
}
