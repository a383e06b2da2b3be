// A folder in memory for what lives shorter than a step's start: the jobs that lanes read, with environments and secrets in
// them. Not on the disk, for secrecy and for speed: ext4 looks at every recently freed inode before it gives out a new one,
// and some hundred short-lived files a second make each new file of the host cost a millisecond.

import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from './proc.ts'

export interface RuntimeDir {
  path: string
  remove(): void
}

const PREFIX = 'edgedag-lanes-'

/** A new folder of this process (mode 0700), under /dev/shm where that can be written. Removes those of dead agents. */
export function openRuntimeDir(parent: string = memoryFolder()): RuntimeDir {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : 0
    if (pid > 0 && !isAlive(pid, '0')) remove(join(parent, name))
  }
  const path = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`))
  return { path, remove: () => remove(path) }
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
