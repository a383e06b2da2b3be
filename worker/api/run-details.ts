// Details of a run for any stage of its life. Promise: a run that only its DAG knows yet is shown like one that waits to begin.

import type { DAGRunDetails, DAGRunNode, Step } from '@edgedag/core/api/generated/answers'
import { NEWEST_RUN } from '@edgedag/core/run/run-id'
import { STEP_STATUS_CODES, TERMINAL_RUN_STATUSES } from '@edgedag/core/run/status'
import type { Dag } from '@edgedag/core/spec/dag'
import { toDefinitionJson } from '@edgedag/core/spec/definition-json'
import type { RunSummary } from '../objects/contracts.ts'
import type { ApiDeps } from './deps.ts'
import { type FoundRun, findRun, type RunAddress, runStub } from './find-run.ts'
import { noRunJson, runSummaryJson } from './run-json.ts'
import { timeText } from './time.ts'

/** In a run the executor's settings are shown for typed steps only. */
function stepOfRun({ executorConfig, ...step }: Step): Step {
  return executorConfig?.type === undefined ? step : { ...step, executorConfig }
}

const waitingNode = (step: Step, time: string): DAGRunNode => ({
  step: stepOfRun(step),
  status: STEP_STATUS_CODES.not_started,
  statusLabel: 'not_started',
  startedAt: time,
  finishedAt: time,
  doneCount: 0,
  retryCount: 0,
  stdout: '',
  stderr: '',
  subRuns: [],
  subRunsRepeated: [],
})

const nodesOf = (dag: Dag | null, time: string): DAGRunNode[] =>
  dag === null ? [] : toDefinitionJson(dag).steps.map(step => waitingNode(step, time))

/** Details made from the DAG's row alone; a queued run has the file's commands, and `-` for its nodes' times. */
export function detailsBeforeStart(summary: RunSummary, dag: Dag | null): DAGRunDetails {
  return {
    ...runSummaryJson(summary),
    specFromFile: summary.fileName !== '',
    log: '',
    preconditions: [],
    nodes: nodesOf(dag, summary.status === 'queued' ? '-' : ''),
  }
}

/** Stands for the latest run of a DAG that has none. */
export const noRunDetails = (name: string, dag: Dag | null): DAGRunDetails => ({
  ...noRunJson(name, dag?.labels ?? []),
  nodes: nodesOf(dag, ''),
})

async function fromDagRow(found: Pick<FoundRun, 'dag' | 'summary'>): Promise<DAGRunDetails> {
  const pinned = await found.dag.specOf(found.summary.runId)
  return detailsBeforeStart(found.summary, pinned === null ? null : (JSON.parse(pinned.dagJson) as Dag))
}

/** Details of a run whose row is known: from its Run object, else from the row. */
export async function detailsOf(deps: ApiDeps, summary: RunSummary): Promise<DAGRunDetails> {
  const { runId, dagId } = summary
  const details = await runStub(deps, runId).details(runId)
  return details === null
    ? fromDagRow({ dag: deps.object('dag', dagId), summary })
    : { ...details, ...knownToDag(summary) }
}

/** What only the Dag knows: retries by the DAG's own policy, and whether the run waits in a queue for its retry, or to go on. */
function knownToDag(summary: RunSummary): Partial<DAGRunDetails> {
  const { retries, nextRetryAt } = summary
  const { status, statusLabel, queuedAt, startedAt, finishedAt, reason, queuePlace } = runSummaryJson(summary)
  return {
    ...(retries === undefined ? {} : { autoRetryCount: retries }),
    ...(nextRetryAt === undefined ? {} : { nextRetryAt: timeText(nextRetryAt) }),
    ...(summary.status === 'queued' && { status, statusLabel, queuedAt, startedAt, finishedAt, reason, queuePlace }),
  }
}

const FINISHED = new Set<unknown>([...TERMINAL_RUN_STATUSES])

/** Details of a run of which its Dag may know more: it is to be retried, or waits in a queue. All others are whole as they are. */
async function withDag(deps: ApiDeps, address: RunAddress, details: DAGRunDetails): Promise<DAGRunDetails> {
  const { statusLabel, autoRetryLimit } = details
  if (!FINISHED.has(statusLabel) && statusLabel !== 'queued' && !(Number(autoRetryLimit) > 0)) return details
  const found = await findRun(deps, address)
  return found === null ? details : { ...details, ...knownToDag(found.summary) }
}

/** Details by address; null: unknown run. The Run object is asked first: one call for nearly every request. */
export async function detailsAt(deps: ApiDeps, address: RunAddress): Promise<DAGRunDetails | null> {
  if (address.dagRunId !== NEWEST_RUN && address.subDAGRunId === undefined) {
    const details = await runStub(deps, address.dagRunId).details(address.dagRunId)
    // A called run is found under its root only.
    const isTop = details?.rootDAGRunId === address.dagRunId
    if (details !== null && isTop && (details.name === address.name || details.sourceFileName === address.name))
      return withDag(deps, address, details)
  }
  const found = await findRun(deps, address)
  return found === null ? null : detailsOf(deps, found.summary)
}
