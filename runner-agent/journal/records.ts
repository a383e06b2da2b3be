// The lines of the host journal. Promise: together with a run's files they are enough for a restarted agent to go on as if
// nothing had happened. Lines are JSON, one record each; a torn last line was never acknowledged to anybody.
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { Plan, StopOrder } from '@edgedag/core/protocol/plans'
import type { Deadline, StoredHostRun } from '../runs/host-run-state.ts'

export type JournalRecord =
  /** A run (or a new attempt of it, or a newer context) whose context is in its folder. `seq`: the last report number used. */
  | { k: 'run'; run: string; attempt: number; seq: number; rev?: number; deadline?: Deadline }
  | { k: 'plan'; run: string; plan: Plan }
  /** About to start: from here on the attempt is never started again. */
  | { k: 'start'; run: string; plan: string; step: string; attempt: number; at: number }
  /** Something to be reported, in order. */
  | { k: 'event'; run: string; event: AgentEvent }
  /** The first `count` waiting events are report number `seq`. */
  | { k: 'sent'; run: string; seq: number; count: number }
  | { k: 'ack'; run: string; seq: number }
  | { k: 'stop'; run: string; stop: StopOrder }
  /** A stale plan: it is dropped with what it has not reported. */
  | { k: 'drop'; run: string; plan: string }
  /** The run is over for the control plane; what is left are its log uploads. */
  | { k: 'end'; run: string; end: 'finished' | 'unknown' }
  /** All of a run's state, in place of its records until then (compaction). */
  | { k: 'snapshot'; run: string; state: StoredHostRun }
  /** An agent has begun, on this boot of the host. */
  | { k: 'boot'; run: ''; boot: string }
  /** Nothing of the run is left to do on this host. */
  | { k: 'gone'; run: string }

/** A line of the journal file, newline included. */
export const encodeRecord = (record: JournalRecord): string => `${JSON.stringify(record)}\n`

/** The records of a journal file; damaged lines are counted and left out. */
export const decodeRecords = (text: string): { records: JournalRecord[]; damaged: number } => {
  const records: JournalRecord[] = []
  let damaged = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    try {
      records.push(JSON.parse(line) as JournalRecord)
    } catch {
      damaged++
    }
  }
  return { records, damaged }
}
