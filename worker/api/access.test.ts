import { describe, expect, it } from 'vitest'
import { allows, lowestRole, ROLE_PERMISSIONS, ROLES, type RolePermission } from '../auth/roles.ts'
import { json } from './answer.ts'
import { createApi } from './app.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes/index.ts'
import { createWorld, ORIGIN } from './testing/world.ts'

const EXAMPLES: Record<string, string> = {
  fileName: 'hello',
  name: 'hello',
  dagRunId: 'r1',
  stepName: 'a',
  runnerId: 'r-1',
  runId: 'r1',
  step: 'a',
  attempt: '1',
  stream: 'stdout',
  seq: '0',
}
const address = (path: string): string =>
  `/api/v1${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => EXAMPLES[name] ?? name)}`
const title = ({ spec }: Route): string => `${spec.method.toUpperCase()} ${spec.path}`
const byRole = ROUTES.filter(({ spec }) => (ROLE_PERMISSIONS as string[]).includes(spec.permission))
const rows = byRole.map(route => [title(route), route] as const)

/** Routes that nobody's role opens, with the reason. A new one has to be argued for here. */
const WITHOUT_ROLE = {
  'GET /health': 'public',
  'POST /auth/session': 'public',
  'POST /runners/enrol': 'public',
  'POST /webhooks/{fileName}': 'public',
  'POST /runner/runs/{runId}/secrets': 'runner',
  'PUT /runner/docs': 'runner',
  'PUT /runner/artifacts/{runId}/{runnerId}/{n}': 'runner',
  'GET /runner/payloads/{runId}/{blob}': 'runner',
  'GET /runner/connect': 'runner',
  'GET /runner/docs': 'runner',
  'GET /runner/docs/doc': 'runner',
  'PUT /runner/logs/{runId}/{step}/{attempt}/{stream}/{seq}': 'runner',
}

describe('every route', () => {
  it('asks for a role, except the few that are open or prove themselves otherwise', () => {
    const others = ROUTES.filter(route => !byRole.includes(route))
    expect(Object.fromEntries(others.map(route => [title(route), route.spec.permission]))).toEqual(WITHOUT_ROLE)
  })

  it.each(rows)('%s answers 401 without a token and with a wrong one, and tells nothing', async (_, { spec }) => {
    const { ask } = await createWorld()
    for (const token of ['', 'wrong-token-of-16-chars']) {
      const answer = await ask(spec.method.toUpperCase(), address(spec.path), { token })
      expect(answer.status).toBe(401)
      expect(await answer.text()).toBe('')
    }
  })

  it.each(rows)('%s lets in its lowest role and turns away the one below', async (_, { spec }) => {
    const { ask } = await createWorld()
    const least = lowestRole(spec.permission as RolePermission)
    const below = ROLES[ROLES.indexOf(least) - 1]
    const method = spec.method.toUpperCase()
    expect((await ask(method, address(spec.path), { role: least })).status).not.toBe(403)
    if (below !== undefined) expect((await ask(method, address(spec.path), { role: below })).status).toBe(403)
  })

  it.each(rows.filter(([, { spec }]) => spec.method !== 'get' || spec.mutates))(
    '%s refuses a cookie from another site and takes one from our page',
    async (_, { spec }) => {
      const { ask, keyOf } = await createWorld()
      const cookie = { cookie: `edgedag_session=${keyOf('admin')}` }
      const method = spec.method.toUpperCase()
      const from = async (headers: Record<string, string>) =>
        (await ask(method, address(spec.path), { token: '', headers: { ...cookie, ...headers } })).status
      expect(await from({})).toBe(403)
      expect(await from({ origin: 'https://evil.example' })).toBe(403)
      expect(await from({ 'sec-fetch-site': 'cross-site' })).toBe(403)
      expect(await from({ origin: ORIGIN })).not.toBe(403)
    },
  )

  it('must name a permission, or the server does not start', async () => {
    const { deps } = await createWorld()
    const naked = { spec: { method: 'get', path: '/naked', tag: '', summary: '', answers: {} }, handle: () => json({}) }
    expect(() => createApi(deps, [naked as unknown as Route])).toThrow('declares no permission')
  })
})

describe('roles', () => {
  it('include what the roles below them may do', () => {
    for (const permission of ROLE_PERMISSIONS) {
      const from = ROLES.indexOf(lowestRole(permission))
      expect(ROLES.map(role => allows(role, permission))).toEqual(ROLES.map((_, index) => index >= from))
    }
  })

  it.each(['', 'root', 'runner', 'Admin', '__proto__'])('that do not exist (%j) may do nothing', role => {
    for (const permission of ROLE_PERMISSIONS) expect(allows(role, permission)).toBe(false)
  })
})
