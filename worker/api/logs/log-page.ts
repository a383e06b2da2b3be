// Pages of a log by lines. Promise: a page costs reads in proportion to itself, not to the log: counted pieces are skipped unread,
// the end is read backwards, and no page holds more than 1 MiB.
import { concat } from '../../bytes.ts'
import type { LogSource } from './log-source.ts'

/** Which lines: the first, the last, or some from a 1-based line on. */
export type LogWindow = { head: number } | { tail: number } | { offset: number; limit: number }

export interface LogPage {
  content: string
  /** Lines in `content`. */
  lineCount: number
  totalLines: number
  hasMore: boolean
  /** `totalLines` is a lower bound: the uncounted rest was too long to be counted now. */
  isEstimate?: true
  /** More may come, or in place of what is said to be missing. */
  isGrowing?: true
  /** Bytes of the stream that `content` stands for: live text goes on at `endOffset`. */
  startOffset: number
  endOffset: number
}

const CHUNK_BYTES = 256 * 1024
const MAX_PAGE_BYTES = 1024 * 1024
/** Uncounted bytes that a page is willing to read only to count their lines. */
const MAX_COUNT_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

function countNewlines(data: Uint8Array): number {
  let count = 0
  for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) count++
  return count
}

/** Lines of a text, an unfinished last one included. */
const linesIn = (data: Uint8Array): number =>
  countNewlines(data) + (data.byteLength > 0 && data[data.byteLength - 1] !== NEWLINE ? 1 : 0)

interface Total {
  lines: number
  estimate: boolean
}

async function countLines(source: LogSource): Promise<Total> {
  if (source.lines !== null) return { lines: source.lines, estimate: false }
  let lines = 0
  let at = 0
  for (const piece of source.pieces) {
    lines += piece.lines
    at = piece.offset + piece.bytes
  }
  const limit = at + MAX_COUNT_BYTES
  let ended = at >= source.size && at > 0 ? await endsWithNewline(source) : true
  while (at < source.size) {
    if (at >= limit) return { lines, estimate: true }
    const { data, bytes } = await source.read(at, CHUNK_BYTES)
    if (bytes === 0) break
    lines += countNewlines(data)
    ended = data[data.byteLength - 1] === NEWLINE
    at += bytes
  }
  return { lines: lines + (ended ? 0 : 1), estimate: false }
}

async function endsWithNewline(source: LogSource): Promise<boolean> {
  const { data } = await source.read(source.size - 1, 1)
  return data[data.byteLength - 1] === NEWLINE
}

/** Where to begin reading for line `line` (0-based): behind the last counted piece that ends before it. */
function seek(source: LogSource, line: number): { offset: number; skip: number } {
  let skip = line
  let offset = 0
  for (const piece of source.pieces) {
    // With exactly as many newlines as are to be skipped, the line may begin inside the piece.
    if (piece.lines >= skip) break
    skip -= piece.lines
    offset = piece.offset + piece.bytes
  }
  return { offset, skip }
}

/** Index behind the n-th newline of a chunk; -1: it has fewer, and `left` says how many are still to come. */
function behindNewlines(data: Uint8Array, n: number): { at: number; left: number } {
  let at = 0
  for (let left = n; left > 0; left--) {
    const next = data.indexOf(NEWLINE, at)
    if (next < 0) return { at: -1, left }
    at = next + 1
  }
  return { at, left: 0 }
}

interface Range {
  data: Uint8Array
  start: number
  end: number
}

async function readForward(source: LogSource, firstLine: number, limit: number): Promise<Range> {
  const from = seek(source, firstLine)
  let { offset: at, skip } = from
  let start = -1
  let wanted = limit
  let held = 0
  const parts: Uint8Array[] = []
  while (at < source.size && held < MAX_PAGE_BYTES) {
    const { data, bytes } = await source.read(at, CHUNK_BYTES)
    if (bytes === 0) break
    const begin = behindNewlines(data, skip)
    skip = begin.left
    if (begin.at < 0) {
      at += bytes
      continue
    }
    if (start < 0) start = at + begin.at
    const rest = data.subarray(begin.at)
    const stop = behindNewlines(rest, wanted)
    const part = (stop.at < 0 ? rest : rest.subarray(0, stop.at)).subarray(0, MAX_PAGE_BYTES - held)
    parts.push(part)
    held += part.byteLength
    wanted = stop.left
    // The length of `data` may differ from `bytes` where the host's text had broken characters: then only whole chunks count.
    at += part.byteLength === data.byteLength ? bytes : begin.at + part.byteLength
    if (stop.at >= 0) break
  }
  return { data: concat(parts), start: start < 0 ? at : start, end: at }
}

/** Index of the first byte of the last `n` lines of `data`; -1: it holds fewer than n line starts. */
function lastLinesStart(data: Uint8Array, n: number): number {
  let at = data.byteLength - 1
  if (data[at] === NEWLINE) at--
  for (let left = n; ; left--) {
    at = at < 0 ? -1 : data.lastIndexOf(NEWLINE, at)
    if (at < 0) return -1
    if (left === 1) return at + 1
    at--
  }
}

async function readBackward(source: LogSource, n: number): Promise<Range> {
  let start = source.size
  let data: Uint8Array = new Uint8Array(0)
  while (start > 0 && source.size - start < MAX_PAGE_BYTES) {
    const from = Math.max(0, start - CHUNK_BYTES)
    const parts: Uint8Array[] = []
    for (let at = from; at < start; ) {
      const { data: part, bytes } = await source.read(at, start - at)
      if (bytes === 0) break
      parts.push(part)
      at += bytes
    }
    data = concat([...parts, data])
    start = from
    const found = lastLinesStart(data, n)
    if (found >= 0) return { data: data.subarray(found), start: start + found, end: source.size }
  }
  return { data, start, end: source.size }
}

/** Reads one page. */
export async function readLogPage(source: LogSource, window: LogWindow): Promise<LogPage> {
  const total = await countLines(source)
  const isTail = 'tail' in window
  const range = isTail
    ? await readBackward(source, window.tail)
    : 'head' in window
      ? await readForward(source, 0, window.head)
      : await readForward(source, window.offset - 1, window.limit)
  const lineCount = linesIn(range.data)
  const totalLines = Math.max(total.lines, lineCount)
  return {
    content: new TextDecoder().decode(range.data),
    lineCount,
    totalLines,
    hasMore: isTail ? range.start > 0 : range.end < source.size,
    ...(total.estimate ? { isEstimate: true } : {}),
    ...(source.isGrowing ? { isGrowing: true } : {}),
    startOffset: range.start,
    endOffset: range.end,
  }
}
