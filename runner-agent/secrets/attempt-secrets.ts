// What the control plane gives an attempt: profile values, registry secrets, and the keys for values that the run keeps. Promise:
// it is asked once per preparation, again while the control plane is away, and a refusal is passed on in its own words.
import { createHmac } from 'node:crypto'
import type { RunContext } from '@edgedag/core/protocol/plans'
import { err, ok, type Result } from '@edgedag/core/result'
import type { Dag } from '@edgedag/core/spec/dag'
import { AttemptSecrets } from '@edgedag/core/vault/resolved'
import { backoffMs } from '../connection/backoff.ts'
import type { Interruption } from '../runs/interruption.ts'

/** A control plane that is away so long fails the attempt: it says then what is wrong, instead of waiting for ever. */
const GIVE_UP_MS = 120_000
const CALL_MS = 15_000
const BACKOFF = { firstMs: 250, maxMs: 5_000 }

export interface AttemptAddress {
  url: string
  credential: string
}

/** A run without profile, default values and secrets has nothing to ask for. */
export const needsSecrets = ({ profile, defaults, sealedParams, sealedOutputs }: RunContext, dag: Dag): boolean =>
  sealedOutputs === true ||
  sealedParams !== undefined ||
  profile !== undefined ||
  defaults === true ||
  dag.secrets.length > 0

export const NO_SECRETS: AttemptSecrets = { defaults: [], refs: {}, sealKeys: [] }

/** Asks for the attempt's values; the error is one sentence for people. An interruption ends the waiting. */
export const fetchAttemptSecrets = async (
  address: AttemptAddress,
  context: RunContext,
  interruption: Interruption,
): Promise<Result<AttemptSecrets, string>> => {
  const until = performance.now() + GIVE_UP_MS
  for (let failures = 1; ; failures++) {
    const answer = await ask(address, context, interruption)
    if (answer.ok || !answer.error.again || interruption.cause) return answer.ok ? answer : err(answer.error.message)
    if (performance.now() > until) return err(`the control plane does not answer: ${answer.error.message}`)
    await pause(backoffMs(failures, Math.random(), BACKOFF), interruption)
  }
}

type Failure = { message: string; again: boolean }

const ask = async (
  { url, credential }: AttemptAddress,
  { runId, attempt, uploadKey }: RunContext,
  { signal }: Interruption,
): Promise<Result<AttemptSecrets, Failure>> => {
  const key = Buffer.from(uploadKey, 'base64url')
  const signature = createHmac('sha256', key).update(`secrets/${runId}/${attempt}`).digest('hex')
  let status: number
  let text: string
  try {
    const response = await fetch(new URL(`/api/v1/runner/runs/${runId}/secrets`, url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${credential}`,
        'content-type': 'application/json',
        'x-edgedag-signature': signature,
      },
      body: JSON.stringify({ attempt }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
    })
    status = response.status
    text = await response.text()
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    return err({ message: cause instanceof Error ? cause.message : String(cause), again: true })
  }
  const body = parse(text)
  if (status === 200) {
    const given = AttemptSecrets.safeParse(body)
    return given.success ? ok(given.data) : err({ message: 'its answer is not understood', again: false })
  }
  const { message } = (body ?? {}) as { message?: unknown }
  return err({
    message: typeof message === 'string' && message !== '' ? message : `HTTP ${status}`,
    again: status >= 500 || status === 429 || status === 401,
  })
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const pause = (ms: number, interruption: Interruption): Promise<void> =>
  new Promise(resolve => {
    const timer = setTimeout(done, ms)
    const release = interruption.onInterrupt(done)
    function done(): void {
      clearTimeout(timer)
      resolve()
      queueMicrotask(() => release())
    }
  })
