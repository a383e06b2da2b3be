// The webhook of a DAG: who may start it from outside, and what was delivered. Promise: a delivery is one run, whatever repeats
// or races it; tokens are kept as hashes, secrets of signatures in the Vault; who proves nothing learns nothing.
import { err, ok, type Result } from '@edgedag/core/result'
import type { WebhookInput } from '@edgedag/core/run/run-spec'
import { constantTimeEqual } from '../../../auth/hash.ts'
import type { ObjectHost } from '../../../host/port.ts'
import { payloadKey } from '../../../store/keys.ts'
import { type Bucket, fullBucket, take } from '../../../webhooks/rate.ts'
import { deliveryId, forwardedHeaders, readContent, type WebhookContent } from '../../../webhooks/request.ts'
import { type Verdict, verifySignature } from '../../../webhooks/signatures.ts'
import type {
  DeliveryRecord,
  WebhookApi,
  WebhookChange,
  WebhookDelivery,
  WebhookRecord,
  WebhookRefusal,
} from '../../contracts/webhook.ts'
import { type Kinds, SINGLETON, type StartRequest } from '../../contracts.ts'
import { newRunId } from '../accept.ts'
import { changed, newWebhook, type StoredWebhook, toRecord } from './config.ts'
import { WebhookStore } from './store.ts'

/** Larger payloads are blobs: a row is written for each start. */
const INLINE_PAYLOAD_CHARS = 16 * 1024

export interface WebhookHooks {
  /** Null: there is no DAG (any more). */
  fileName(): string | null
  forwardHeaders(): readonly string[]
  /** Some run of the installation has this id. */
  isTaken(runId: string): Promise<boolean>
  start(request: StartRequest): Promise<Result<{ runId: string }, WebhookRefusal>>
}

type Proof = { once: string | null; note: string }

export class DagWebhook implements ServesWebhook {
  readonly #host: ObjectHost<Kinds>
  readonly #hooks: WebhookHooks
  readonly #store: WebhookStore
  #bucket: Bucket | null = null
  /** Of what has proved nothing: strangers cannot make us write without end. */
  #strangers: Bucket | null = null

  constructor(host: ObjectHost<Kinds>, hooks: WebhookHooks) {
    this.#host = host
    this.#hooks = hooks
    this.#store = new WebhookStore(host.sql)
  }

  async webhook(change?: WebhookChange): Promise<Result<WebhookRecord | null, WebhookRefusal>> {
    const kept = await this.#keep(change)
    if (!kept.ok) return kept
    const fileName = this.#hooks.fileName()
    if (fileName === null || fileName === '') return err({ code: 'not_found', message: 'the DAG does not exist' })
    const known = this.#store.webhook()
    if (change === undefined) return ok(known === null ? null : this.#record(known, fileName))
    if (change.do === 'create') {
      if (known !== null)
        return err({ code: 'already_exists', message: `DAG ${fileName} has a webhook already; regenerate its token` })
      return this.#save(newWebhook(change, this.#host.randomHex(16), this.#host.now()), fileName)
    }
    if (known === null) return err({ code: 'not_found', message: `no webhook configured for DAG ${fileName}` })
    if (change.do === 'remove') {
      this.#store.remove()
      this.#host.background(this.#host.object('vault', SINGLETON).removeBox(this.#secretName))
      return ok(null)
    }
    const next = changed(known, change, kept.value, this.#host.now())
    return next.ok ? this.#save(next.value, fileName) : next
  }

  async deliver(delivery: WebhookDelivery): Promise<Result<{ runId: string; duplicate: boolean }, WebhookRefusal>> {
    const known = this.#store.webhook()
    const fileName = this.#hooks.fileName()
    if (known === null || !fileName) return err(BAD_TOKEN)
    const proof = await this.#authenticate(known, delivery)
    if (!proof.ok) {
      this.#refused(proof.error, delivery, null)
      // Without a token the answer would tell strangers that there is a webhook; what was wrong is in the list of deliveries.
      return err(known.authMode === 'hmac_only' ? BAD_TOKEN : proof.error)
    }
    if (!known.enabled) return this.#refused(DISABLED, delivery, null)
    const now = this.#host.now()
    this.#bucket ??= fullBucket(now)
    const waitSec = take(this.#bucket, now)
    if (waitSec !== true) return err({ ...TOO_MANY, retryAfterSec: waitSec })
    const content = readContent(delivery.body, delivery.contentType)
    if (!content.ok) return this.#refused({ code: 'bad_request', message: content.error }, delivery, null)
    const profile = await this.#profile(known, delivery.headers['x-dagu-profile'])
    if (!profile.ok) return this.#refused(profile.error, delivery, null)
    return await this.#run(delivery, content.value, proof.value, profile.value)
  }

  deliveries(limit: number): DeliveryRecord[] {
    return this.#store.deliveries(limit)
  }

  /** Starts the run of a delivery, or names the one that it has. */
  async #run(
    delivery: WebhookDelivery,
    content: WebhookContent,
    { once, note }: Proof,
    profile: string | undefined,
  ): Promise<Result<{ runId: string; duplicate: boolean }, WebhookRefusal>> {
    const isTaken = content.runId !== undefined && (await this.#hooks.isTaken(content.runId))
    // The name comes in a header that no signature covers: whoever replays a request can give it another one.
    const key = deliveryId(delivery.headers, content.json)
    const now = this.#host.now()
    const former = this.#store.former(key, once)
    if (former?.runId && former.status === 200) return ok({ runId: former.runId, duplicate: true })
    if (isTaken && former === null) return this.#refused(taken(content.runId!), delivery, null)
    const runId = former?.runId ?? content.runId ?? newRunId(now, this.#host.randomHex(10))
    // Reserved before anything is awaited: a repetition that races this one finds the same run id.
    const n =
      former?.n ?? this.#store.add({ at: now, key, proof: once, status: 0, note, runId, bytes: delivery.body.length })
    const webhook = await this.#input(runId, delivery, content)
    const started = await this.#hooks.start({
      trigger: 'webhook',
      mode: 'enqueue',
      runId,
      webhook,
      by: 'webhook',
      ...(content.runId === undefined ? { ownId: true } : {}),
      ...(profile === undefined ? {} : { profile }),
    })
    if (!started.ok && webhook.blob !== undefined) await this.#host.blobs.delete([payloadKey(runId, webhook.blob)])
    const isOurs = former !== null || content.runId === undefined || this.#store.status(n) === 200
    const isDuplicate = !started.ok && started.error.code === 'already_exists' && (key ?? once) !== null && isOurs
    if (started.ok || isDuplicate) {
      this.#store.settle(n, 200, note)
      return ok({ runId, duplicate: isDuplicate })
    }
    this.#store.settle(n, STATUS[started.error.code] ?? 400, started.error.message)
    this.#store.release(n)
    return started
  }

  /** The profile that a delivery names: one that an admin has put on the list, protected or not, and that is active. */
  async #profile(
    { allowedProfiles }: StoredWebhook,
    named: string | undefined,
  ): Promise<Result<string | undefined, WebhookRefusal>> {
    if (named === undefined || named === '') return ok(undefined)
    if (!allowedProfiles.includes(named))
      return err({ code: 'forbidden', message: 'this webhook does not allow the profile that X-Dagu-Profile names' })
    const usable = await this.#host.object('vault', SINGLETON).usable(named, null)
    return usable.ok ? ok(named) : usable
  }

  async #input(runId: string, { headers }: WebhookDelivery, { payload }: WebhookContent): Promise<WebhookInput> {
    const forwarded = { headers: forwardedHeaders(this.#hooks.forwardHeaders(), headers) }
    if (payload.length <= INLINE_PAYLOAD_CHARS) return { payload, ...forwarded }
    const blob = this.#host.randomHex(24)
    await this.#host.blobs.put(payloadKey(runId, blob), payload)
    return { blob, ...forwarded }
  }

  async #authenticate(known: StoredWebhook, delivery: WebhookDelivery): Promise<Result<Proof, WebhookRefusal>> {
    const { authMode, hmac } = known
    const isTokenRight = constantTimeEqual(known.tokenHash, delivery.tokenHash)
    if (authMode !== 'hmac_only' && !isTokenRight) return err(BAD_TOKEN)
    if (authMode === 'token_only' || !hmac.enabled) {
      return isTokenRight ? ok({ once: null, note: '' }) : err(BAD_TOKEN)
    }
    const verdict = await this.#verify(known, delivery)
    if (verdict.ok) return ok({ once: verdict.once, note: '' })
    if (authMode === 'token_and_hmac' && hmac.enforcement === 'observe')
      return ok({ once: null, note: `observed: ${verdict.message}` })
    return err({ code: 'unauthorized', message: verdict.message })
  }

  async #verify({ hmac }: StoredWebhook, { body, headers }: WebhookDelivery): Promise<Verdict> {
    const secret =
      hmac.secretVersion === null
        ? null
        : await this.#host.object('vault', SINGLETON).openBox(this.#secretName, hmac.secretVersion)
    if (!secret?.ok) return { ok: false, message: 'the HMAC secret of this webhook cannot be read; generate a new one' }
    const { provider, requireTimestamp } = hmac
    return verifySignature(provider, secret.value, { body, headers, nowMs: this.#host.now(), requireTimestamp })
  }

  #refused(refusal: WebhookRefusal, delivery: WebhookDelivery, runId: string | null): Result<never, WebhookRefusal> {
    const { code, message } = refusal
    const bytes = delivery.body.length
    const now = this.#host.now()
    this.#strangers ??= fullBucket(now)
    if (code === 'unauthorized' && take(this.#strangers, now) !== true) return err(refusal)
    this.#store.addRefusal({ at: now, status: STATUS[code] ?? 400, note: message, runId, bytes })
    return err(refusal)
  }

  #save(webhook: StoredWebhook, fileName: string): Result<WebhookRecord, WebhookRefusal> {
    this.#store.save(webhook)
    return ok(this.#record(webhook, fileName))
  }

  #record(webhook: StoredWebhook, fileName: string): WebhookRecord {
    return toRecord(webhook, fileName, this.#store.lastUsedAt())
  }

  /** Version of the new secret in the Vault, of a change that brings one. */
  async #keep(change: WebhookChange | undefined): Promise<Result<number | undefined, WebhookRefusal>> {
    if (change?.do !== 'hmac' || change.secret === undefined) return ok(undefined)
    const kept = await this.#host.object('vault', SINGLETON).putBox(this.#secretName, change.secret)
    return kept.ok ? kept : err(kept.error as WebhookRefusal)
  }

  get #secretName(): string {
    return `webhook/${this.#host.name}`
  }
}

type ServesWebhook = {
  [K in keyof WebhookApi]: (
    ...args: Parameters<WebhookApi[K]>
  ) => ReturnType<WebhookApi[K]> | Promise<ReturnType<WebhookApi[K]>>
}

const BAD_TOKEN: WebhookRefusal = { code: 'unauthorized', message: 'invalid webhook token' }
const taken = (runId: string): WebhookRefusal => ({
  code: 'already_exists',
  message: `dag-run with ID ${runId} already exists`,
})
const DISABLED: WebhookRefusal = { code: 'forbidden', message: 'webhook is disabled' }
const TOO_MANY: WebhookRefusal = {
  code: 'too_many_requests',
  message: 'too many deliveries to this webhook; try again later',
}

const STATUS: Record<string, number> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  already_exists: 409,
}
