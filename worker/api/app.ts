// The Worker's HTTP side: the API under two base paths, its OpenAPI document, and the dashboard's files.
// Promise: every answer has the security headers, and a failure inside tells nothing outside.

import { OpenAPIHono } from '@hono/zod-openapi'
import { Authenticator } from '../auth/authenticator.ts'
import { isStateMismatch } from '../store/migrate.ts'
import { json, withoutJson } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import { openApiDocument } from './openapi.ts'
import { problem } from './problem.ts'
import { registerRoutes } from './register.ts'
import { type Route, route } from './route.ts'
import { ROUTES } from './routes/index.ts'
import { withSecurityHeaders } from './security-headers.ts'
import { isStorageFull, STORAGE_FULL } from './storage-full.ts'

/** Clients of both generations find the same API. */
export const BASE_PATHS = ['/api/v1', '/api/v2'] as const

const isApi = (pathname: string): boolean => pathname === '/api' || pathname.startsWith('/api/')

/** Addresses of files: those of the build's folders, and names with an extension beside the page. Names of DAGs may have dots. */
const isFile = (pathname: string): boolean => /^\/(assets|schemas)\/|^\/[^/]+\.\w+$/.test(pathname)

/** A file of the dashboard; any other address is the page itself, which routes by the address. */
async function page(deps: ApiDeps, request: Request): Promise<Response> {
  if (deps.assets === undefined || !['GET', 'HEAD'].includes(request.method)) {
    return problem('not_found', 'There is nothing at this address')
  }
  const file = await deps.assets.fetch(request)
  const { pathname, origin } = new URL(request.url)
  if (file.status !== 404) return file
  if (isFile(pathname)) return problem('not_found', `${pathname} is not a file of this build of the dashboard`)
  return deps.assets.fetch(new Request(`${origin}/`, { method: request.method }))
}

/** What nobody answered: a path with another method is told apart from a path that does not exist. */
function unmatched(routes: Route[], request: Request): Response {
  const { pathname } = new URL(request.url)
  const base = BASE_PATHS.find(path => pathname.startsWith(`${path}/`))
  const below = base === undefined ? '' : pathname.slice(base.length)
  const methods = routes
    .filter(({ spec }) =>
      new RegExp(`^${spec.path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(below),
    )
    .map(({ spec }) => spec.method.toUpperCase())
  if (methods.length === 0) return problem('not_found', `${pathname} is not part of the API`)
  const answer = problem('method_not_allowed', `${request.method} is not possible here`)
  answer.headers.set('allow', methods.join(', '))
  return answer
}

function documentRoute(routes: Route[], base: string): Route {
  let document: unknown
  return route(
    {
      method: 'get',
      path: '/openapi.json',
      permission: 'self.read',
      tag: 'system',
      summary: 'This description',
      answers: { 200: 'OpenAPI 3.1' },
    },
    ({ deps }) => {
      document ??= openApiDocument(routes, deps.settings.version, base)
      return withoutJson(json(document))
    },
  )
}

/** The Hono app of an installation. One per isolate: it keeps verified tokens for a few seconds. */
export function createApi(deps: ApiDeps, routes: Route[] = ROUTES): OpenAPIHono {
  const app = new OpenAPIHono()
  const auth = new Authenticator({
    directory: () => deps.object('directory', 'main'),
    now: () => deps.now(),
    ...(deps.bootstrapToken === undefined ? {} : { bootstrapToken: deps.bootstrapToken }),
  })
  app.use('*', async (c, next) => {
    await next()
    const answer = c.res
    // An upgrade must go out as it is; and without this reset Hono would copy every answer once more to merge headers.
    if (answer.status === 101) return
    c.res = undefined
    c.res = withSecurityHeaders(c.req.raw, answer)
  })
  for (const base of BASE_PATHS) {
    registerRoutes(app, base, [...routes, documentRoute(routes, base)], deps, auth)
  }
  app.notFound(c => (isApi(c.req.path) ? unmatched(routes, c.req.raw) : page(deps, c.req.raw)))
  app.onError(async (error, c) => {
    deps.log?.(`${c.req.method} ${c.req.path} failed`, error)
    if (isStateMismatch(error)) return problem('unavailable', error.message)
    if (await isStorageFull(deps, error)) return problem('unavailable', STORAGE_FULL)
    return problem('internal_error', 'An unexpected error occurred')
  })
  return app
}
