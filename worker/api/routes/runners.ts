// Runners: enrolment with a one-time token, the agent's socket, and what is connected.

import { ALL_DOCS, type DocsGrant } from '@edgedag/core/docs/grant'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import { sha256Hex } from '../../auth/hash.ts'
import { type RunnerRecord, type RunSummary, SINGLETON } from '../../objects/contracts.ts'
import { type Answer, done, json, type Refusal, withoutJson } from '../answer.ts'
import { DocsGrantJson, WorkerJson } from '../answers/worker.ts'
import type { ApiDeps } from '../deps.ts'
import { directory } from '../find-dag.ts'
import { problem, refused, unauthorized } from '../problem.ts'
import { route } from '../route.ts'
import { timeText } from '../time.ts'

const ENROLMENT_TTL_MS = 15 * 60 * 1000
const SECRET_HEX = 48

const LabelMap = z.record(z.string().min(1).max(100), z.string().max(255))
const RunnerName = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'a runner name has letters, digits, dashes, dots and underscores')
  .refine(name => name !== EDGE_RUNNER, `the name ${EDGE_RUNNER} is that of the edge`)

const toGrant = ({ access, workspaces }: z.infer<typeof DocsGrantJson>): DocsGrant => ({
  access,
  ...(workspaces === undefined ? {} : { workspaces }),
})

/** Turns an upgrade away that is none; null: it is one. */
export const refuseNoUpgrade = (request: Request): Refusal | null =>
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
  const present = enrolled.filter(runner => runner.revokedAt === null)
  return Promise.all(
    present.map(async ({ runnerId, name, labels, docs, drainingSince }) => {
      const up = connected.find(one => one.runnerId === runnerId)
      // The fleet knows of a runner while it is connected; its own object remembers when it was.
      const lastSeen = up === undefined ? (await deps.object('runner', runnerId).status()).lastSeen : deps.now()
      const tasks = runs.filter(({ runner }) => runner !== null && [runnerId, name, up?.hostname].includes(runner))
      return {
        id: name || runnerId,
        runnerId,
        hostname: up?.hostname ?? '',
        labels: up?.labels ?? labels,
        docs: docs ?? ALL_DOCS,
        draining: drainingSince !== null,
        ...(drainingSince === null ? {} : { drainingSince: timeText(drainingSince) }),
        healthStatus: up === undefined ? ('unhealthy' as const) : ('healthy' as const),
        lastHeartbeatAt: lastSeen > 0 ? timeText(lastSeen) : '',
        totalPollers: up?.capacity ?? 0,
        busyPollers: up?.used ?? 0,
        runningTasks: tasks.map(taskJson),
      }
    }),
  )
}

/** The agent's socket ends in its Runner object, which has no need of the credential. */
async function connect(deps: ApiDeps, request: Request, caller: Principal): Promise<Answer<undefined>> {
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return withoutJson(await deps.fetchObject('runner', caller.id, new Request(request, { headers })))
}

const workerNotFound = (id: string): Refusal => problem('not_found', `worker ${id} not found`)

/** A runner in service by its id, or by its name where only one has it. */
async function findWorker(deps: ApiDeps, id: string): Promise<{ worker: RunnerRecord } | { problem: Refusal }> {
  const enrolled = (await directory(deps).runners()).filter(runner => runner.revokedAt === null)
  const byId = enrolled.find(runner => runner.runnerId === id)
  if (byId !== undefined) return { worker: byId }
  const [worker, ...others] = enrolled.filter(runner => runner.name === id)
  if (worker === undefined) return { problem: workerNotFound(id) }
  if (others.length === 0) return { worker }
  const ids = [worker, ...others].map(({ runnerId }) => runnerId).join(', ')
  return { problem: problem('bad_request', `several workers are called ${id}; name one by its id: ${ids}`) }
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
      answers: { 200: z.object({ workers: z.array(WorkerJson), errors: z.array(z.string()) }) },
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
      body: z.looseObject({ labels: LabelMap.default({}), docs: DocsGrantJson.optional() }),
      answers: { 201: z.object({ token: z.string(), expiresAt: z.string() }) },
    },
    async ({ body, caller, deps }) => {
      const token = `edge_enrol_${deps.randomHex(SECRET_HEX)}`
      const expiresAt = deps.now() + ENROLMENT_TTL_MS
      const given = { labels: body.labels, ...(body.docs === undefined ? {} : { docs: toGrant(body.docs) }) }
      await directory(deps).createEnrolment(await sha256Hex(token), expiresAt, given, caller?.name ?? '')
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
      method: 'post',
      path: '/workers/{workerId}/drain',
      permission: 'workers.write',
      tag,
      summary: 'Give a worker no new work; what it has been given goes on. `drain: false` takes it back into service',
      params: z.object({ workerId: RunnerName }),
      body: z.looseObject({ drain: z.boolean().default(true) }),
      answers: { 200: z.object({ id: z.string(), runnerId: z.string(), draining: z.boolean() }) },
    },
    async ({ params, body, deps }) => {
      const found = await findWorker(deps, params.workerId)
      if ('problem' in found) return found.problem
      const { runnerId, name } = found.worker
      if (!(await directory(deps).drainRunner(runnerId, body.drain))) return workerNotFound(params.workerId)
      return json({ id: name || runnerId, runnerId, draining: body.drain })
    },
  ),
  route(
    {
      method: 'put',
      path: '/workers/{workerId}/docs',
      permission: 'runners.enrol',
      tag,
      summary: 'Say which documents a worker gets from now on; what it may not have any more leaves its host',
      params: z.object({ workerId: RunnerName }),
      body: DocsGrantJson,
      answers: { 200: z.object({ id: z.string(), runnerId: z.string(), docs: DocsGrantJson }) },
    },
    async ({ params, body, deps }) => {
      const found = await findWorker(deps, params.workerId)
      if ('problem' in found) return found.problem
      const { runnerId, name } = found.worker
      const docs = toGrant(body)
      if (!(await directory(deps).setRunnerDocs(runnerId, docs))) return workerNotFound(params.workerId)
      return json({ id: name || runnerId, runnerId, docs })
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
