// Where a request carries its secret. Promise: tokens are taken from headers only, never from the address.

export const SESSION_COOKIE = 'edgedag_session'
/** Seconds. */
export const SESSION_TTL_SEC = 24 * 60 * 60

export interface Credential {
  token: string
  /** Browsers attach cookies by themselves, so what comes by cookie has to prove where the request was made. */
  from: 'bearer' | 'cookie'
}

/** No token is longer than this; a longer one is not even hashed. */
const MAX_TOKEN_CHARS = 1024

function cookieValue(header: string, name: string): string | null {
  for (const part of header.split(';')) {
    const [key, ...rest] = part.split('=')
    if (key?.trim() === name) return rest.join('=').trim()
  }
  return null
}

const usable = (token: string | null | undefined): token is string =>
  typeof token === 'string' && token.length > 0 && token.length <= MAX_TOKEN_CHARS

/** The bearer token of a request, else its session cookie. */
export function credentialOf(headers: Headers): Credential | null {
  const authorization = headers.get('authorization')
  if (authorization !== null) {
    const token = /^bearer +(\S+) *$/i.exec(authorization)?.[1]
    return usable(token) ? { token, from: 'bearer' } : null
  }
  const session = cookieValue(headers.get('cookie') ?? '', SESSION_COOKIE)
  return usable(session) ? { token: session, from: 'cookie' } : null
}

/** `set-cookie` of a new session, or with an empty token the one that removes it. */
export function sessionCookie(token: string, secure: boolean): string {
  const maxAge = token === '' ? 0 : SESSION_TTL_SEC
  return `${SESSION_COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${secure ? '; Secure' : ''}`
}
