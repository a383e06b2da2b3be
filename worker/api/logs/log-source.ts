// The bytes of one log, wherever they are: inline, in sealed segments, or still on the host.
// Promise: reads are by range, so no log is ever held whole; what is gone is said so in its place.
import type { StepLogIndex } from '../../objects/contracts.ts'
import type { ApiDeps } from '../deps.ts'

/** What a read got: `data`, standing for `bytes` bytes of the stream (0 bytes: nothing more there now). */
export interface LogRead {
  data: Uint8Array
  bytes: number
}

/** A range of the stream whose newlines are counted already. */
export interface CountedPiece {
  offset: number
  bytes: number
  lines: number
}

export interface LogSource {
  /** Present length of the stream in bytes. */
  size: number
  /** Counted ranges from the beginning on, without holes. */
  pieces: CountedPiece[]
  /** Lines as the agent counted them at the end; null while they may grow. */
  lines: number | null
  /** What follows is on this runner, which does not answer now. */
  away?: string
  /** Not all of it is here yet: its step goes on, or its host still sends the rest. */
  isGrowing?: boolean
  /** At most `length` bytes from `offset`; may be fewer. */
  read(offset: number, length: number): Promise<LogRead>
}

export interface LogName {
  runId: string
  stream: 'stdout' | 'stderr'
}

const NOTHING: LogRead = { data: new Uint8Array(0), bytes: 0 }

function inlineSource(text: string): LogSource {
  const bytes = new TextEncoder().encode(text)
  const newlines = bytes.reduce((count, byte) => (byte === 10 ? count + 1 : count), 0)
  return {
    size: bytes.byteLength,
    pieces: bytes.byteLength === 0 ? [] : [{ offset: 0, bytes: bytes.byteLength, lines: newlines }],
    lines: null,
    read: async (offset, length) => {
      const data = bytes.subarray(offset, offset + length)
      return { data, bytes: data.byteLength }
    },
  }
}

const missing = (bytes: number): LogRead => ({
  data: new TextEncoder().encode(`\n[${bytes} bytes of this log are not available]\n`),
  bytes,
})

type Segment = StepLogIndex['segments'][number]

async function readSegment(deps: ApiDeps, segment: Segment, offset: number, length: number): Promise<LogRead> {
  const from = offset - segment.offset
  const want = Math.min(length, segment.bytes - from)
  const data = await deps.blobs.get(segment.key, { offset: from, length: want })
  return data === null || data.byteLength === 0
    ? missing(segment.bytes - from)
    : { data: new Uint8Array(data), bytes: data.byteLength }
}

type Live = NonNullable<StepLogIndex['live']>

/** Null: the host does not answer now. */
async function readLive(deps: ApiDeps, live: Live, name: LogName, offset: number, bytes: number) {
  const { runnerId, step, attempt } = live
  return deps.object('runner', runnerId).read({ runId: name.runId, step, attempt, stream: name.stream, offset, bytes })
}

/** Sealed segments from the beginning on, up to the first hole. */
function sealedOf(index: StepLogIndex): { segments: Segment[]; end: number } {
  let end = 0
  const segments: Segment[] = []
  for (const segment of [...index.segments].sort((a, b) => a.offset - b.offset)) {
    if (segment.offset !== end) break
    segments.push(segment)
    end += segment.bytes
  }
  return { segments, end }
}

/** Bytes that one question to a host asks for: its answer has to fit into a frame. */
const LIVE_READ_BYTES = 128 * 1024

/** Opens a log for reading. Asks the host once for the present length where the rest is still there. */
export async function openLog(deps: ApiDeps, name: LogName, index: StepLogIndex): Promise<LogSource> {
  if (index.inline !== null) return inlineSource(index.inline)
  const { segments, end } = sealedOf(index)
  const { live } = index
  const rest = index.bytes === null || index.bytes > end
  const probe = live !== null && rest ? await readLive(deps, live, name, end, 1) : null
  const size = probe === null ? Math.max(end, index.bytes ?? 0) : Math.max(end, probe.size)
  const read = async (offset: number, length: number): Promise<LogRead> => {
    if (offset >= size || length <= 0) return NOTHING
    const segment = segments.find(({ offset: from, bytes }) => offset >= from && offset < from + bytes)
    if (segment !== undefined) return readSegment(deps, segment, offset, length)
    const want = Math.min(length, LIVE_READ_BYTES, size - offset)
    const answer = live === null || probe === null ? null : await readLive(deps, live, name, offset, want)
    if (answer === null) return missing(size - offset)
    return { data: new TextEncoder().encode(answer.text), bytes: answer.bytes }
  }
  const away = live !== null && rest && probe === null ? { away: live.runnerId } : {}
  const lines = index.bytes === null ? null : index.lines
  return { size, pieces: segments, lines, isGrowing: live !== null && rest, ...away, read }
}
