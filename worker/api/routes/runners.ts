// Runners: enrolment with a one-time token, the agent's socket, and what is connected.
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { sha256Hex } from '../../auth/hash.ts'
import { type RunSummary, SINGLETON } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem, refused, unauthorized } from '../problem.ts'
import { done, json, route } from '../route.ts'
import { Loose } from '../schemas.ts'
import { timeText } from '../time.ts'

const ENROLMENT_TTL_MS = 15 * 60 * 1000
const SECRET_HEX = 48

const LabelMap = z.record(z.string().min(1).max(100), z.string().max(255))
const RunnerName = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'a runner name has letters, digits, dashes, dots and underscores')

/** Turns an upgrade away that is none; null: it is one. */
export const refuseNoUpgrade = (request: Request): Response | null =>
  request.headers.get('upgrade')?.toLowerCase() === 'websocket'
    ? null
    : problem('upgrade_required', 'This address is a WebSocket')

const taskJson = (run: RunSummary) => ({
  dagName: run.dagName,
  dagRunId: run.runId,
  rootDagRunName: run.dagName,
  rootDagRunId: run.runId,
  parentDagRunName: '',
  parentDagRunId: '',
  startedAt: timeText(run.startedAt),
})

async function workersJson(deps: ApiDeps) {
  const [connected, enrolled, { runs }] = await Promise.all([
    deps.object('fleet', SINGLETON).runners(),
    directory(deps).runners(),
    deps.object('index', SINGLETON).runs({ status: ['running'], limit: 500 }),
  ])
  return enrolled
    .filter(runner => runner.revokedAt === null)
    .map(({ runnerId, name, labels }) => {
      const up = connected.find(one => one.runnerId === runnerId)
      const tasks =
        up === undefined
          ? []
          : runs.filter(({ runner }) => runner !== null && [runnerId, name, up.hostname].includes(runner))
      return {
        id: name || runnerId,
        runnerId,
        hostname: up?.hostname ?? '',
        labels: { ...labels, ...up?.labels },
        healthStatus: up === undefined ? 'unhealthy' : 'healthy',
        lastHeartbeatAt: up === undefined ? '' : timeText(deps.now()),
        totalPollers: up?.capacity ?? 0,
        busyPollers: up?.used ?? 0,
        runningTasks: tasks.map(taskJson),
      }
    })
}

/** The agent's socket ends in its Runner object. */
/** The agent's socket ends in its Runner object, which has no need of the credential. */
function connect(deps: ApiDeps, request: Request, caller: Principal): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return deps.fetchObject('runner', caller.id, new Request(request, { headers }))
}

const tag = 'runners'

export const runnerRoutes = [
  route(
    {
      method: 'get',
      path: '/workers',
      permission: 'workers.read',
      tag,
      summary: 'Runners and what they run now',
      answers: { 200: z.object({ workers: z.array(Loose), errors: z.array(z.string()) }) },
    },
    async ({ deps }) => json({ workers: await workersJson(deps), errors: [] }),
  ),
  route(
    {
      method: 'post',
      path: '/runners/enrolments',
      permission: 'runners.enrol',
      tag,
      summary: 'Make a token with which one runner can enrol within 15 minutes',
      body: z.looseObject({ labels: LabelMap.default({}) }),
      answers: { 201: z.object({ token: z.string(), expiresAt: z.string() }) },
    },
    async ({ body, caller, deps }) => {
      const token = `edge_enrol_${deps.randomHex(SECRET_HEX)}`
      const expiresAt = deps.now() + ENROLMENT_TTL_MS
      await directory(deps).createEnrolment(await sha256Hex(token), expiresAt, body.labels, caller?.name ?? '')
      return json({ token, expiresAt: timeText(expiresAt) }, 201)
    },
  ),
  route(
    {
      method: 'post',
      path: '/runners/enrol',
      permission: 'public',
      tag,
      summary: 'Exchange an enrolment token for a credential, once',
      body: z.looseObject({ token: z.string().max(1024), name: RunnerName, labels: LabelMap.optional() }),
      answers: { 201: z.object({ runnerId: z.string(), credential: z.string(), labels: LabelMap }) },
    },
    async ({ body, deps }) => {
      const credential = `edge_runner_${deps.randomHex(SECRET_HEX)}`
      const enrolled = await directory(deps).enrol(await sha256Hex(body.token), await sha256Hex(credential), body.name)
      if (!enrolled.ok) return enrolled.error.code === 'already_exists' ? refused(enrolled.error) : unauthorized()
      const { runnerId, labels } = enrolled.value
      return json({ runnerId, credential, labels }, 201)
    },
  ),
  route(
    {
      method: 'delete',
      path: '/runners/{runnerId}',
      permission: 'runners.enrol',
      tag,
      summary: 'Revoke a runner: its credential is refused from then on',
      params: z.object({ runnerId: z.string().regex(/^[\w-]{1,128}$/) }),
      answers: { 204: 'Revoked' },
    },
    async ({ params, deps }) => {
      if (!(await directory(deps).revokeRunner(params.runnerId))) {
        return problem('not_found', `runner ${params.runnerId} not found`)
      }
      await deps.object('runner', params.runnerId).revoke()
      return done(204)
    },
  ),
  route(
    {
      method: 'get',
      path: '/runner/connect',
      permission: 'runner',
      tag,
      summary: "The agent's WebSocket",
      answers: { 101: 'Connected' },
    },
    ({ caller, request, deps }) =>
      refuseNoUpgrade(request) ?? (caller === null ? unauthorized() : connect(deps, request, caller)),
  ),
]
