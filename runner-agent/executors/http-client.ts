// HTTP requests of steps. Not fetch: that gives up on an answer that takes five minutes, and cannot be told to accept any certificate.
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { followRedirect } from '@edgedag/steps/redirects'
import type { FetchInit, FetchResponse } from '@edgedag/steps/step'

/** One request with its redirects. */
export const request = async (url: string, init: FetchInit): Promise<FetchResponse> => {
  let next = { url: new URL(url), init }
  for (let hops = 0; ; hops++) {
    const response = await exchange(next.url, next.init)
    try {
      const { statusCode: status = 0, headers } = response
      const onward = followRedirect(next.url, next.init, { status, location: headers.location }, hops)
      if (onward === null) return answer(response)
      response.destroy()
      next = onward
    } catch (error) {
      response.destroy()
      throw error
    }
  }
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
