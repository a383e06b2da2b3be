// The page of the REST API: every route with who may use it and what it does.
import { describeAccess } from '../../worker/api/openapi.ts'
import type { Route } from '../../worker/api/route.ts'

const HEAD = `# The REST API

Generated from the routes: \`node scripts/reference/main.ts\` writes it. The whole description, with parameters, bodies and answers, is what a
server says itself: \`GET /api/v1/openapi.json\` (OpenAPI 3.1). Errors are [problem documents](errors.md).

All paths are below \`/api/v1\`; \`/api/v2\` is the same. Send \`Authorization: Bearer <API key>\`. A permission is had by the role that
stands with it, and by those above it: viewer, operator, developer, manager, admin. \`public\` needs no key, \`signed\` a signature that a run's
host was given, \`runner\` the credential of an enrolled worker.
`

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function section(tag: string, routes: Route[]): string {
  const rows = routes.map(
    ({ spec }) =>
      `| ${spec.method.toUpperCase()} | \`${spec.path}\` | ${cell(describeAccess(spec.permission))} | ${cell(spec.summary)} |`,
  )
  return `## ${tag}\n\n| Method | Path | Permission | What |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

/** Markdown of these routes, by tag in the order of the alphabet. */
export function apiPage(routes: Route[]): string {
  const byTag = Map.groupBy(routes, ({ spec }) => spec.tag)
  const tags = [...byTag.keys()].sort()
  return [HEAD, ...tags.map(tag => section(tag, byTag.get(tag) ?? []))].join('\n')
}
