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

/** Description of an answer of many lines, each of which is JSON by this schema. */
export class Lines<S extends z.ZodType = z.ZodType> {
  readonly of: S
  constructor(of: S) {
    this.of = of
  }
}

/** A body of lines, each of which is a `T`. */
export interface LinesOf<out T> {
  readonly line: T
}

/** Successful answers of a route by status: their JSON, their lines, or a text where there is neither. */
export type AnswerSpecs = Record<number, z.ZodType | Lines | string>

type BodyOfOne<A> = A extends Lines<infer S> ? LinesOf<z.input<S>> : A extends z.ZodType ? z.input<A> : undefined

/** What may be the body of a route with these answers. */
export type BodyOf<A extends AnswerSpecs> = { [S in keyof A]: BodyOfOne<A[S]> }[keyof A]

export const json = <T>(value: T, status = 200): Answer<T> =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } }) as Answer<T>

/** 200 without a body, as the reference answers most actions. */
export const done = (status: 200 | 204 = 200): Answer<undefined> => withoutJson(new Response(null, { status }))

/** Values as they come, one JSON text a line (NDJSON). Who reads no further ends the generator. */
export function ndjson<T>(values: AsyncGenerator<T>): Answer<LinesOf<T>> {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await values.next()
      if (next.done === true) return controller.close()
      controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`))
    },
    async cancel() {
      await values.return(undefined)
    },
  })
  const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }
  return new Response(body, { headers }) as Answer<LinesOf<T>>
}

/** A response that is no JSON: a file, a stream, an upgrade. */
export const withoutJson = (response: Response): Answer<undefined> => response as Answer<undefined>
