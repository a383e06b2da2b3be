// What the API reads of a run: captured outputs, and where the bytes of a step's log are. Pure but for the texts it is given.

import { type LogRecord, logKey } from '@edgedag/core/run/log-record'
import { sideNodes } from '@edgedag/core/run/mail-nodes'
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import { logSegmentKey } from '../../store/keys.ts'
import type { StepLogIndex } from '../contracts.ts'

interface StreamOf {
  step: string
  stream: 'stdout' | 'stderr'
  attempt?: number | undefined
}

type TextOf = (key: string) => string | null | Promise<string | null>

const EMPTY: StepLogIndex = { inline: '', segments: [], bytes: 0, lines: 0, dropped: 0, live: null }
/** Executions before the newest one that are shown with it. */
const MOST_EARLIER = 50

/**
 * The log of a step: its newest execution, with those before it in the same attempt of the run; or the execution that is asked for.
 * Null: the DAG has no such step. `textOf` reads what came inline.
 */
export async function logIndexOf(
  state: RunState,
  dag: Dag,
  { step, stream, attempt }: StreamOf,
  textOf: TextOf,
): Promise<StepLogIndex | null> {
  if (!isNode(dag, step)) return null
  const record = state.steps.get(step)
  const newest = record?.attempt ?? 0
  const shown = attempt ?? newest
  if (record === undefined || shown < 1 || shown > newest) return EMPTY
  const indexOf = (n: number) => executionOf(state, { step, stream, attempt: n }, record.result >= n, textOf)
  const index = await indexOf(shown)
  if (attempt !== undefined) return index
  const earlier: StepLogIndex[] = []
  for (let n = Math.max((record.former ?? 0) + 1, newest - MOST_EARLIER); n < newest; n++) {
    const one = await indexOf(n)
    if (one.inline !== '') earlier.push(one)
  }
  return earlier.length === 0 ? index : { ...index, earlier }
}

async function executionOf(
  state: RunState,
  of: StreamOf & { attempt: number },
  isOver: boolean,
  textOf: TextOf,
): Promise<StepLogIndex> {
  const log = state.logs.get(logKey(of.step, of.attempt, of.stream))
  if (log === undefined && isOver) return EMPTY
  const index = placesOf(state, of)
  if (log?.text === undefined) return index
  return { ...index, inline: log.bytes === 0 ? '' : ((await textOf(log.key)) ?? log.text) }
}

/** Where the log of an execution is, apart from text that came inline. */
export function placesOf(state: RunState, { step, stream, attempt }: StreamOf & { attempt: number }): StepLogIndex {
  const log = state.logs.get(logKey(step, attempt, stream))
  const segments = log === undefined ? [] : segmentsOf(state, log)
  const isInline = log?.text !== undefined
  const isComplete = isInline || (log !== undefined && log.bytes !== null && log.sealed >= log.bytes)
  const { runnerId } = state.head
  return {
    inline: null,
    segments,
    bytes: log?.bytes ?? null,
    lines: log?.lines ?? null,
    dropped: log?.dropped ?? 0,
    live: isComplete || runnerId === null ? null : { runnerId, step, attempt },
  }
}

export function segmentsOf(state: RunState, log: LogRecord): StepLogIndex['segments'] {
  const { runId } = state.head.spec
  const { step, attempt, stream } = log
  return [...state.segments.values()]
    .filter(segment => segment.log === log.key)
    .sort((a, b) => a.offset - b.offset)
    .map(({ seq, offset, bytes, lines }) => ({
      key: logSegmentKey({ runId, step, attempt, stream, seq }),
      offset,
      bytes,
      lines,
    }))
}

const isNode = (dag: Dag, name: string): boolean =>
  dag.steps.some(step => step.name === name) || sideNodes(dag).has(name)
