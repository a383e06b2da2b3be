// What the edge offers to portable steps (steps/): its network, and no files.
import { portableStep } from '@edgedag/steps/index'
import { followRedirect } from '@edgedag/steps/redirects'
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

type Fetch = (url: string, init: RequestInit) => Promise<Response>

async function request(fetch: Fetch, url: string, init: FetchInit): Promise<FetchResponse> {
  if (init.skipTlsVerify)
    throw new Error('the edge always checks certificates (skip_tls_verify): give the DAG a runner')
  let next = { url: new URL(url), init }
  for (let hops = 0; ; hops++) {
    const response = await exchange(fetch, next)
    const { status, statusText, headers } = response
    const location = headers.get('location') ?? undefined
    const onward = followRedirect(next.url, next.init, { status, location }, hops)
    if (onward === null) return { status, statusText, headers, body: response.body as FetchResponse['body'] }
    await response.body?.cancel()
    next = onward
  }
}

/** The platform would take all headers along. */
const exchange = (fetch: Fetch, { url, init }: { url: URL; init: FetchInit }): Promise<Response> =>
  fetch(url.href, {
    method: init.method,
    headers: init.headers,
    redirect: 'manual',
    signal: init.signal as AbortSignal,
    ...(init.body === undefined ? {} : { body: init.body }),
  })

export const outsideOf = (fetch: Fetch): Outside => ({
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
