// Errors of the API: RFC 9457 problem documents from a closed set of codes (docs/reference/errors.md).
// Promise: each also carries the `code` and `message` that existing clients read, and says nothing about what went on inside.

import type { Refusal } from './answer.ts'

export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is not valid' },
  not_running: { status: 400, title: 'The run is not running' },
  invalid_spec: { status: 400, title: 'The DAG definition is not valid' },
  unauthorized: { status: 401, title: 'Not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  timeout: { status: 408, title: 'The run has not finished in time' },
  already_exists: { status: 409, title: 'It exists already' },
  conflict: { status: 409, title: 'It was changed by somebody else' },
  length_required: { status: 411, title: 'The length of the body is missing' },
  too_large: { status: 413, title: 'The request is too large' },
  range_not_satisfiable: { status: 416, title: 'The range is not in the file' },
  upgrade_required: { status: 426, title: 'A WebSocket is expected' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'An unexpected error occurred' },
  unavailable: { status: 503, title: 'Not available now' },
} as const

export type ProblemCode = keyof typeof PROBLEMS

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code)

/** The body of a problem as JSON. */
export function problemBody(code: ProblemCode, message: string, extra: Record<string, unknown> = {}) {
  const { status, title } = PROBLEMS[code]
  return { type: `urn:edgedag:problem:${code}`, title, status, detail: message || title, code, message, ...extra }
}

/** An error answer. `extra` members go beside the standard ones. */
export function problem(code: ProblemCode, message: string, extra: Record<string, unknown> = {}): Refusal {
  return new Response(JSON.stringify(problemBody(code, message, extra)), {
    status: PROBLEMS[code].status,
    headers: { 'content-type': 'application/problem+json' },
  }) as Refusal
}

/** The answer for an error value of an object; a code that is not in the set is a `bad_request`. */
export const refused = (error: { code: string; message: string }): Refusal =>
  problem(isProblemCode(error.code) ? error.code : 'bad_request', error.message)

/** Wrong or missing token: no body, no detail. */
export const unauthorized = (): Refusal => new Response(null, { status: 401 }) as Refusal
