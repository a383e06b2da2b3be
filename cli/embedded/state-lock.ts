// One host per state folder. The lock file names the owner by pid and start time, and what it left running,
// so that a start after a crash clears away an orphaned control plane before it takes over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { endProcess, identify, isAlive, type ProcessIdentity } from './process-identity.ts'

export interface HostRecord {
  owner: ProcessIdentity
  /** Base URL while it serves; absent while it is starting or ending. */
  url?: string
  /** The product's own processes that a killed owner leaves behind. */
  children: ProcessIdentity[]
  /** `serve`: stays until it is stopped; `once`: ends with one command. */
  mode: 'serve' | 'once'
}

function read(file: string): HostRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as HostRecord
  } catch {
    return undefined
  }
}

function writeAtomically(file: string, record: HostRecord): void {
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
  renameSync(temporary, file)
}

/** The living host of a state folder, if there is one. */
export function findHost(lockFile: string): HostRecord | undefined {
  const record = read(lockFile)
  return record && isAlive(record.owner) ? record : undefined
}

export interface StateLock {
  update(change: Partial<Pick<HostRecord, 'url' | 'children'>>): void
  /** The owner is about to end: nobody shall attach to it any more. */
  retire(): void
  release(): void
}

/**
 * Takes the lock, or answers who has it. What a dead owner left running is ended first.
 * Atomic between processes: the record is linked into place, which fails where a file exists.
 */
export async function takeLock(
  lockFile: string,
  mode: HostRecord['mode'],
): Promise<StateLock | { heldBy: HostRecord }> {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 })
  const record: HostRecord = { owner: identify(process.pid), children: [], mode }
  for (;;) {
    const temporary = `${lockFile}.${process.pid}`
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
    try {
      linkSync(temporary, lockFile)
      return lockOf(lockFile, record)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      rmSync(temporary, { force: true })
    }
    const holder = read(lockFile)
    if (holder && isAlive(holder.owner)) return { heldBy: holder }
    for (const child of holder?.children ?? []) await endProcess(child, 5000)
    // Another starter may have cleared it and taken over meanwhile: only the dead record may go.
    if (read(lockFile)?.owner.pid === holder?.owner.pid) rmSync(lockFile, { force: true })
  }
}

function lockOf(lockFile: string, record: HostRecord): StateLock {
  return {
    update(change) {
      Object.assign(record, change)
      writeAtomically(lockFile, record)
    },
    retire() {
      delete record.url
      writeAtomically(lockFile, record)
    },
    release() {
      if (read(lockFile)?.owner.pid === process.pid) rmSync(lockFile, { force: true })
    },
  }
}
