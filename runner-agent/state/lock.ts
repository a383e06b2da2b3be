// One agent per state directory: the lock names its holder by pid and start time, so a dead holder's lock is taken over
// and a reused pid is not mistaken for it.
import { closeSync, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { err, ok, type Result } from '@edgedag/core/result'

export interface Lock {
  release(): void
}

/** Takes the lock, or says which process holds it. */
export const takeLock = (path: string): Result<Lock, { holder: number }> => {
  const mine = `${process.pid} ${startTimeOf(process.pid) ?? '0'}\n`
  const temporary = `${path}.${process.pid}`
  const fd = openSync(temporary, 'w', 0o600)
  writeSync(fd, mine)
  closeSync(fd)
  try {
    for (let tries = 0; tries < 5; tries++) {
      // link() fails when the name exists, and the content is complete at once: no window with an empty lock.
      if (tryLink(temporary, path)) return ok({ release: () => release(path, mine) })
      const holder = liveHolder(path)
      if (holder !== undefined) return err({ holder })
      removeStale(path)
    }
    return err({ holder: 0 })
  } finally {
    tryUnlink(temporary)
  }
}

/** Start time (clock ticks since boot) of a live process, from /proc; `undefined` when it is dead or there is no /proc. */
export const startTimeOf = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const liveHolder = (path: string): number | undefined => {
  const text = tryRead(path)
  const [pid, startTime] = (text ?? '').trim().split(' ')
  if (pid === undefined || pid === '') return undefined
  const now = startTimeOf(Number(pid))
  if (now !== undefined) return startTime === now ? Number(pid) : undefined
  return process.platform === 'linux' ? undefined : livePid(Number(pid))
}

const livePid = (pid: number): number | undefined => {
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

/** Moves the stale file away before removing it, so that two takers cannot remove each other's fresh lock. */
const removeStale = (path: string): void => {
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  tryUnlink(aside)
}

const release = (path: string, mine: string): void => {
  if (tryRead(path) === mine) tryUnlink(path)
}

const tryLink = (from: string, to: string): boolean => {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const tryRead = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const tryUnlink = (path: string): void => {
  try {
    unlinkSync(path)
  } catch {
    // Gone already.
  }
}
