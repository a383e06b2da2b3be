// A text in the logs of one run. Promise: logs that came inline are looked at one by one and never held together.

import type { LogRecord, RunState } from '@edgedag/core/run/state'
import { childRunIds } from '@edgedag/core/run/sub-runs'
import { LineFinder } from '../search/lines.ts'
import type { LogSearch } from './contracts.ts'
import { segmentsOf } from './run-views.ts'

/** Logs in order of their steps' ends; stops at `limit` hits. */
export async function searchLogs(
  state: RunState,
  { text, limit }: { text: string; limit: number },
  textOf: (key: string) => string | null | Promise<string | null>,
): Promise<LogSearch> {
  const found: LogSearch = {
    name: state.head.spec.dagName,
    called: childRunIds(state),
    hits: [],
    looked: 0,
    sealed: [],
  }
  for (const log of state.logs.values()) {
    if (found.hits.length >= limit) break
    const of = { step: log.step, attempt: log.attempt, stream: log.stream }
    if (log.text === undefined) {
      const segments = segmentsOf(state, log).map(({ key, bytes, lines }) => ({ key, bytes, lines }))
      if (segments.length > 0) found.sealed.push({ ...of, segments })
    } else if (log.bytes !== 0)
      found.looked += await searchOne(found, of, (await textOf(log.key)) ?? '', { text, limit })
  }
  return found
}

async function searchOne(
  { hits }: LogSearch,
  of: Pick<LogRecord, 'step' | 'attempt' | 'stream'>,
  log: string,
  { text, limit }: { text: string; limit: number },
): Promise<number> {
  const finder = new LineFinder(text, 1, (line, lineNumber) => {
    if (hits.length < limit) hits.push({ ...of, line, lineNumber })
  })
  finder.push(log)
  finder.end()
  return log.length
}
