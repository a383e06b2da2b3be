// Reading a part of a log file that may be growing.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { completeLength, leadingPart } from './text.ts'

/** One answer is at most so many bytes. */
export const MAX_READ_BYTES = 512 * 1024

export interface LogPart {
  text: string
  /** Where `text` begins in the file. */
  offset: number
  /** Bytes that `text` stands for. */
  bytes: number
  /** Present size of the file. */
  size: number
}

/**
 * Text of `path` from `offset` (negative: counted from the end). Whole characters only; a missing file is an empty one.
 * At the end of the file an incomplete character is left for the next read, unless `last` says that nothing will follow.
 */
export const readLogPart = (path: string, offset: number, maxBytes: number, last = false): LogPart => {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: '', offset: 0, bytes: 0, size: 0 }
    throw error
  }
  try {
    const { size } = fstatSync(fd)
    const from = offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size)
    const wanted = Math.max(0, Math.min(maxBytes, MAX_READ_BYTES, size - from))
    const buffer = Buffer.allocUnsafe(wanted)
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, wanted, from))
    const skip = offset < 0 && from > 0 ? leadingPart(bytes) : 0
    const end = last && from + bytes.length === size ? bytes.length : completeLength(bytes)
    const part = bytes.subarray(skip, Math.max(skip, end))
    return { text: part.toString('utf8'), offset: from + skip, bytes: part.length, size }
  } finally {
    closeSync(fd)
  }
}
