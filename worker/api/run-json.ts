// Runs as JSON of the REST API. Promise: list lines have the same members wherever they come from (Dag row, Index, live feed).
import type { DAGRunSummary } from '@edgedag/core/api/generated/answers'
import { EDGE_RUNNER } from '@edgedag/core/run/lane'
import { MAIN_RUNNER } from '@edgedag/core/run/placement/selector'
import { RUN_STATUS_CODES, type RunStatus } from '@edgedag/core/run/status'
import type { QueuePlace, RunSummary } from '../objects/contracts.ts'
import { timeText } from './time.ts'

/** A line of a run list. `startedAt` is `''` until the run has started; labels are null where there are none. */
export function runSummaryJson(run: RunSummary): DAGRunSummary {
  const labels = run.labels.length > 0 ? run.labels : null
  return {
    name: run.dagName,
    dagRunId: run.runId,
    rootDAGRunName: run.dagName,
    rootDAGRunId: run.runId,
    ...(run.fileName === '' ? {} : { sourceFileName: run.fileName }),
    status: RUN_STATUS_CODES[run.status],
    statusLabel: run.status,
    triggerType: run.trigger,
    ...(run.runner === null ? {} : { workerId: run.runner === EDGE_RUNNER ? MAIN_RUNNER : run.runner }),
    params: run.params,
    ...(run.profile === undefined ? {} : { profileName: run.profile }),
    createdAtMs: run.createdAt,
    ...(run.queuedAt === null ? {} : { queuedAt: timeText(run.queuedAt) }),
    ...(run.scheduleTime === null ? {} : { scheduleTime: timeText(run.scheduleTime) }),
    startedAt: timeText(run.startedAt),
    finishedAt: timeText(run.finishedAt),
    autoRetryCount: run.retries ?? 0,
    autoRetryLimit: null,
    ...(run.nextRetryAt === undefined ? {} : { nextRetryAt: timeText(run.nextRetryAt) }),
    artifactsAvailable: (run.artifacts ?? 0) > 0,
    labels,
    tags: labels,
    ...(run.reason === null ? {} : { reason: run.reason }),
    steps: { total: run.total, done: run.done },
    ...(run.quarantined ? { quarantined: true } : {}),
    ...(run.queue === undefined ? {} : { queueName: run.queue }),
    ...(run.place === undefined ? {} : { queuePlace: placeJson(run.place) }),
  }
}

const placeJson = ({ startsAt, ...place }: QueuePlace): DAGRunSummary['queuePlace'] & object => ({
  ...place,
  ...(startsAt === null ? {} : { expectedStart: timeText(startsAt) }),
})

/** What stands for the latest run of a DAG that has none. */
export function noRunJson(name: string, labels: string[] = []): DAGRunSummary {
  return {
    dagRunId: '',
    name,
    status: RUN_STATUS_CODES.not_started,
    statusLabel: 'not_started',
    startedAt: '',
    finishedAt: '',
    autoRetryCount: 0,
    autoRetryLimit: null,
    artifactsAvailable: false,
    labels,
    tags: labels,
  }
}

const BY_CODE = new Map(Object.entries(RUN_STATUS_CODES).map(([status, code]) => [code, status as RunStatus]))

/** Status words of query values such as `4` or `4,2`; null when one is not a status. */
export function statusesOf(values: string[] | undefined): RunStatus[] | null {
  const statuses: RunStatus[] = []
  for (const value of values ?? []) {
    const status = /^\d+$/.test(value) ? BY_CODE.get(Number(value)) : undefined
    if (status === undefined) return null
    statuses.push(status)
  }
  return statuses
}
