// HTTP requests of steps. Not fetch: that gives up on an answer that takes five minutes, and cannot be told to accept any certificate.
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import type { FetchInit, FetchResponse } from '@edgedag/steps/step'

const MAX_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Not told to another server than the one that they were written for. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** One request with its redirects, as browsers follow them. */
export const request = async (url: string, init: FetchInit): Promise<FetchResponse> => {
  let [at, next] = [new URL(url), init]
  for (let hops = 0; ; hops++) {
    const response = await exchange(at, next)
    const { location } = response.headers
    const status = response.statusCode ?? 0
    if (!REDIRECTS.has(status) || location === undefined) return answer(response)
    response.destroy()
    if (hops === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects, the last to ${location}`)
    const to = new URL(location, at)
    if (to.protocol !== 'http:' && to.protocol !== 'https:')
      throw new Error(`a redirect to ${to.protocol} is not followed`)
    next = redirected(next, status, to.origin === at.origin)
    at = to
  }
}

const redirected = ({ body, ...init }: FetchInit, status: number, isSameOrigin: boolean): FetchInit => {
  const headers = isSameOrigin ? init.headers : init.headers.filter(([name]) => !CREDENTIALS.has(name.toLowerCase()))
  const becomesGet =
    (status === 303 && init.method !== 'HEAD') || ((status === 301 || status === 302) && init.method === 'POST')
  if (!becomesGet) return { ...init, headers, ...(body === undefined ? {} : { body }) }
  return { ...init, method: 'GET', headers: headers.filter(([name]) => !/^content-/i.test(name)) }
}

const exchange = (url: URL, { method, headers, body, signal, skipTlsVerify }: FetchInit): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const outgoing = send(url, {
      method,
      signal: signal as AbortSignal,
      ...(skipTlsVerify ? { rejectUnauthorized: false } : {}),
    })
    outgoing.on('error', reject)
    outgoing.on('response', resolve)
    for (const [name, value] of headers) outgoing.appendHeader(name, value)
    if (!outgoing.hasHeader('user-agent')) outgoing.setHeader('User-Agent', 'edgedag')
    if (!outgoing.hasHeader('accept')) outgoing.setHeader('Accept', '*/*')
    outgoing.end(body)
  })

const answer = (response: IncomingMessage): FetchResponse => {
  const { rawHeaders } = response
  const headers: [string, string][] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.push([rawHeaders[i]!, rawHeaders[i + 1]!])
  const body = Readable.toWeb(response) as unknown as FetchResponse['body']
  return { status: response.statusCode ?? 0, statusText: response.statusMessage ?? '', headers, body }
}
