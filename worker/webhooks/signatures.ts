// Signatures of webhook deliveries, each as its sender documents it. Promise: compared in constant time, over the very bytes that
// came; a signed time outside the window is refused, and what proves a delivery to be new is given back.
import { constantTimeEqual, hexOf, hmac, utf8 } from '../auth/hash.ts'
import type { WebhookProvider } from '../objects/contracts/webhook.ts'

/** A signed time may be so far from now, in either direction. */
export const REPLAY_WINDOW_SEC = 300

export interface Signed {
  body: string
  /** By lower-case name. */
  headers: Record<string, string>
  nowMs: number
  /** `generic`: a signature without a time is refused. */
  requireTimestamp: boolean
}

/** `once`: text that a replay of the same request has too; null: the format has none. */
export type Verdict = { ok: true; once: string | null } | { ok: false; message: string }

const refuse = (message: string): Verdict => ({ ok: false, message })
const MISSING = refuse('missing webhook HMAC signature')
const WRONG = refuse('invalid webhook HMAC signature')

const hexHmac = async (secret: string, text: string): Promise<string> => hexOf(await hmac(utf8(secret), text))

const isTimely = (timestamp: string, nowMs: number): boolean =>
  /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs / 1000 - Number(timestamp)) <= REPLAY_WINDOW_SEC

const late = (timestamp: string): Verdict =>
  refuse(
    `the signed timestamp ${timestamp.slice(0, 20)} is more than ${REPLAY_WINDOW_SEC} s from now: an old request, or a wrong clock`,
  )

/** `x-dagu-signature: sha256=<hex>` over the body; with `x-dagu-timestamp` (Unix seconds) over `<timestamp>.<body>`. */
async function verifyGeneric(secret: string, { body, headers, nowMs, requireTimestamp }: Signed): Promise<Verdict> {
  const given = headers['x-dagu-signature']
  const timestamp = headers['x-dagu-timestamp']
  const profile = headers['x-dagu-profile']
  if (given === undefined) return MISSING
  if (timestamp === undefined && requireTimestamp)
    return refuse('missing x-dagu-timestamp: this webhook takes signatures with a time only')
  const named = profile === undefined ? body : `x-dagu-profile:${profile}\n${body}`
  const text = timestamp === undefined ? named : `${timestamp}.${named}`
  if (!constantTimeEqual(`sha256=${await hexHmac(secret, text)}`, given.trim().toLowerCase())) return WRONG
  if (timestamp === undefined) return { ok: true, once: null }
  return isTimely(timestamp, nowMs) ? { ok: true, once: given.trim().toLowerCase() } : late(timestamp)
}

/** `x-hub-signature-256: sha256=<hex>` over the body. */
async function verifyGithub(secret: string, { body, headers }: Signed): Promise<Verdict> {
  const given = headers['x-hub-signature-256']
  if (given === undefined) return MISSING
  return constantTimeEqual(`sha256=${await hexHmac(secret, body)}`, given.trim().toLowerCase())
    ? { ok: true, once: null }
    : WRONG
}

/** `x-gitlab-token` is the secret itself. */
async function verifyGitlab(secret: string, { headers }: Signed): Promise<Verdict> {
  const given = headers['x-gitlab-token']
  if (given === undefined) return MISSING
  return constantTimeEqual(secret, given) ? { ok: true, once: null } : WRONG
}

/** `stripe-signature: t=<Unix seconds>,v1=<hex>[,v1=<hex>]` over `<t>.<body>`; several while a secret is being replaced. */
async function verifyStripe(secret: string, { body, headers, nowMs }: Signed): Promise<Verdict> {
  const given = headers['stripe-signature']
  if (given === undefined) return MISSING
  const pairs = given.split(',').map(pair => pair.trim().split('=', 2) as [string, string | undefined])
  const timestamp = pairs.find(([name]) => name === 't')?.[1] ?? ''
  const expected = await hexHmac(secret, `${timestamp}.${body}`)
  const isOurs = pairs.filter(([name, value]) => name === 'v1' && constantTimeEqual(expected, value ?? '')).length > 0
  if (!isOurs) return WRONG
  return isTimely(timestamp, nowMs) ? { ok: true, once: `${timestamp}.${expected}` } : late(timestamp)
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), char => char.charCodeAt(0))
  } catch {
    return null
  }
}

/** Standard Webhooks: `webhook-signature: v1,<base64> ...` over `<webhook-id>.<webhook-timestamp>.<body>`; the secret is `whsec_<base64>`. */
async function verifyStandard(secret: string, { body, headers, nowMs }: Signed): Promise<Verdict> {
  const given = headers['webhook-signature']
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  if (given === undefined) return MISSING
  const key = decodeBase64(secret.replace(/^whsec_/, ''))
  if (key === null) return refuse('the secret of this webhook is not of the form whsec_<base64>')
  const expected = `v1,${base64(await hmac(key, `${id}.${timestamp}.${body}`))}`
  if (given.split(/\s+/).filter(one => constantTimeEqual(expected, one)).length === 0) return WRONG
  return isTimely(timestamp, nowMs) ? { ok: true, once: id } : late(timestamp)
}

const VERIFIERS: Record<WebhookProvider, (secret: string, signed: Signed) => Promise<Verdict>> = {
  generic: verifyGeneric,
  github: verifyGithub,
  gitlab: verifyGitlab,
  stripe: verifyStripe,
  standard: verifyStandard,
}

export const SIGNATURE_HEADERS: Record<WebhookProvider, string> = {
  generic: 'X-Dagu-Signature',
  github: 'X-Hub-Signature-256',
  gitlab: 'X-Gitlab-Token',
  stripe: 'Stripe-Signature',
  standard: 'webhook-signature',
}

export const verifySignature = (provider: WebhookProvider, secret: string, signed: Signed): Promise<Verdict> =>
  VERIFIERS[provider](secret, signed)
