// Logs of a run: the engine's own account, and stdout and stderr of its steps.

import { sideNodes } from '@edgedag/core/run/mail-nodes'
import type { Dag } from '@edgedag/core/spec/dag'
import { z } from '@hono/zod-openapi'
import type { StepLogIndex } from '../../objects/contracts.ts'
import { json, type Refusal, withoutJson } from '../answer.ts'
import { LogPageJson } from '../answers/log.ts'
import type { ApiDeps } from '../deps.ts'
import { type FoundRun, findRun, type RunAddress, runNotFound, runStub } from '../find-run.ts'
import { openStepLog } from '../logs/joined-log.ts'
import { type LogWindow, readLogPage } from '../logs/log-page.ts'
import { type LogSource, openLog } from '../logs/log-source.ts'
import { streamLog } from '../logs/log-stream.ts'
import { problem } from '../problem.ts'
import { route } from '../route.ts'
import { RUN_PATH, RunParams, StepParams, Stream, SUB_RUN_PATH, SubRunParams, SubStepParams } from '../schemas.ts'

const MOST_LINES = 10_000
const Count = z.coerce
  .number()
  .int()
  .min(1)
  .transform(value => Math.min(value, MOST_LINES))

const Window = z.object({
  head: Count.optional(),
  tail: Count.optional(),
  /** 1-based number of the first line. */
  offset: z.coerce.number().int().min(1).optional(),
  limit: Count.optional(),
})
/** One execution of a step; absent: all of the run's present attempt, one after the other. */
const Attempt = z.coerce.number().int().min(1).optional()
const StepWindow = Window.extend({ stream: Stream.default('stdout'), attempt: Attempt })

function windowOf({ head, tail, offset, limit }: z.output<typeof Window>): LogWindow {
  if (tail !== undefined) return { tail }
  if (head !== undefined) return { head }
  return { offset: offset ?? 1, limit: limit ?? MOST_LINES }
}

/** A text in memory read like any log. */
const sourceOf = (deps: ApiDeps, lines: string[]): Promise<LogSource> =>
  openLog(
    deps,
    { runId: '', stream: 'stdout' },
    {
      inline: lines.map(line => `${line}\n`).join(''),
      segments: [],
      bytes: null,
      lines: null,
      dropped: 0,
      live: null,
    },
  )

function download(source: LogSource, fileName: string) {
  const file = new Response(streamLog(source), {
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`,
    },
  })
  return withoutJson(file)
}

const NO_LOG: StepLogIndex = { inline: '', segments: [], bytes: 0, lines: 0, dropped: 0, live: null }

/** A run without a Run object has no logs yet, but steps. */
async function hasStep({ dag, runId }: FoundRun, step: string): Promise<boolean> {
  const pinned = await dag.specOf(runId)
  if (pinned === null) return false
  const pinnedDag = JSON.parse(pinned.dagJson) as Dag
  return pinnedDag.steps.some(({ name }) => name === step) || sideNodes(pinnedDag).has(step)
}

interface StepLogAddress extends RunAddress {
  stepName: string
}

async function findStepLog(
  deps: ApiDeps,
  address: StepLogAddress,
  { stream, attempt }: { stream: 'stdout' | 'stderr'; attempt?: number | undefined },
): Promise<LogSource | Refusal> {
  const { stepName, name } = address
  const found = await findRun(deps, address)
  if (found === null) return runNotFound(address)
  const index =
    (await runStub(deps, found.runId).stepLog(found.runId, stepName, stream, attempt)) ??
    ((await found.run.poke(found.runId)) === 'unknown' && (await hasStep(found, stepName)) ? NO_LOG : null)
  if (index === null) return problem('not_found', `step ${stepName} not found in DAG ${name}`)
  return openStepLog(deps, { runId: found.runId, stream }, index)
}

async function openRunLog(deps: ApiDeps, address: RunAddress): Promise<LogSource | Refusal> {
  const found = await findRun(deps, address)
  if (found === null) return runNotFound(address)
  return sourceOf(deps, (await found.run.events(found.runId)) ?? [])
}

const tag = 'logs'
const common = { method: 'get', permission: 'runs.read', tag } as const
const text = { 200: 'The log as text/plain' }

/** The logs of a run at `path`, be it a top run or one below it. */
const logRoutes = (
  path: typeof RUN_PATH | typeof SUB_RUN_PATH,
  runParams: typeof RunParams,
  stepParams: typeof StepParams,
) => [
  route(
    {
      ...common,
      path: `${path}/log`,
      summary: "The engine's log of a run: one line per event",
      params: runParams,
      query: Window,
      answers: { 200: LogPageJson },
    },
    async ({ params, query, deps }) => {
      const source = await openRunLog(deps, params)
      return source instanceof Response ? source : json(await readLogPage(source, windowOf(query)))
    },
  ),
  route(
    {
      ...common,
      path: `${path}/log/download`,
      summary: "The engine's log of a run as a file",
      params: runParams,
      answers: text,
    },
    async ({ params, deps }) => {
      const source = await openRunLog(deps, params)
      return source instanceof Response ? source : download(source, `${params.name}.${params.dagRunId}.log`)
    },
  ),
  route(
    {
      ...common,
      path: `${path}/steps/{stepName}/log`,
      summary: 'Lines of the log of a step',
      params: stepParams,
      query: StepWindow,
      answers: { 200: LogPageJson },
    },
    async ({ params, query, deps }) => {
      const source = await findStepLog(deps, params, query)
      return source instanceof Response ? source : json(await readLogPage(source, windowOf(query)))
    },
  ),
  route(
    {
      ...common,
      path: `${path}/steps/{stepName}/log/download`,
      summary: 'The whole log of a step as a file',
      params: stepParams,
      query: z.object({ stream: Stream.default('stdout'), attempt: Attempt }),
      answers: text,
    },
    async ({ params, query, deps }) => {
      const source = await findStepLog(deps, params, query)
      return source instanceof Response
        ? source
        : download(source, `${params.dagRunId}.${params.stepName}.${query.stream}.log`)
    },
  ),
]

export const runLogRoutes = [
  ...logRoutes(RUN_PATH, RunParams, StepParams),
  ...logRoutes(SUB_RUN_PATH, SubRunParams, SubStepParams),
]
