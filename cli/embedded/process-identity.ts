// Whether a process of the past is still there: a pid alone may have been given to another process since.
import { readFileSync } from 'node:fs'
import { isAlive as isProcessAlive, listProcesses, readStat } from '@edgedag/runner-agent/process/proc'

export interface ProcessIdentity {
  pid: number
  /** Start time in clock ticks since boot, from /proc; `0` where there is no /proc. */
  startTime: string
}

export const identify = (pid: number): ProcessIdentity => ({ pid, startTime: readStat(pid)?.startTime ?? '0' })

/** True when that very process is alive; zombies count as dead. */
export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => isProcessAlive(pid, startTime)

/** The name of a process as the kernel has it; '' where it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Living direct children of this process with that command name. */
export const childrenNamed = (command: string): ProcessIdentity[] =>
  listProcesses()
    .filter(stat => stat.ppid === process.pid && commandOf(stat.pid) === command)
    .map(({ pid, startTime }) => ({ pid, startTime }))

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended in the meantime.
  }
}

/** SIGTERM, then SIGKILL after `graceMs`; resolves when it is dead. */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!isAlive(identity)) return
  signal(identity.pid, 'SIGTERM')
  const deadline = performance.now() + graceMs
  while (isAlive(identity)) {
    if (performance.now() > deadline) signal(identity.pid, 'SIGKILL')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
