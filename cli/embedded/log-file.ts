// A log of the host's own processes. Promise: it never stands in the way of what it tells about: on a full or failing disk lines are
// left out, and the first line that can be written again says how much is missing. It keeps to a bounded size.
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

export interface LogFile {
  write(text: string | Uint8Array): void
  end(): void
}

/** The file and its predecessor (`FILE.1`) are this large at most. */
const MAX_BYTES = 10 * 1024 * 1024

export function openLog(file: string, maxBytes = MAX_BYTES): LogFile {
  let fd: number | undefined
  let size = 0
  let missing = 0
  const open = (): number => {
    fd = openSync(file, 'a', 0o600)
    size = fstatSync(fd).size
    return fd
  }
  const close = () => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  const put = (bytes: Uint8Array) => {
    if (size > 0 && size + bytes.length > maxBytes) {
      close()
      renameSync(file, `${file}.1`)
    }
    const to = fd ?? open()
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(to, bytes, at)
      size += written
      at += written
    }
  }
  const tryPut = (bytes: Uint8Array): boolean => {
    try {
      put(bytes)
      return true
    } catch {
      return false
    }
  }
  return {
    write(text) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      if (missing > 0 && tryPut(Buffer.from(`[${missing} bytes are missing: they could not be written]\n`))) missing = 0
      if (missing > 0 || !tryPut(bytes)) missing += bytes.length
    },
    end: close,
  }
}
