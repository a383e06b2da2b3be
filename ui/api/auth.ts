// Sign-in exchanges a token for an HttpOnly cookie, so that no script ever keeps the token.
import type { Answers } from '@edgedag/core/api/generated/answers'
import { get, request } from './client.ts'

/** @throws ApiError 401 when the token is unknown */
export const signIn = (token: string): Promise<unknown> => request('POST', '/auth/session', { token })

export const signOut = (): Promise<unknown> => request('DELETE', '/auth/session')

export const fetchVersion = (): Promise<Answers['GET /health']> => get('/health')

/**
 * Takes a sign-in token out of an address, from `?token=` or `#token=`.
 * @returns the token, if there was one, and the address without it (path, query and hash)
 */
export function takeToken(href: string): { token: string | undefined; cleaned: string } {
  const url = new URL(href)
  const hash = new URLSearchParams(url.hash.replace(/^#/, ''))
  const token = url.searchParams.get('token') ?? hash.get('token') ?? undefined
  if (token !== undefined) {
    url.searchParams.delete('token')
    if (hash.has('token')) {
      hash.delete('token')
      url.hash = hash.toString()
    }
  }
  return { token, cleaned: url.pathname + url.search + url.hash }
}
