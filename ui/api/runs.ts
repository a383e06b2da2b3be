// Calls about runs and their logs.
import type { Answers, DAGRunPage } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { addressSegments } from '../lib/run-address.ts'
import { API_BASE, get, post, query, request, segments } from './client.ts'
import type { LogAnswer, LogStream, RunDetails } from './types.ts'

export const runKeys = {
  one: (name: string, id: string) => ['run', name, id] as const,
  list: (filters: RunFilters) => ['runs', filters] as const,
  lists: ['runs'] as const,
  outputs: (name: string, id: string, revision: string) => ['run-outputs', name, id, revision] as const,
  spec: (name: string, id: string) => ['run-spec', name, id] as const,
}

export interface RunFilters {
  name?: string | undefined
  dagRunId?: string | undefined
  status?: readonly number[] | undefined
  labels?: string | undefined
  /** Unix seconds. */
  fromDate?: number | undefined
  toDate?: number | undefined
}

export const fetchRuns = (filters: RunFilters, cursor?: string, signal?: AbortSignal): Promise<DAGRunPage> =>
  get<DAGRunPage>(`/dag-runs${query({ ...filters, limit: 50, cursor })}`, signal)

const runPath = (name: string, id: string): string => `/dag-runs${addressSegments(name, id)}`

export async function fetchRun(name: string, id: string, signal?: AbortSignal): Promise<RunDetails> {
  const answer = await get<Answers['GET /dag-runs/{name}/{dagRunId}']>(runPath(name, id), signal)
  return answer.dagRunDetails
}

export interface SubRunQuery {
  step: string
  status?: readonly number[] | undefined
  limit: number
}

/** Runs that a step has called, in the order of its items. */
export function fetchSubRuns(
  name: string,
  id: string,
  filters: SubRunQuery,
  signal?: AbortSignal,
): Promise<Answers['GET /dag-runs/{name}/{dagRunId}/sub-dag-runs']> {
  const [top = '', child] = id.split('/')
  return get(`${runPath(name, top)}/sub-dag-runs${query({ ...filters, parentSubDAGRunId: child })}`, signal)
}

/** `abandon`: also when its host is silent; what runs there counts as lost. */
export const stopRun = (name: string, id: string, abandon = false): Promise<void> =>
  post(`${runPath(name, id)}/stop`, { abandon } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/stop'])

export const dequeueRun = (name: string, id: string): Promise<void> => get(`${runPath(name, id)}/dequeue`)

/** Which steps a retry takes: one and everything behind it, or one alone. */
export type RetryOf = { fromStep: string } | { stepName: string }

/** Without `of`: all that did not succeed. */
export const retryRun = (name: string, id: string, of?: RetryOf): Promise<void> =>
  post(`${runPath(name, id)}/retry`, { ...of } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/retry'])

/** Removes a finished run with its logs and artifacts. */
export const deleteRun = (name: string, id: string): Promise<void> => request('DELETE', runPath(name, id))

const STEP_CODES = { succeeded: 4, failed: 2 } as const
export type ManualStatus = keyof typeof STEP_CODES

/** Says of a step of a finished run how it counts. */
export const setStepStatus = (name: string, id: string, step: string, status: ManualStatus): Promise<void> =>
  request('PATCH', `${runPath(name, id)}/steps${segments(step)}/status`, {
    status: STEP_CODES[status],
  } satisfies Bodies['PATCH /dag-runs/{name}/{dagRunId}/steps/{stepName}/status'])

/** The values that steps have captured, by name. */
export const fetchOutputs = (name: string, id: string, signal?: AbortSignal) =>
  get<Answers['GET /dag-runs/{name}/{dagRunId}/outputs']>(`${runPath(name, id)}/outputs`, signal)

/** The YAML that the run was accepted with. */
export const fetchRunSpec = (name: string, id: string, signal?: AbortSignal) =>
  get<Answers['GET /dag-runs/{name}/{dagRunId}/spec']>(`${runPath(name, id)}/spec`, signal)

/** Runs a text once; it is not kept as a DAG. */
export const runSpec = (name: string, spec: string): Promise<Answers['POST /dag-runs']> =>
  post('/dag-runs', { name, spec } satisfies Bodies['POST /dag-runs'])

/** Which log: a step's stream, or the engine's own log of the run. */
export type LogTarget = { step: string; stream: LogStream } | { step?: undefined; stream?: undefined }

/** Which lines: the last `tail`, or `limit` lines from the 1-based line `offset`. */
export type LogWindow = { tail: number } | { offset: number; limit: number }

const logPath = (name: string, id: string, target: LogTarget): string =>
  target.step === undefined ? `${runPath(name, id)}/log` : `${runPath(name, id)}/steps${segments(target.step)}/log`

export const fetchLog = (name: string, id: string, target: LogTarget, window: LogWindow, signal?: AbortSignal) =>
  get<LogAnswer>(`${logPath(name, id, target)}${query({ stream: target.stream, ...window })}`, signal)

export const logDownloadUrl = (name: string, id: string, target: LogTarget): string =>
  `${API_BASE}${logPath(name, id, target)}/download${query({ stream: target.stream })}`
