// A text in the logs of one run. Promise: logs that came inline are looked at one by one and never held together; of all others, those of
// steps that are running among them, it is said where they are.

import { childRunIds } from '@edgedag/core/run/children/sub-runs'
import { type LogRecord, logKey } from '@edgedag/core/run/log-record'
import type { RunState } from '@edgedag/core/run/state'
import { LineFinder } from '../../search/lines.ts'
import type { LogSearch } from '../contracts.ts'
import { placesOf } from './views.ts'

type Of = Pick<LogRecord, 'step' | 'attempt' | 'stream'>

/** Logs in order of their steps' ends, then those of steps that run; stops at `limit` hits. */
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
    elsewhere: [],
  }
  for (const { step, attempt, stream, key, bytes, text: inline } of state.logs.values()) {
    if (found.hits.length >= limit) break
    const of = { step, attempt, stream }
    if (inline === undefined) addElsewhere(found, state, of)
    else if (bytes !== 0) found.looked += await searchOne(found, of, (await textOf(key)) ?? '', { text, limit })
  }
  for (const of of running(state)) addElsewhere(found, state, of)
  return found
}

/** Streams of executions that are not over, and of which nothing has come yet. */
function* running(state: RunState): Generator<Of> {
  for (const { name, attempt, result, status } of state.steps.values()) {
    if (status !== 'running' || attempt <= result) continue
    for (const stream of ['stdout', 'stderr'] as const)
      if (!state.logs.has(logKey(name, attempt, stream))) yield { step: name, attempt, stream }
  }
}

function addElsewhere({ elsewhere }: LogSearch, state: RunState, of: Of): void {
  const index = placesOf(state, of)
  if (index.segments.length > 0 || index.live !== null) elsewhere.push({ ...of, index })
}

async function searchOne(
  { hits }: LogSearch,
  of: Of,
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
