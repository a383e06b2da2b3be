// The file by which a step tells what became of it, to an agent that may be another than the one that started it. A line
// counts only when it ends in a newline: it is then complete.

import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import type { StepExit, StepIdentity } from './types.ts'

/** Of several names for one number (SIGABRT, SIGIOT) the first in Node's list is the usual one. */
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
)

/** What the agent writes when it asks for the step; the file is empty then, or not there. */
const ASKED = 'asked\n'

/** Beside the step's folder, not in it: a step that needs no folder is spared one, and making one is the dearest thing. */
export const statePath = (dir: string): string => `${dir}.state`

/** Its presence keeps a lane from starting what was asked for. */
export const withdrawnPath = (dir: string): string => `${dir}.withdrawn`

/** Says in the record that the step is asked for. Throws when it has been before: an attempt is started once. */
export function recordAsked(dir: string): void {
  const fd = openSync(statePath(dir), 'a')
  try {
    if (fstatSync(fd).size > 0) throw new Error(`${statePath(dir)} says that it has been started before`)
    writeSync(fd, ASKED)
  } finally {
    closeSync(fd)
  }
}

export interface StepRecord {
  asked: boolean
  identity?: StepIdentity
  exit?: StepExit
}

/** `<dir>.state`: `asked`, then `pid pgid startTime wrapperPid bootId`, then `code signal`, each a line once it is known. */
export function readRecord(dir: string): StepRecord {
  let text: string
  try {
    text = readFileSync(statePath(dir), 'latin1')
  } catch {
    return { asked: false }
  }
  const record: StepRecord = { asked: text !== '' }
  for (const line of text.split('\n').slice(0, -1)) {
    const fields = line.split(' ')
    const [pid, pgid, startTime = '', wrapperPid, bootId = ''] = fields
    if (fields.length === 5)
      record.identity = { pid: Number(pid), pgid: Number(pgid), startTime, bootId, wrapperPid: Number(wrapperPid) }
    else if (fields.length === 2) record.exit = toExit(Number(fields[0]), Number(fields[1]))
  }
  return record
}

/** What a shell reports (`code` as in `$?`, `signal` 0 for a normal exit) in the terms of a step: -1 when killed. */
export function toExit(code: number, signal: number): StepExit {
  if (signal === 0) return { exitCode: code }
  return { exitCode: -1, signal: SIGNAL_NAMES.get(signal) ?? `SIG${signal}` }
}
