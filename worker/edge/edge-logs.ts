// Logs of steps at the edge: small ones travel in the account of the step, bigger ones are one sealed segment.
import { INLINE_LOG_BYTES } from '@edgedag/core/protocol/frames'
import type { Blobs } from '../host/port.ts'
import { logSegmentKey } from '../store/keys.ts'
import type { LogSink } from './edge-step.ts'

const encoder = new TextEncoder()

function countLines(text: string): number {
  const ends = text.split('\n').length - 1
  return text === '' || text.endsWith('\n') ? ends : ends + 1
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Where logs of a run go. */
export function logSink(runId: string, blobs: Blobs, now: () => number): LogSink {
  return async (log, text) => {
    const content = Uint8Array.from(encoder.encode(text))
    const end = { bytes: content.length, lines: countLines(text) }
    if (content.length <= INLINE_LOG_BYTES) return { end: { ...end, text } }
    // Created, never overwritten: the same step done again has written the same.
    await blobs.put(logSegmentKey({ runId, ...log, seq: 1 }), content)
    const sealed = { ...log, seq: 1, offset: 0, ...end, sha256: await sha256(content) }
    return { end, segment: { type: 'segment', at: now(), ...sealed } }
  }
}
