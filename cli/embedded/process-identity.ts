// Whether a process of the past is still there: a pid alone may have been given to another process since.
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessIdentity {
  pid: number
  /** Start time in clock ticks since boot, from /proc; empty where there is no /proc. */
  startTime: string
}

interface Stat {
  state: string
  parent: number
  startTime: string
  command: string
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const close = text.lastIndexOf(')')
    const fields = text.slice(close + 2).split(' ')
    return {
      command: text.slice(text.indexOf('(') + 1, close),
      state: fields[0] ?? '',
      parent: Number(fields[1]),
      startTime: fields[19] ?? '',
    }
  } catch {
    return undefined
  }
}

export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: readStat(pid)?.startTime ?? '' }
}

/** True when that very process is alive; zombies count as dead. */
export function isAlive(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid)
  if (stat) return stat.startTime === identity.startTime && stat.state !== 'Z' && stat.state !== 'X'
  if (identity.startTime !== '') return false
  try {
    process.kill(identity.pid, 0)
    return true
  } catch {
    return false
  }
}

/** Living direct children of this process with that command name. */
export function childrenNamed(command: string): ProcessIdentity[] {
  const found: ProcessIdentity[] = []
  let entries: string[] = []
  try {
    entries = readdirSync('/proc')
  } catch {
    return found
  }
  for (const entry of entries) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const stat = readStat(pid)
    if (stat && stat.parent === process.pid && stat.command === command) found.push({ pid, startTime: stat.startTime })
  }
  return found
}

/** SIGTERM, then SIGKILL after `graceMs`; resolves when it is dead. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(identity.pid, name)
    } catch {
      // It has ended in the meantime.
    }
  }
  if (!isAlive(identity)) return
  signal('SIGTERM')
  const deadline = performance.now() + graceMs
  while (isAlive(identity)) {
    if (performance.now() > deadline) signal('SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
