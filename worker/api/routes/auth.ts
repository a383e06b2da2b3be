// Sign-in. Promise: the page never keeps a token: it is exchanged for a cookie that scripts cannot read.

import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { credentialOf, SESSION_TTL_SEC, sessionCookie } from '../../auth/credentials.ts'
import { sha256Hex } from '../../auth/hash.ts'
import { isSameOrigin } from '../../auth/same-origin.ts'
import { type Answer, done, json } from '../answer.ts'
import { UserJson } from '../answers/user.ts'
import { directory } from '../find-dag.ts'
import { problem, unauthorized } from '../problem.ts'
import { route } from '../route.ts'
import { timeText } from '../time.ts'

const userJson = ({ id, name, role }: Principal) => ({
  id,
  username: name,
  role,
  authProvider: 'builtin',
  workspaceAccess: { all: true, grants: [] },
})

const withCookie = <T>(response: Answer<T>, cookie: string): Answer<T> => {
  response.headers.append('set-cookie', cookie)
  return response
}

/** Of several proxies the first one says how the browser came. */
const isSecure = (request: Request): boolean =>
  new URL(request.url).protocol === 'https:' ||
  request.headers.get('x-forwarded-proto')?.split(',', 1)[0]?.trim().toLowerCase() === 'https'

const SESSION_TOKEN_HEX = 64
const tag = 'auth'

export const authRoutes = [
  route(
    {
      method: 'post',
      path: '/auth/session',
      permission: 'public',
      tag,
      summary: 'Exchange an API key for a session cookie of 24 hours',
      body: z.looseObject({ token: z.string().max(1024) }),
      answers: { 200: z.object({ expiresAt: z.string(), user: UserJson }) },
    },
    async ({ body, request, deps, auth }) => {
      if (request.headers.has('origin') && !isSameOrigin(request)) {
        return problem('forbidden', 'The request was not made by a page of this address')
      }
      const principal = await auth.principalOf(body.token)
      if (principal === null || principal.kind !== 'key') return unauthorized()
      const session = deps.randomHex(SESSION_TOKEN_HEX)
      const expiresAt = deps.now() + SESSION_TTL_SEC * 1000
      await directory(deps).createSession(principal.id, await sha256Hex(session), expiresAt)
      const answer = json({ expiresAt: timeText(expiresAt), user: userJson(principal) })
      return withCookie(answer, sessionCookie(session, isSecure(request)))
    },
  ),
  route(
    {
      method: 'delete',
      path: '/auth/session',
      permission: 'self.read',
      tag,
      summary: 'End the session',
      answers: { 204: 'Signed out' },
    },
    async ({ request, deps, auth }) => {
      const credential = credentialOf(request.headers)
      if (credential?.from === 'cookie') {
        await directory(deps).endSession(await sha256Hex(credential.token))
        await auth.forget(credential.token)
      }
      return withCookie(done(204), sessionCookie('', isSecure(request)))
    },
  ),
  route(
    {
      method: 'get',
      path: '/auth/me',
      permission: 'self.read',
      tag,
      summary: 'Who am I',
      answers: { 200: z.object({ user: UserJson }) },
    },
    ({ caller }) => (caller === null ? unauthorized() : json({ user: userJson(caller) })),
  ),
]
