// A whole log as a response body. Promise: memory for one chunk, whatever the size; the reader sets the pace.
import type { LogSource } from './log-source.ts'

const CHUNK_BYTES = 2 * 1024 * 1024

/** The bytes of a log as they are now, from the first to the last. */
export function streamLog(source: LogSource): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { data, bytes } = await source.read(at, CHUNK_BYTES)
      at += bytes
      if (data.byteLength > 0) controller.enqueue(data)
      if (bytes === 0 || at >= source.size) controller.close()
    },
  })
}
