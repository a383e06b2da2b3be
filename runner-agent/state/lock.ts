// One agent per state directory: the lock names its holder by pid and start time, so a dead holder's lock is taken over
// and a reused pid is not mistaken for it.
import { err, ok, type Result } from '@edgedag/core/result'
import { isAlive, readStat } from '../process/proc.ts'
import { takeFileLock, tryRead, tryUnlink } from './file-lock.ts'

export interface Lock {
  release(): void
}

export interface Holder {
  pid: number
  startTime: string
}

/** Takes the lock, or says which process holds it. */
export const takeLock = (path: string): Result<Lock, { holder: number }> => {
  const mine = `${process.pid} ${readStat(process.pid)?.startTime ?? '0'}\n`
  const taken = takeFileLock(path, mine, text => livingIn(text) !== undefined)
  if (!taken.ok) return err({ holder: livingIn(taken.error)?.pid ?? 0 })
  return ok({ release: () => tryRead(path) === mine && tryUnlink(path) })
}

/** The living agent that holds the lock. */
export const lockHolder = (path: string): Holder | undefined => livingIn(tryRead(path) ?? '')

const livingIn = (text: string): Holder | undefined => {
  const [pid, startTime] = text.trim().split(' ')
  if (!pid || !startTime || !isAlive(Number(pid), startTime)) return undefined
  return { pid: Number(pid), startTime }
}
