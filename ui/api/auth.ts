// Sign-in exchanges a token for an HttpOnly cookie, so that no script ever keeps the token.
import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, request } from './client.ts'

const ROLE_KEY = 'edgedag.role'

/** The role that was signed in with last on this browser. */
export const rememberedRole = (): string | undefined => localStorage.getItem(ROLE_KEY) ?? undefined
export const rememberRole = (role: string): void => localStorage.setItem(ROLE_KEY, role)

/** @throws ApiError 401 when the token is unknown */
export async function signIn(token: string): Promise<void> {
  const { user } = await request<Answers['POST /auth/session']>('POST', '/auth/session', {
    token,
  } satisfies Bodies['POST /auth/session'])
  rememberRole(user.role)
}

export function signOut(): Promise<unknown> {
  localStorage.removeItem(ROLE_KEY)
  return request('DELETE', '/auth/session')
}

export const fetchMe = (signal?: AbortSignal): Promise<Answers['GET /auth/me']> => get('/auth/me', signal)

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
