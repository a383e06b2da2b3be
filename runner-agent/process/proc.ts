// What the kernel says about processes. On Linux from /proc; elsewhere only "does this pid exist", which cannot tell a
// process from a later one with the same number.

import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface ProcessStat {
  pid: number
  state: string
  ppid: number
  pgid: number
  session: number
  startTime: string
}

export const hasProc = existsSync('/proc/self/stat')

/** The boot this kernel is on; '-' where it cannot be known (as in `<dir>.state`). */
export function currentBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return '-'
  }
}

/** The name of a process may contain anything, so the fields are counted from the last ')'. */
export function parseStat(text: string): ProcessStat | undefined {
  const close = text.lastIndexOf(')')
  const fields = text.slice(close + 2).split(' ')
  const pid = Number.parseInt(text, 10)
  const [state, ppid, pgid, session] = fields
  const startTime = fields[19]
  if (close < 0 || !state || !startTime) return undefined
  return { pid, state, ppid: Number(ppid), pgid: Number(pgid), session: Number(session), startTime }
}

export function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/** A zombie has ended: only its parent has not looked yet. */
export const isDeadState = (state: string): boolean => state === 'Z' || state === 'X' || state === 'x'

/** Is exactly this process still alive? `startTime` '0' (no /proc when it was recorded) matches any process with that pid. */
export function isAlive(pid: number, startTime: string): boolean {
  if (!hasProc) return pidExists(pid)
  const stat = readStat(pid)
  return stat !== undefined && !isDeadState(stat.state) && (startTime === '0' || stat.startTime === startTime)
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Every live process. Those that vanish while we look are left out. */
export function listProcesses(): ProcessStat[] {
  if (!hasProc) return []
  const found: ProcessStat[] = []
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0)
    if (first < 48 || first > 57) continue
    const stat = readStat(Number(name))
    if (stat && !isDeadState(stat.state)) found.push(stat)
  }
  return found
}

/** Does this process carry `entry` (`NAME=value`) in the environment it was started with? False where we may not look. */
export function hasEnvironEntry(pid: number, entry: Buffer): boolean {
  let environ: Buffer
  try {
    environ = readFileSync(`/proc/${pid}/environ`)
  } catch {
    return false
  }
  for (let at = environ.indexOf(entry); at >= 0; at = environ.indexOf(entry, at + 1)) {
    const before = at === 0 || environ[at - 1] === 0
    const after = environ[at + entry.length]
    if (before && (after === 0 || after === undefined)) return true
  }
  return false
}
