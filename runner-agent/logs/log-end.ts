// Where a finished stream ended: small logs travel inside `finished`, bigger ones are sealed in segments.
import { isUtf8 } from 'node:buffer'
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { INLINE_LOG_BYTES, type LogEnd } from '@edgedag/core/protocol/frames'
import { countLineEnds, countLines } from './text.ts'

export interface LogEndOptions {
  /** A part is in a segment already, so the rest goes there too. */
  segmented: boolean
  /** Bytes kept at most; what is over is dropped and counted. */
  capBytes?: number
}

const EMPTY: LogEnd = { bytes: 0, lines: 0, text: '' }

/**
 * Final length, lines and, where it fits, text of a log. A missing file is an empty log. What is not UTF-8 goes into a segment
 * whatever its size: text would not bring the very bytes.
 */
export const readLogEnd = (path: string, options: LogEndOptions): LogEnd | Promise<LogEnd> => {
  // Most streams are empty: a look is all they cost.
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return options.segmented ? { bytes: 0, lines: 0 } : EMPTY
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY
    throw error
  }
  try {
    const bytes = Math.min(size, options.capBytes ?? size)
    const gap = size > bytes ? { dropped: size - bytes } : {}
    if (bytes > INLINE_LOG_BYTES) return bigLogEnd(path, bytes, gap)
    const buffer = Buffer.allocUnsafe(bytes)
    const content = buffer.subarray(0, readSync(fd, buffer, 0, bytes, 0))
    const end = { bytes: content.length, lines: countLines(content), ...gap }
    return options.segmented || !isUtf8(content) ? end : { ...end, text: content.toString('utf8') }
  } finally {
    closeSync(fd)
  }
}

const CHUNK = 256 * 1024

/** Counts the lines of a big log without holding up the event loop. */
const bigLogEnd = async (path: string, bytes: number, gap: { dropped?: number }): Promise<LogEnd> => {
  const file = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafe(CHUNK)
    let lines = 0
    let last = 10
    for (let at = 0; at < bytes; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(CHUNK, bytes - at), at)
      if (bytesRead === 0) break
      lines += countLineEnds(buffer.subarray(0, bytesRead))
      last = buffer[bytesRead - 1]!
      at += bytesRead
    }
    return { bytes, lines: lines + (last === 10 ? 0 : 1), ...gap }
  } finally {
    await file.close()
  }
}
