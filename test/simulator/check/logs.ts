// Logs that are too big to travel with a result. Promise: a run's logs are complete once everything has come to rest, and each is one
// piece after the other.
import { logComplete } from '@edgedag/core/run/derived'
import type { RunState } from '@edgedag/core/run/state'

export function* checkLogs({ logs, segments }: RunState, isWhole: boolean): Generator<string> {
  for (const log of logs.values()) {
    const parts = [...segments.values()].filter(part => part.log === log.key).sort((a, b) => a.offset - b.offset)
    let end = 0
    for (const { seq, offset, bytes } of parts) {
      if (offset !== end) yield `segment ${seq} of ${log.key} begins at ${offset}, and the one before ends at ${end}`
      end = offset + bytes
    }
    if (log.sealed !== end) yield `${log.key} counts ${log.sealed} bytes in segments that hold ${end}`
    // The end of an attempt that was given up is not told any more: what may still come is waited for.
    if (isWhole && log.bytes !== null && !logComplete(log))
      yield `${log.key} is not complete: ${end} of ${log.bytes} bytes`
  }
}
