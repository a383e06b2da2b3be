// Brings routes to life on a Hono app: access check, then validation, then the handler.
// Promise: nothing is parsed for, and nothing is told to, a caller who may not use the route.

import { err, ok, type Result } from '@edgedag/core/result'
import type { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Authenticator, Principal } from '../auth/authenticator.ts'
import { credentialOf } from '../auth/credentials.ts'
import { allows, lowestRole } from '../auth/roles.ts'
import { isSameOrigin } from '../auth/same-origin.ts'
import { readJson } from './body.ts'
import type { ApiDeps } from './deps.ts'
import { problem, unauthorized } from './problem.ts'
import type { Route } from './route.ts'
import type { AnyRouteSpec } from './route-spec.ts'

const isUpgrade = (request: Request): boolean => request.headers.get('upgrade')?.toLowerCase() === 'websocket'

/** The caller that a route lets in, or the answer that turns it away. */
export async function admit(
  spec: AnyRouteSpec,
  request: Request,
  auth: Authenticator,
): Promise<Result<Principal | null, Response>> {
  const { permission } = spec
  if (permission === 'public') return ok(null)
  const credential = credentialOf(request.headers)
  const principal = credential === null ? null : await auth.principalOf(credential.token)
  if (credential === null || principal === null) return err(unauthorized())
  if (permission === 'runner') {
    return principal.kind === 'runner' ? ok(principal) : err(problem('forbidden', 'Only runners use this address'))
  }
  if (principal.kind === 'runner' || !allows(principal.role, permission)) {
    const hint = `It takes the role ${lowestRole(permission)} or above; yours is ${principal.role}.`
    return err(problem('forbidden', 'Insufficient permissions', principal.kind === 'runner' ? {} : { hint }))
  }
  const changes = spec.method !== 'get' || spec.mutates === true || isUpgrade(request)
  if (credential.from === 'cookie' && changes && !isSameOrigin(request)) {
    return err(problem('forbidden', 'The request was not made by a page of this address'))
  }
  return ok(principal)
}

function describeIssue(where: string, error: z.ZodError): string {
  const issue = error.issues[0]
  if (issue === undefined) return `${where} is not valid`
  const path = issue.path.map(String).join('.')
  return path === '' ? issue.message : `${path}: ${issue.message}`
}

function check(where: string, schema: z.ZodType | undefined, value: unknown): Result<unknown, Response> {
  if (schema === undefined) return ok(undefined)
  const result = schema.safeParse(value)
  if (result.success) return ok(result.data)
  const errors = result.error.issues.map(issue => ({ path: issue.path.map(String).join('.'), message: issue.message }))
  return err(problem('bad_request', describeIssue(where, result.error), { errors }))
}

/** Query values by name; an empty value counts as absent, a repeated one becomes a list. */
function queryOf(c: Context): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {}
  for (const [name, all] of Object.entries(c.req.queries())) {
    const given = all.filter(value => value !== '')
    if (given.length > 0) values[name] = given.length === 1 ? (given[0] ?? '') : given
  }
  return values
}

async function serve(route: Route, c: Context, deps: ApiDeps, auth: Authenticator): Promise<Response> {
  const { spec } = route
  const request = c.req.raw
  const caller = await admit(spec, request, auth)
  if (!caller.ok) return caller.error
  const params = check('The path', spec.params, c.req.param())
  if (!params.ok) return params.error
  const query = check('The query', spec.query, queryOf(c))
  if (!query.ok) return query.error
  const raw = spec.body === undefined ? ok(undefined) : await readJson(request, spec.maxBodyBytes)
  if (!raw.ok) return raw.error
  const body = check('The body', spec.body, raw.value)
  if (!body.ok) return body.error
  const answer = await route.handle({
    params: params.value,
    query: query.value,
    body: body.value,
    caller: caller.value,
    request,
    deps,
    auth,
  })
  return deps.checkAnswer === undefined ? answer : deps.checkAnswer(spec, answer)
}

const honoPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1')

/** @throws Error for a route that declares no permission: such a server must not start */
export function registerRoutes(
  app: OpenAPIHono,
  base: string,
  routes: Route[],
  deps: ApiDeps,
  auth: Authenticator,
): void {
  for (const route of routes) {
    const { method, path, permission } = route.spec
    if (!permission) throw new Error(`Route ${method} ${path} declares no permission`)
    app.on(method.toUpperCase(), base + honoPath(path), c => serve(route, c, deps, auth))
  }
}
