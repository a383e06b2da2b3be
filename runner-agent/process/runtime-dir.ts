// A folder in memory for what lives shorter than a step's start: the jobs that lanes read, with environments and secrets in
// them. Not on the disk, for secrecy and for speed: ext4 looks at every recently freed inode before it gives out a new one,
// and some hundred short-lived files a second make each new file of the host cost a millisecond.

import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive, readStat } from './proc.ts'

export interface RuntimeDir {
  path: string
  /** Makes it again where somebody has removed it: logind does so with a user's files in memory when that user signs out. */
  restore(): void
  remove(): void
}

const PREFIX = 'edgedag-jobs'
const NAME = new RegExp(`^${PREFIX}-(\\d+)-(\\d+)-(\\d+)-`)

/**
 * A new folder of this process (mode 0700), under /dev/shm where that can be written. Removes those of dead agents: a name says which
 * process it was, and in which world of process numbers, as containers may share /dev/shm with their host and not its numbers.
 */
export function openRuntimeDir(parent: string = memoryFolder()): RuntimeDir {
  const world = pidNamespace()
  for (const name of readdirSync(parent)) {
    const [, of, pid = '', startTime = ''] = NAME.exec(name) ?? []
    if (of === world && !isAlive(Number(pid), startTime)) remove(join(parent, name))
  }
  const startTime = readStat(process.pid)?.startTime ?? '0'
  const path = mkdtempSync(join(parent, `${PREFIX}-${world}-${process.pid}-${startTime}-`))
  return {
    path,
    restore() {
      // One that another user makes first is an error.
      if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
    },
    remove: () => remove(path),
  }
}

/** The kernel's number of it; '0' where there is none. */
function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}

function memoryFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // Another user's: not ours to remove.
  }
}
