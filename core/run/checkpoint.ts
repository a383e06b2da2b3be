// Storing and loading: a checkpoint is the whole state as JSON, a journal entry is one event with the records it changed.
// Loading applies entries to the last checkpoint and never runs old logic again.
import { applyChanges } from './apply.ts'
import type { RunEvent } from './events.ts'
import { type Changes, RUN_SCHEMA_VERSION, type RunHead, type RunState } from './state.ts'
import { upgrade } from './upgrade.ts'

/** A journal row's content. Log texts are left out of the event, since they are in the changed records. */
export interface JournalEntry {
  v: number
  /** Epoch ms at which it was decided. */
  at: number
  event: RunEvent
  changes: Changes
}

/** The JSON text of a journal row for a transition. */
export function encodeEntry(at: number, event: RunEvent, changes: Changes): string {
  return JSON.stringify({ v: RUN_SCHEMA_VERSION, at, event: withoutTexts(event), changes } satisfies JournalEntry)
}

export function decodeEntry(text: string): JournalEntry {
  const stored = JSON.parse(text) as JournalEntry
  const changes = upgrade('changes', stored.v, stored.changes as unknown as Record<string, unknown>)
  return { ...stored, v: RUN_SCHEMA_VERSION, changes: changes as unknown as Changes }
}

function withoutTexts(event: RunEvent): RunEvent {
  if (event.type === 'children_changed')
    return { ...event, news: event.news.map(({ outputs: _outputs, ...rest }) => rest) }
  if (event.type !== 'report') return event
  const events = event.events.map(e => {
    if (e.type === 'children') return { ...e, items: [], ...(e.text === undefined ? {} : { text: '' }) }
    if (e.type !== 'finished') return e
    const { stdout, stderr, outputs: _outputs, structured: _structured, ...rest } = e
    return {
      ...rest,
      ...(stdout && { stdout: { bytes: stdout.bytes, lines: stdout.lines } }),
      ...(stderr && { stderr: { bytes: stderr.bytes, lines: stderr.lines } }),
    }
  })
  return { ...event, events }
}

export function encodeCheckpoint(state: RunState): string {
  return JSON.stringify({
    schemaVersion: RUN_SCHEMA_VERSION,
    head: state.head,
    steps: [...state.steps.values()],
    plans: [...state.plans.values()],
    timers: [...state.timers.values()],
    logs: [...state.logs.values()],
    segments: [...state.segments.values()],
    calls: [...state.calls.values()],
    children: [...state.children.values()],
  })
}

export function decodeCheckpoint(text: string): RunState {
  const raw = JSON.parse(text) as Record<string, unknown>
  const stored = upgrade('checkpoint', raw['schemaVersion'] as number, raw) as unknown as Required<
    Omit<Changes, 'head'>
  > & { head: RunHead }
  return applyChanges(undefined, stored)
}

/** The state as of the last entry: checkpoint (or nothing) and the entries after it, in order. */
export function loadRun(checkpoint: string | null, entries: Iterable<string>): RunState | undefined {
  let state = checkpoint === null ? undefined : decodeCheckpoint(checkpoint)
  for (const text of entries) state = applyChanges(state, decodeEntry(text).changes)
  return state
}
