// The index of a run's logs: where each stream of each attempt ended, and which sealed segments hold it (DESIGN section 7).
// Segments carry no fence: they are accepted by key, once, also after the run's end.
import type { AgentEvent, LogEnd } from '../protocol/frames.ts'
import { type Draft, hasSegment, logRecord, putLog } from './draft.ts'
import { type LogRecord, logKey } from './log-record.ts'

type Finished = Extract<AgentEvent, { type: 'finished' }>
type Segment = Extract<AgentEvent, { type: 'segment' }>
type Stream = 'stdout' | 'stderr'

function blank(step: string, attempt: number, stream: Stream): LogRecord {
  return { key: logKey(step, attempt, stream), step, attempt, stream, bytes: null, lines: null, dropped: 0, sealed: 0 }
}

/** Records where the streams of a finished attempt ended. */
export function putLogEnd(d: Draft, event: Finished): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const end: LogEnd | undefined = event[stream]
    if (!end) continue
    const log = logRecord(d, logKey(event.step, event.attempt, stream)) ?? blank(event.step, event.attempt, stream)
    if (log.bytes !== null) continue
    const ended = { ...log, bytes: end.bytes, lines: end.lines, dropped: end.dropped ?? 0 }
    putLog(d, end.text === undefined ? ended : { ...ended, text: end.text })
  }
}

/** Records a sealed segment; a second one of the same number changes nothing. */
export function putSegment(d: Draft, event: Segment): void {
  const log =
    logRecord(d, logKey(event.step, event.attempt, event.stream)) ?? blank(event.step, event.attempt, event.stream)
  const key = `${log.key}/${event.seq}`
  if (hasSegment(d, key)) return
  const { seq, offset, bytes, lines, sha256 } = event
  d.segments.set(key, { key, log: log.key, seq, offset, bytes, lines, sha256 })
  putLog(d, { ...log, sealed: log.sealed + bytes })
}
