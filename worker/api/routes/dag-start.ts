// Runs of a stored DAG: start, start and wait, enqueue, stop all.

import { TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import { z } from '@hono/zod-openapi'
import type { Principal } from '../../auth/authenticator.ts'
import type { RunSummary, StartRequest } from '../../objects/contracts.ts'
import { json } from '../answer.ts'
import { ErrorTexts, Started } from '../answers/common.ts'
import { RunDetailsJson } from '../answers/run.ts'
import { hasComeToLife } from '../come-to-life.ts'
import type { ApiDeps } from '../deps.ts'
import { findDag } from '../find-dag.ts'
import { runStub } from '../find-run.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { detailsOf } from '../run-details.ts'
import { FileParams, StartFields } from '../schemas.ts'
import { startRequest, startRun } from '../start-run.ts'
import { dagNotFound } from './dag-read.ts'

interface Input {
  deps: ApiDeps
  params: { fileName: string }
  body: StartFields
  caller: Principal | null
}

async function startOf({ deps, params, body, caller }: Input, mode: StartRequest['mode']) {
  const found = await findDag(deps, params.fileName)
  if (found === null) return dagNotFound(params.fileName)
  const started = await startRun(deps, found, startRequest(body, caller, mode), caller)
  return started.ok ? json({ dagRunId: started.value }) : started.error
}

const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1_000

/** Looks at a run's row, ever more seldom, until it is terminal; null: the time was over first. */
async function waitForEnd(deps: ApiDeps, dagId: string, runId: string, timeoutMs: number) {
  const until = deps.now() + timeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const summary = await deps.object('dag', dagId).run(runId)
    if (summary !== null && TERMINAL_RUN_STATUSES.has(summary.status)) return summary
    const left = until - deps.now()
    if (left <= 0) return null
    await deps.pause(Math.min(pauseMs, left))
  }
}

async function startSync(input: Input, timeoutSec: number) {
  const { deps, params, body, caller } = input
  const found = await findDag(deps, params.fileName)
  if (found === null) return dagNotFound(params.fileName)
  const started = await startRun(deps, found, startRequest(body, caller, 'start'), caller)
  if (!started.ok) return started.error
  const summary = await waitForEnd(deps, found.dagId, started.value, timeoutSec * 1000)
  if (summary === null) {
    return problem('timeout', `dag-run ${started.value} has not finished within ${timeoutSec} s; it goes on`, {
      dagRunId: started.value,
    })
  }
  return json({ dagRun: await detailsOf(deps, summary) })
}

/** Stops one run; what it could not be stopped for, if that is not that there was nothing to stop. */
async function stopOne(deps: ApiDeps, run: RunSummary, by: string): Promise<string[]> {
  if (run.status === 'waiting' || !(await hasComeToLife(deps, run))) return []
  const stopped = await runStub(deps, run.runId).stop(run.runId, { by })
  return stopped.ok || stopped.error.code === 'not_running' ? [] : [`${run.runId}: ${stopped.error.message}`]
}

async function stopAll({ deps, params, caller }: Omit<Input, 'body'>) {
  const found = await findDag(deps, params.fileName)
  if (found === null) return dagNotFound(params.fileName)
  const active = await found.dag.activeRuns()
  const errors = (await Promise.all(active.map(run => stopOne(deps, run, caller?.name ?? '')))).flat()
  return json({ errors: errors.length === 0 ? null : errors })
}

const tag = 'dags'
const common = { method: 'post', permission: 'runs.execute', tag, params: FileParams } as const

export const dagStartRoutes = [
  route(
    {
      ...common,
      path: '/dags/{fileName}/start',
      summary: 'Start a run now',
      body: StartFields,
      answers: { 200: Started },
    },
    input => startOf(input, 'start'),
  ),
  route(
    {
      ...common,
      path: '/dags/{fileName}/enqueue',
      summary: 'Put a run into its queue',
      body: StartFields,
      answers: { 200: Started },
    },
    input => startOf(input, 'enqueue'),
  ),
  route(
    {
      ...common,
      path: '/dags/{fileName}/start-sync',
      summary: 'Start a run and answer when it has finished, or 408 after `timeout` seconds',
      body: StartFields.extend({ timeout: z.number().positive().max(86_400).default(300) }),
      answers: { 200: z.object({ dagRun: RunDetailsJson }) },
    },
    input => startSync(input, input.body.timeout),
  ),
  route(
    {
      ...common,
      path: '/dags/{fileName}/stop-all',
      summary: 'Stop all running runs of a DAG',
      answers: { 200: z.object({ errors: ErrorTexts }) },
    },
    input => stopAll(input),
  ),
]
