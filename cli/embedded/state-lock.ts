// One host per state folder. The lock file names the owner by pid and start time; the lock of a dead owner is taken over.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { takeFileLock } from '@edgedag/runner-agent/state/file-lock'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'

export interface HostRecord {
  owner: ProcessIdentity
  /** Base URL while it serves; absent while it is starting or ending. */
  url?: string
  /** `serve`: stays until it is stopped; `once`: ends with one command. */
  mode: 'serve' | 'once'
}

function parse(text: string): HostRecord | undefined {
  try {
    return JSON.parse(text) as HostRecord
  } catch {
    return undefined
  }
}

function read(file: string): HostRecord | undefined {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

function writeAtomically(file: string, record: HostRecord): void {
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
  renameSync(temporary, file)
}

const isHeld = (record: HostRecord | undefined): record is HostRecord => record !== undefined && isAlive(record.owner)

/** The living host of a state folder, if there is one. */
export function findHost(lockFile: string): HostRecord | undefined {
  const record = read(lockFile)
  return isHeld(record) ? record : undefined
}

export interface StateLock {
  update(change: Pick<HostRecord, 'url'>): void
  /** The owner is about to end: nobody shall attach to it any more. */
  retire(): void
  release(): void
}

/** Takes the lock, or answers who has it. Of several that start at once exactly one gets it. */
export function takeLock(lockFile: string, mode: HostRecord['mode']): StateLock | { heldBy: HostRecord } {
  mkdirSync(dirname(lockFile), { recursive: true, mode: 0o700 })
  const record: HostRecord = { owner: identify(process.pid), mode }
  const taken = takeFileLock(lockFile, JSON.stringify(record), text => isHeld(parse(text)))
  return taken.ok ? lockOf(lockFile, record) : { heldBy: JSON.parse(taken.error) as HostRecord }
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
