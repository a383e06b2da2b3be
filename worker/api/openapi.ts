// The OpenAPI document, made from the routes' own schemas, so that it cannot say something else than the server does.
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { isRolePermission, lowestRole, type Permission } from '../auth/roles.ts'
import { Lines } from './answer.ts'
import { PROBLEMS } from './problem.ts'
import type { Route } from './route.ts'

const ProblemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [string, ...string[]]),
    message: z.string(),
  })
  .openapi('Problem')

/** Who may use a route, in a few words. */
export const describeAccess = (permission: Permission): string =>
  isRolePermission(permission) ? `\`${permission}\` (${lowestRole(permission)})` : permission

const access = (permission: Permission): string =>
  isRolePermission(permission)
    ? `Permission \`${permission}\`: role ${lowestRole(permission)} or above.`
    : `Access: ${permission}.`

function answersOf(route: Route) {
  const answers: Record<string, { description: string; content?: Record<string, { schema: z.ZodType }> }> = {}
  for (const [status, answer] of Object.entries(route.spec.answers)) {
    if (typeof answer === 'string') answers[status] = { description: answer }
    else if (answer instanceof Lines)
      answers[status] = {
        description: 'One JSON object a line',
        content: { 'application/x-ndjson': { schema: answer.of } },
      }
    else answers[status] = { description: 'Done', content: { 'application/json': { schema: answer } } }
  }
  answers.default = { description: 'Refused', content: { 'application/problem+json': { schema: ProblemSchema } } }
  return answers
}

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument(routes: Route[], version: string, base: string): unknown {
  const registry = new OpenAPIHono()
  for (const route of routes) {
    const { method, path, params, query, body, permission, summary, tag } = route.spec
    registry.openAPIRegistry.registerPath({
      method,
      path,
      summary,
      description: access(permission),
      tags: [tag],
      security: permission === 'public' ? [] : [{ bearer: [] }],
      request: {
        ...(params === undefined ? {} : { params }),
        ...(query === undefined ? {} : { query }),
        ...(body === undefined ? {} : { body: { content: { 'application/json': { schema: body } } } }),
      },
      responses: answersOf(route),
    })
  }
  registry.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  return registry.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Edgedag', version },
    servers: [{ url: base }],
  })
}
