// One route of the API as a value: path, permission, schemas and handler. Promise: a route without a permission does not compile,
// and the OpenAPI document, the validation and the access check come from this one description.
import type { z } from '@hono/zod-openapi'
import type { Authenticator, Principal } from '../auth/authenticator.ts'
import type { Answer, AnswerSpecs, BodyOf } from './answer.ts'
import type { ApiDeps } from './deps.ts'
import type { AnyRouteSpec, RouteSpec, Shape } from './route-spec.ts'

type Output<S> = S extends z.ZodType ? z.output<S> : undefined

/** What a handler is given: everything already validated. */
export interface Call<P, Q, B> {
  params: P
  query: Q
  body: B
  /** Null on public routes. */
  caller: Principal | null
  request: Request
  deps: ApiDeps
  auth: Authenticator
}

export interface Route {
  spec: AnyRouteSpec
  handle: (call: Call<unknown, unknown, unknown>) => Response | Promise<Response>
}

/** Ties a description to its handler; the schemas give the types of what the handler is given and of what it answers. */
export function route<
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends z.ZodType | undefined = undefined,
  const A extends AnswerSpecs = AnswerSpecs,
>(
  spec: RouteSpec<P, Q, B, A>,
  handle: (call: Call<Output<P>, Output<Q>, Output<B>>) => Answer<BodyOf<A>> | Promise<Answer<BodyOf<A>>>,
): Route {
  return { spec: spec as unknown as Route['spec'], handle: handle as unknown as Route['handle'] }
}
