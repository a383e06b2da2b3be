// Does an answer say what its route describes? For tests and for development: a control plane in use does not look.
import { z } from '@hono/zod-openapi'
import { Lines } from './answer.ts'
import { problem } from './problem.ts'
import type { AnyRouteSpec } from './route-spec.ts'

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object'

/** Members that were given and that the schema did not take over, by their paths. */
function undescribed(given: unknown, taken: unknown, path = ''): string[] {
  if (!isObject(given) || !isObject(taken)) return []
  return Object.entries(given).flatMap(([name, value]) => {
    const at = path === '' ? name : `${path}.${name}`
    if (!Object.hasOwn(taken, name)) return [`${at}: is not described`]
    return undescribed(value, taken[name], at)
  })
}

/** What of a JSON body differs from a schema; an undescribed member is a difference too. */
export function bodyDifferences(schema: z.ZodType, body: unknown): string[] {
  const read = schema.safeParse(body)
  if (read.success) return undescribed(body, read.data)
  return [z.prettifyError(read.error)]
}

/** What of an answer differs from its route's description, in words; empty: nothing. Refusals are problem documents. */
export async function answerDifferences({ answers }: AnyRouteSpec, response: Response): Promise<string[]> {
  const { status } = response
  // An object answers upgrades.
  if (101 in answers) return []
  const type = response.headers.get('content-type') ?? ''
  if (status >= 400) {
    const isProblem = type === 'application/problem+json' || (status === 401 && response.body === null)
    return isProblem ? [] : [`${status} without a problem document`]
  }
  const schema = answers[status]
  if (schema === undefined) return [`status ${status} is not described`]
  if (typeof schema === 'string') return []
  if (schema instanceof Lines) {
    const lines = (await response.clone().text()).split('\n').filter(line => line !== '')
    return lines.flatMap(line => bodyDifferences(schema.of, JSON.parse(line)))
  }
  if (!type.startsWith('application/json')) return [`${type || 'no content'} instead of JSON`]
  return bodyDifferences(schema, await response.clone().json())
}

/** Puts a failure in the place of an answer that differs from its description, so that nobody can miss it. */
export async function insistOnDescription(spec: AnyRouteSpec, answer: Response): Promise<Response> {
  const differences = await answerDifferences(spec, answer)
  if (differences.length === 0) return answer
  const text = `${spec.method} ${spec.path} answered what its route does not describe: ${differences.join('; ')}`
  console.error(text)
  return problem('internal_error', text)
}
