// Searching DAG files, runs and the logs of many runs.

import type {
  DAGRunPage,
  DAGSearchPage,
  LogMatch as FoundLine,
  LogSearchEnd,
  LogSearchLine,
} from '@edgedag/core/api/generated/answers'
import { API_BASE, ApiError, get, query } from './client.ts'

export type { LineMatch, LogMatch as FoundLine, LogSearchEnd } from '@edgedag/core/api/generated/answers'
export type FoundDag = DAGSearchPage['results'][number]

export const searchDags = (q: string, signal?: AbortSignal): Promise<DAGSearchPage> =>
  get(`/search/dags${query({ q, limit: 30 })}`, signal)

export const searchRuns = (q: string, signal?: AbortSignal): Promise<DAGRunPage> =>
  get(`/dag-runs${query({ q, limit: 30 })}`, signal)

/** Calls `found` for each line as it arrives; resolves with how it ended. */
export async function searchLogs(
  q: string,
  { cursor, signal, found }: { cursor?: string | undefined; signal: AbortSignal; found: (line: FoundLine) => void },
): Promise<LogSearchEnd> {
  const answer = await fetch(`${API_BASE}/search/logs${query({ q, limit: 100, cursor })}`, {
    credentials: 'same-origin',
    signal,
  })
  if (!answer.ok || !answer.body) throw new ApiError(answer.status, 'search', 'The logs could not be searched.')
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let end: LogSearchEnd = { type: 'end', reason: 'time', runs: 0, bytes: 0, unsearched: 0 }
  let rest = ''
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const one = JSON.parse(line) as LogSearchLine
      if (one.type === 'end') end = one
      else if (one.type === 'match') found(one)
    }
  }
  return end
}
