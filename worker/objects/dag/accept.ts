// Accepting a run: what a start request becomes, or why it is refused. Pure.
import { type CheckedParams, checkOverrides, checkStartParams } from '@edgedag/core/params/resolve'
import { concurrencyOf } from '@edgedag/core/queue/concurrency-key'
import { err, ok, type Result } from '@edgedag/core/result'
import { laneOf } from '@edgedag/core/run/lane'
import { runIdProblem } from '@edgedag/core/run/run-id'
import type { RunSpec } from '@edgedag/core/run/run-spec'
import type { Dag } from '@edgedag/core/spec/dag'
import { cleanLabels } from '@edgedag/core/spec/env'
import type { ExecutionMode } from '../../host/port.ts'
import type { RunSummary, StartRequest } from '../contracts.ts'

const UNCHECKED = { values: [], pending: [], display: '' }

export interface Refusal {
  code: string
  message: string
}

/** `20260131_235959_` and a suffix: run ids sort by time (UTC). */
export function newRunId(now: number, suffix: string): string {
  const [date = '', time = ''] = new Date(now).toISOString().split('T')
  return `${date.replaceAll('-', '')}_${time.slice(0, 8).replaceAll(':', '')}_${suffix}`
}

/** Somebody has chosen the id, not the engine. */
const isAsked = ({ trigger, by, backfill, ownId }: StartRequest): boolean =>
  !ownId && (trigger === 'manual' || (by !== undefined && backfill === undefined))

export interface Accepting {
  dagId: string
  fileName: string
  /** Pinned, under the run's own name for it. */
  dag: Dag
  dagHash: string
  source: { runner: string; dir: string } | null
  /** What `worker_selector: local` means here: the edge, or the built-in agent of one machine. */
  mainInstance: 'edge' | 'runner'
  executionMode: ExecutionMode
  /** Parameters of a called run that hold a secret, in place of the request's; `display` is masked. */
  sealedParams?: { text: string; display: string }
  now: number
  newId(length: number): string
}

/** Checks id and parameters; the spec of the run that is accepted. */
export function acceptRun(request: StartRequest, accepting: Accepting): Result<RunSpec, Refusal> {
  const { dag, now, sealedParams } = accepting
  const idProblem = request.runId === undefined ? null : runIdProblem(request.runId)
  if (idProblem !== null) return err({ code: 'bad_request', message: idProblem })
  if (request.runId !== undefined && dag.runConfig.disableRunIdEdit && isAsked(request)) {
    return err({ code: 'bad_request', message: 'the run id cannot be set: run_config.disable_run_id_edit' })
  }
  const local = localProblem(request, accepting)
  if (local !== null) return err(local)
  // Sealed ones are checked by the host that opens them.
  const params = sealedParams === undefined ? checkParams(dag, request) : ok(UNCHECKED)
  if (!params.ok) return err({ code: 'bad_request', message: params.error.map(problem => problem.message).join('\n') })
  const concurrency = concurrencyOf(dag, params.value)
  if (!concurrency.ok) return err({ code: 'bad_request', message: concurrency.error })
  const queue = request.mode === 'enqueue' ? (request.queue ?? dag.queue) : undefined
  return ok({
    runId: request.runId ?? newRunId(now, accepting.newId(10)),
    dagId: accepting.dagId,
    dagName: dag.name,
    fileName: accepting.fileName,
    dagHash: accepting.dagHash,
    trigger: request.trigger,
    paramsDisplay: sealedParams?.display ?? params.value.display,
    ...(sealedParams === undefined ? {} : { sealedParams: sealedParams.text }),
    labels: cleanLabels([...dag.labels, ...(request.labels ?? [])]),
    createdAt: now,
    ...(request.params === undefined ? {} : { params: request.params }),
    ...(accepting.source === null ? {} : { source: accepting.source }),
    ...(isForWorkers(dag, accepting.executionMode) ? { workersOnly: true as const } : {}),
    ...(request.mode === 'enqueue' ? { queuedAt: now } : {}),
    ...(request.scheduleTime === undefined ? {} : { scheduleTime: request.scheduleTime }),
    ...(request.backfill === undefined ? {} : { backfill: request.backfill }),
    ...(request.by === undefined ? {} : { requestedBy: request.by }),
    ...(request.webhook === undefined ? {} : { webhook: request.webhook }),
    ...(queue === undefined ? {} : { queue }),
    ...(concurrency.value === null ? {} : { concurrency: concurrency.value }),
    ...(request.profile === undefined ? {} : { profile: request.profile }),
    ...(request.profileDefaults ? { profileDefaults: true as const } : {}),
    ...(request.again === undefined || !request.imports?.length
      ? {}
      : { imports: { runId: request.again.runId, steps: request.imports } }),
  })
}

/** A DAG that says where it runs is asked first. */
const isForWorkers = ({ workerSelector = {} }: Dag, mode: ExecutionMode): boolean =>
  mode === 'distributed' && workerSelector !== 'local' && Object.keys(workerSelector).length === 0

/** `run_config` locks what people may change; what a calling DAG passes is its author's choice. */
const checkParams = (dag: Dag, { params, trigger }: StartRequest): Result<CheckedParams> =>
  trigger === 'subdag' ? checkOverrides(dag.params, params) : checkStartParams(dag, params)

/** `local` on an installation whose main instance is the edge: a step that needs a shell could never run. */
function localProblem({ profile }: StartRequest, { dag, mainInstance, sealedParams }: Accepting): Refusal | null {
  if (dag.workerSelector !== 'local' || mainInstance === 'runner') return null
  const lane = laneOf(dag, { ...(profile && { profile }), ...(sealedParams && { sealedParams: sealedParams.text }) })
  if (lane.at === 'edge') return null
  const message =
    `worker_selector: local is the main instance, here the edge, where this DAG cannot run: ${lane.reason}. ` +
    'Name the labels of a runner, or leave worker_selector out.'
  return { code: 'bad_request', message }
}

/** What an installation's main instance is: only the embedded host says when it came up. */
export const mainInstanceOf = ({ bootedAt }: { bootedAt: number }): Accepting['mainInstance'] =>
  bootedAt > 0 ? 'runner' : 'edge'

/** The line of a run that only its Dag knows yet. */
export function firstSummary(spec: RunSpec, dag: Dag): RunSummary {
  return {
    runId: spec.runId,
    dagId: spec.dagId,
    dagName: spec.dagName,
    fileName: spec.fileName,
    status: spec.queuedAt === undefined ? 'not_started' : 'queued',
    trigger: spec.trigger,
    params: spec.paramsDisplay,
    labels: spec.labels,
    createdAt: spec.createdAt,
    queuedAt: spec.queuedAt ?? null,
    startedAt: null,
    finishedAt: null,
    scheduleTime: spec.scheduleTime ?? null,
    runner: null,
    reason: null,
    ...(spec.profile === undefined ? {} : { profile: spec.profile }),
    total: dag.steps.length,
    done: 0,
    ...(spec.queue === undefined ? {} : { queue: spec.queue }),
    rev: 0,
  }
}
