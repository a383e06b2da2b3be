// Requests to a secret store: TLS as the host says it, bounded in time and size, no redirects. Promise: an error is one sentence
// that never holds what was sent.
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { err, ok, type Result } from '@edgedag/core/result'

export interface TlsOptions {
  /** PEM texts. */
  ca?: string
  cert?: string
  key?: string
  serverName?: string
  insecure?: boolean
}

export interface StoreRequest {
  method: 'GET' | 'POST'
  url: URL
  headers: Record<string, string>
  /** Sent as JSON. */
  body?: unknown
  tls?: TlsOptions
  signal: AbortSignal
}

export interface StoreAnswer {
  status: number
  /** Undefined: it is no JSON. */
  json: unknown
}

const TIMEOUT_MS = 15_000
const MAX_BYTES = 4 * 1024 * 1024
const TRIES = 4
const PAUSE_MS = 300

/** Asks, again where nobody answers or the store is busy (429, 502, 503, 504). */
export const askStore = async (request: StoreRequest): Promise<Result<StoreAnswer, string>> => {
  for (let attempt = 1; ; attempt++) {
    const answer = await askOnce(request)
    const again = answer.ok ? BUSY.has(answer.value.status) : true
    if (!again || attempt === TRIES || request.signal.aborted) return answer
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS * attempt))
  }
}

const BUSY = new Set([429, 502, 503, 504])

const askOnce = ({ method, url, headers, body, tls = {}, signal }: StoreRequest) =>
  new Promise<Result<StoreAnswer, string>>(resolve => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const options = {
      method,
      headers: {
        accept: 'application/json',
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
      timeout: TIMEOUT_MS,
      signal,
    }
    const fail = (reason: string) => resolve(err(`${url.host}: ${reason}`))
    try {
      const request =
        url.protocol === 'https:' ? httpsRequest(url, { ...options, ...tlsOf(tls) }) : httpRequest(url, options)
      request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
      request.on('error', error => fail(explain(error as NodeJS.ErrnoException)))
      request.on('response', response => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > MAX_BYTES) request.destroy(new Error(`its answer is larger than ${MAX_BYTES} bytes`))
          else chunks.push(chunk)
        })
        response.on('error', error => fail(explain(error)))
        response.on('end', () =>
          resolve(ok({ status: response.statusCode ?? 0, json: parse(Buffer.concat(chunks).toString('utf8')) })),
        )
      })
      request.end(text)
    } catch (error) {
      fail(explain(error as NodeJS.ErrnoException))
    }
  })

const tlsOf = ({ ca, cert, key, serverName, insecure }: TlsOptions) => ({
  agent: false as const,
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key }),
  ...(serverName === undefined ? {} : { servername: serverName }),
  ...(insecure ? { rejectUnauthorized: false } : {}),
})

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/

const explain = (error: NodeJS.ErrnoException): string => {
  if (error.name === 'AbortError') return 'the run was stopped'
  if (CERTIFICATE.test(error.code ?? '')) return `its certificate is not trusted (${error.code}): ${error.message}`
  return error.code === 'ECONNREFUSED' ? 'nobody answers there (connection refused)' : error.message
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
