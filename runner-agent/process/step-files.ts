// The files by which a step tells what became of it, to an agent that may be another than the one that started it. A file
// counts only when it ends in a newline: it is then complete.

import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { StepExit, StepIdentity } from './types.ts'

/** Of several names for one number (SIGABRT, SIGIOT) the first in Node's list is the usual one. */
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
)

/** The text of a small file without its final newline; undefined when it is missing or not complete. */
function readComplete(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
  return text.endsWith('\n') ? text.slice(0, -1) : undefined
}

/** `<dir>/pid`: `pid pgid startTime wrapperPid bootId`. */
export function readIdentity(dir: string): StepIdentity | undefined {
  const [pid, pgid, startTime, wrapperPid, bootId] = readComplete(join(dir, 'pid'))?.split(' ') ?? []
  if (!pid || !pgid || !startTime || !wrapperPid || !bootId) return undefined
  return { pid: Number(pid), pgid: Number(pgid), startTime, bootId, wrapperPid: Number(wrapperPid) }
}

/** `<dir>/rc`: `code signal`. */
export function readExit(dir: string): StepExit | undefined {
  const text = readComplete(join(dir, 'rc'))
  if (text === undefined) return undefined
  const [code, signal] = text.split(' ')
  return toExit(Number(code), Number(signal))
}

/** What a shell reports (`code` as in `$?`, `signal` 0 for a normal exit) in the terms of a step: -1 when killed. */
export function toExit(code: number, signal: number): StepExit {
  if (signal === 0) return { exitCode: code }
  return { exitCode: -1, signal: SIGNAL_NAMES.get(signal) ?? `SIG${signal}` }
}
