// The stored account of each run: its journal, from rows or from its pack, and the state that was stored with it.
import { applyChanges } from '@edgedag/core/run/apply'
import { decodeCheckpoint, decodeEntry, type JournalEntry } from '@edgedag/core/run/checkpoint'
import type { Changes, RunState } from '@edgedag/core/run/state'
import { runObjectName } from '@edgedag/worker/objects/names'
import { readHead, readJournal, readMember } from '@edgedag/worker/store/pack'
import type { ControlPlane } from '../sim/control-plane.ts'

export interface History {
  entries: JournalEntry[]
  /** As it was packed; null: the run has not been packed. */
  packed: RunState | null
  /** Texts of logs that are kept apart from the journal. */
  texts(): string[]
  /** The definition that is packed with it; null: it is not packed. */
  dagJson(): string | null
}

export interface JournalRow {
  part: number
  data: string
}

export interface StoneRow {
  pack: string
  offset: number
  length: number
}

export const JOURNAL_QUERY = 'SELECT part, data FROM journal WHERE run_id = ? ORDER BY seq, part'
export const STONE_QUERY = 'SELECT pack, offset, length FROM stone WHERE run_id = ?'

export const historyFromRows = (rows: JournalRow[]): History => ({
  entries: joinParts(rows).map(decodeEntry),
  packed: null,
  texts: () => [],
  dagJson: () => null,
})

export function historyFromPack(pack: Uint8Array, stone: StoneRow): History {
  const part = (offset: number, length: number): ArrayBuffer =>
    pack.slice(offset, offset + length).buffer as ArrayBuffer
  const head = readHead(part(stone.offset, stone.length))
  const entries = head.journal
    .flatMap(range => readJournal(readMember(part(...range))))
    .map(line => decodeEntry(line.data))
  const texts = (): string[] => head.texts.map(range => readMember(part(...range)))
  const dagJson = (): string => readMember(part(...head.dag))
  return { entries, packed: decodeCheckpoint(head.checkpoint), texts, dagJson }
}

/** null: there is nothing of the run. */
export function historyOf(plane: ControlPlane, runId: string): History | null {
  const { sql } = plane.object('run', runObjectName(runId, plane.settings.runPool))
  // It has a stone or rows, never both; and where all are packed, no table of rows.
  const stone = sql.read<StoneRow & Record<string, never>>(STONE_QUERY, runId)[0]
  if (stone !== undefined) return historyFromPack(plane.blobs.all.get(stone.pack)!, stone)
  const rows = sql.read<JournalRow & Record<string, never>>(JOURNAL_QUERY, runId)
  return rows.length > 0 ? historyFromRows(rows) : null
}

function joinParts(rows: JournalRow[]): string[] {
  const lines: string[] = []
  for (const row of rows) {
    if (row.part === 0) lines.push(row.data)
    else lines[lines.length - 1] += row.data
  }
  return lines
}

/** Applies an entry as a Run does: texts of logs stay where they were journaled. */
export function applyEntry(state: RunState | undefined, { changes }: JournalEntry): RunState {
  return applyChanges(state, withoutTexts(changes))
}

function withoutTexts(changes: Changes): Changes {
  for (const log of changes.logs ?? []) if (log.text !== undefined && log.text !== '') log.text = ''
  return changes
}
