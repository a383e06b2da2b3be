// Calls about runs and their logs.
import { addressSegments } from '../lib/run-address.ts'
import { API_BASE, get, post, query, segments } from './client.ts'
import type { LogAnswer, LogStream, RunDetails, RunSummary, SubRun } from './types.ts'

export const runKeys = {
  one: (name: string, id: string) => ['run', name, id] as const,
  list: (filters: RunFilters) => ['runs', filters] as const,
  lists: ['runs'] as const,
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

export interface RunPage {
  dagRuns: RunSummary[]
  nextCursor?: string
}

export const fetchRuns = (filters: RunFilters, cursor?: string, signal?: AbortSignal): Promise<RunPage> =>
  get<RunPage>(`/dag-runs${query({ ...filters, limit: 50, cursor })}`, signal)

const runPath = (name: string, id: string): string => `/dag-runs${addressSegments(name, id)}`

export async function fetchRun(name: string, id: string, signal?: AbortSignal): Promise<RunDetails> {
  const answer = await get<{ dagRunDetails: RunDetails }>(runPath(name, id), signal)
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
): Promise<{ subRuns: SubRun[]; total: number }> {
  const [top = '', child] = id.split('/')
  return get(`${runPath(name, top)}/sub-dag-runs${query({ ...filters, parentSubDAGRunId: child })}`, signal)
}

export const stopRun = (name: string, id: string): Promise<void> => post(`${runPath(name, id)}/stop`)

export const dequeueRun = (name: string, id: string): Promise<void> => get(`${runPath(name, id)}/dequeue`)

/** All that did not succeed, or a step and everything behind it. */
export const retryRun = (name: string, id: string, fromStep?: string): Promise<void> =>
  post(`${runPath(name, id)}/retry`, fromStep === undefined ? { dagRunId: id } : { dagRunId: id, fromStep })

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
