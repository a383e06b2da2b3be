// Redirects as browsers follow them, wherever a request is made. Promise: what proves who one is goes to the server that it was written
// for, and to no other, whatever that server answers.
import type { FetchInit } from './step.ts'

export const MAX_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Names of headers that carry credentials: `Authorization`, `Cookie`, `X-Api-Key`, `Private-Token`, `X-Vault-Token`, ... */
const CREDENTIALS = /auth|cookie|token|secret|passw|credential|signature|session|api-?key|access-?key|(^|-)key$/i

/** With the base that the platforms' own have. */
const Address = URL as unknown as { new (url: string, base: URL): URL; canParse(url: string, base: URL): boolean }

/**
 * Where an answer leads, and the request that goes there; null: it is the answer itself.
 * @throws Error where a redirect is not followed
 */
export function followRedirect(
  from: URL,
  { body, ...init }: FetchInit,
  { status, location }: { status: number; location: string | undefined },
  hops: number,
): { url: URL; init: FetchInit } | null {
  if (!REDIRECTS.has(status) || location === undefined) return null
  if (hops >= MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects, the last to ${location}`)
  if (!Address.canParse(location, from))
    throw new Error(`a redirect to "${location.slice(0, 200)}", which is no address`)
  const url = new Address(location, from)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`a redirect to ${url.protocol} is not followed`)
  const headers = url.origin === from.origin ? init.headers : init.headers.filter(([name]) => !CREDENTIALS.test(name))
  const becomesGet =
    (status === 303 && init.method !== 'HEAD') || ((status === 301 || status === 302) && init.method === 'POST')
  if (!becomesGet) return { url, init: { ...init, headers, ...(body === undefined ? {} : { body }) } }
  return { url, init: { ...init, method: 'GET', headers: headers.filter(([name]) => !/^content-/i.test(name)) } }
}
