// Reads what a growing file has gained since the last look, by offset and with bounded memory. It holds no file open between
// looks: a thousand steps need no thousand descriptors.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export interface Tail {
  /** Bytes already handed out, which is where the next read begins. */
  readonly offset: number
  /** The next at most `maxBytes`; empty when there is nothing new (or no file yet). The buffer is the caller's. */
  read(maxBytes?: number): Uint8Array
  /** Bytes the file has now; 0 when it is missing. */
  size(): number
}

/** A tail of `path` from `offset`. A file shorter than the offset (somebody truncated it) has nothing new. */
export function openTail(path: string, offset = 0, chunkBytes = 65_536): Tail {
  let at = offset
  const withFile = <T>(use: (fd: number) => T, missing: T): T => {
    let fd: number
    try {
      fd = openSync(path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing
      throw error
    }
    try {
      return use(fd)
    } finally {
      closeSync(fd)
    }
  }
  return {
    get offset() {
      return at
    },
    size: () => withFile(fd => fstatSync(fd).size, 0),
    read: (maxBytes = chunkBytes) =>
      withFile(fd => {
        const wanted = Math.min(maxBytes, Math.max(0, fstatSync(fd).size - at))
        if (wanted === 0) return new Uint8Array(0)
        const buffer = Buffer.allocUnsafe(wanted)
        const got = readSync(fd, buffer, 0, wanted, at)
        at += got
        return got === wanted ? buffer : buffer.subarray(0, got)
      }, new Uint8Array(0)),
  }
}
