// What the API reads of a run: captured outputs, and where the bytes of a step's log are. Pure but for the texts it is given.
import { runOutputs } from '@edgedag/core/run/outputs'
import { type LogRecord, logKey, type RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import { HANDLER_NODE_NAMES, type HandlerKind } from '@edgedag/core/spec/dag'
import { logSegmentKey } from '../store/keys.ts'
import type { StepLogIndex } from './contracts.ts'

export const capturedOutputs = (state: RunState, dag: Dag): Record<string, unknown> => runOutputs(state, dag)

interface StreamOf {
  step: string
  stream: 'stdout' | 'stderr'
}

const EMPTY: StepLogIndex = { inline: '', segments: [], bytes: 0, lines: 0, dropped: 0, live: null }

/** The log of a step's newest attempt; null: the DAG has no such step. `textOf` reads what came inline. */
export async function logIndexOf(
  state: RunState,
  dag: Dag,
  { step, stream }: StreamOf,
  textOf: (key: string) => string | null | Promise<string | null>,
): Promise<StepLogIndex | null> {
  if (!isNode(dag, step)) return null
  const record = state.steps.get(step)
  if (record === undefined || record.attempt === 0) return EMPTY
  const log = state.logs.get(logKey(step, record.attempt, stream))
  if (log === undefined && record.result >= record.attempt) return EMPTY
  const segments = log === undefined ? [] : segmentsOf(state, log)
  const isInline = log?.text !== undefined
  const isComplete = isInline || (log !== undefined && log.bytes !== null && log.sealed >= log.bytes)
  const { runnerId } = state.head
  return {
    inline: isInline ? (log.bytes === 0 ? '' : ((await textOf(log.key)) ?? log.text!)) : null,
    segments,
    bytes: log?.bytes ?? null,
    lines: log?.lines ?? null,
    dropped: log?.dropped ?? 0,
    live: isComplete || runnerId === null ? null : { runnerId, step, attempt: record.attempt },
  }
}

function segmentsOf(state: RunState, log: LogRecord): StepLogIndex['segments'] {
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

/** R2 keys of all sealed segments of a run. */
export function segmentKeysOf(state: RunState): string[] {
  return [...state.logs.values()].flatMap(log => segmentsOf(state, log).map(segment => segment.key))
}

const isNode = (dag: Dag, name: string): boolean =>
  dag.steps.some(step => step.name === name) ||
  (Object.keys(dag.handlers) as HandlerKind[]).some(kind => HANDLER_NODE_NAMES[kind] === name)
