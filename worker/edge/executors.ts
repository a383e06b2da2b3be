// What the edge offers to portable steps (steps/): its network, and no files.
import { portableStep } from '@edgedag/steps/index'
import { Mailer } from '@edgedag/steps/smtp/send'
import type { FetchInit, FetchResponse, PortableStep, StepPorts } from '@edgedag/steps/step'

/** Everything at the edge shares 128 MB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024

/** A command step that comes here has no command: it publishes values, or waits for its approval. */
const nothing: PortableStep = { types: ['command'], isRepeatable: () => true, execute: async () => ({ exitCode: 0 }) }

export const edgeExecutor = (type: string): PortableStep | undefined =>
  type === 'command' ? nothing : portableStep(type)

/** What reaches the world from here; tests give their own. */
export type Outside = Pick<StepPorts, 'fetch' | 'sendMail'>

/** Connections are closed after their message: an open one would keep the object awake. */
const mailer = new Mailer({ idleMs: 0 })

async function request(
  fetch: (url: string, init: RequestInit) => Promise<Response>,
  url: string,
  { method, headers, body, signal, skipTlsVerify }: FetchInit,
): Promise<FetchResponse> {
  if (skipTlsVerify) throw new Error('the edge always checks certificates (skip_tls_verify): give the DAG a runner')
  const response = await fetch(url, {
    method,
    headers,
    signal: signal as AbortSignal,
    ...(body === undefined ? {} : { body }),
  })
  const { status, statusText } = response
  return { status, statusText, headers: response.headers, body: response.body as FetchResponse['body'] }
}

export const outsideOf = (fetch: (url: string, init: RequestInit) => Promise<Response>): Outside => ({
  fetch: (url, init) => request(fetch, url, init),
  sendMail: (server, mail, signal) => mailer.send(server, mail, signal),
})

/** The ports of one attempt; `said` gets what it writes. */
export function edgePorts(
  outside: Outside,
  of: { identity: string; now: () => number; signal: AbortSignal },
  said: { stdout: string; stderr: string },
): StepPorts {
  return {
    ...outside,
    ...of,
    write(stream, text) {
      said[stream] += text
    },
    maxBodyBytes: MAX_BODY_BYTES,
  }
}
