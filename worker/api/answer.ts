// Answers that carry the type of their body. Promise: what a handler answers is what its route describes, or it does not compile.
import type { z } from '@hono/zod-openapi'

declare const BODY: unique symbol

/** A response whose JSON is a `T`; undefined: it has none. */
export interface Answer<out T> extends Response {
  /** Known to the compiler alone. */
  readonly [BODY]: T
}

/** A problem document, which every route may answer. */
export type Refusal = Answer<never>

/** What may be the body of a route with these answers: JSON by its schema, none where there is a text only. */
export type BodyOf<A extends Record<number, z.ZodType | string>> = {
  [S in keyof A]: A[S] extends z.ZodType ? z.input<A[S]> : undefined
}[keyof A]

export const json = <T>(value: T, status = 200): Answer<T> =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } }) as Answer<T>

/** 200 without a body, as the reference answers most actions. */
export const done = (status: 200 | 204 = 200): Answer<undefined> => withoutJson(new Response(null, { status }))

/** A response that is no JSON: a file, a stream, an upgrade. */
export const withoutJson = (response: Response): Answer<undefined> => response as Answer<undefined>
