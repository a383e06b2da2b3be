// Stored versions of runs are lifted one by one to the present shape, so a run outlives the code that wrote it.
import { RUN_SCHEMA_VERSION } from './state.ts'

type Json = Record<string, unknown>

interface Ladder {
  checkpoint: (stored: Json) => Json
  changes: (stored: Json) => Json
}

/** `LADDER[n]` lifts what version n wrote to version n + 1. Released entries are never edited. */
const LADDER: Record<number, Ladder> = {}

/** Lifts a stored checkpoint or journal entry; throws on a version that this code does not know. */
export function upgrade(
  kind: keyof Ladder,
  version: number,
  stored: Json,
  ladder: Record<number, Ladder> = LADDER,
  to = RUN_SCHEMA_VERSION,
): Json {
  let value = stored
  for (let at = version; at < to; at += 1) {
    const rung = ladder[at]
    if (!rung) throw new Error(`run state of version ${version} cannot be read: no step from ${at} to ${at + 1}`)
    value = rung[kind](value)
  }
  if (version > to) throw new Error(`run state of version ${version} is newer than this program (${to})`)
  return value
}
