// Which role each call of the REST API takes, written from its routes and the server's own table of roles, for whoever offers calls.
import type { Route } from '../../worker/api/route.ts'
import { isRolePermission, lowestRole, ROLES } from '../../worker/auth/roles.ts'

/** The file with the roles, and the lowest one of each call by `METHOD /path`; calls that ask for no role are not in it. */
export function accessTable(routes: Route[]): string {
  const lines = routes.flatMap(({ spec: { method, path, permission } }) =>
    isRolePermission(permission) ? [`  '${method.toUpperCase()} ${path}': '${lowestRole(permission)}',\n`] : [],
  )
  return [
    '// Who may call what. Generated from the routes of the REST API: node scripts/reference/main.ts writes it.\n',
    `/** From least to most; each may what those before it may. */\nexport const ROLES = [${ROLES.map(role => `'${role}'`).join(', ')}] as const\nexport type Role = (typeof ROLES)[number]\n`,
    `/** The lowest role of each call that asks for one. */\nexport const LOWEST_ROLE = {\n${lines.join('')}} as const satisfies Record<string, Role>\n\nexport type ApiCall = keyof typeof LOWEST_ROLE\n`,
  ].join('\n')
}
