// The lines of one log as far as they are loaded: a contiguous window that grows at its end by live text and at its front
// by earlier pages. Text that came twice is taken once; a gap is reported, never papered over.
import type { LogAnswer } from '../api/types.ts'

/** What a buffer needs of an answer. */
type LogText = Pick<LogAnswer, 'content'> & Partial<LogAnswer>

/** Lines kept in memory; the oldest go first and can be loaded again. */
export const MAX_LINES = 200_000

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const byteLength = (text: string): number => encoder.encode(text).length

export class LogBuffer {
  /** Changes whenever the lines do. */
  version = 0
  lines: string[] = []
  /** 1-based number of `lines[0]` in the whole log. */
  firstLine = 1
  /** Byte offset behind the last character held; undefined: not known. */
  endOffset: number | undefined
  /** The last line has no newline yet. */
  private open = false

  /** Replaces everything by a tail as the API gave it. */
  reset(answer: LogText): void {
    const { content } = answer
    this.open = content !== '' && !content.endsWith('\n')
    this.lines = splitLines(content)
    const total = Math.max(answer.totalLines ?? this.lines.length, this.lines.length)
    this.firstLine = total - this.lines.length + 1
    const whole = this.firstLine === 1 && answer.hasMore !== true
    this.endOffset = answer.endOffset ?? (whole ? byteLength(content) : undefined)
    this.version++
  }

  /** Brings a tail that was loaded again into what is held: lines in sight stay where the tail continues them. */
  merge(answer: LogText): void {
    const { endOffset } = answer
    const start = answer.startOffset ?? (endOffset === undefined ? undefined : endOffset - byteLength(answer.content))
    const continues =
      start !== undefined &&
      endOffset !== undefined &&
      this.endOffset !== undefined &&
      start <= this.endOffset &&
      endOffset >= this.endOffset
    if (this.version === 0 || !continues) this.reset(answer)
    else this.append(start, answer.content, endOffset - start)
  }

  /** Puts lines in front of those held, e.g. an earlier page. */
  prepend(content: string): void {
    const earlier = splitLines(content).slice(0, this.firstLine - 1)
    this.lines = [...earlier, ...this.lines]
    this.firstLine -= earlier.length
    this.version++
  }

  /**
   * Takes live text that starts at byte `offset`.
   * @param length its bytes in the stream; text with broken characters is not as long as it was
   * @returns false when bytes between what is held and `offset` are missing: then load the tail again
   */
  append(offset: number, text: string, length?: number): boolean {
    const fresh = this.freshPart(offset, text, length)
    if (fresh === undefined) return false
    if (fresh === '') return true
    const parts = splitLines(fresh)
    const [first, ...rest] = parts
    if (this.open && this.lines.length > 0) this.lines[this.lines.length - 1] += first ?? ''
    else this.lines.push(first ?? '')
    for (const line of rest) this.lines.push(line)
    this.open = !fresh.endsWith('\n')
    if (this.lines.length > MAX_LINES) this.dropOldest()
    this.version++
    return true
  }

  /** The part of `text` behind what is held; undefined when there is a gap before it. */
  private freshPart(offset: number, text: string, length?: number): string | undefined {
    const end = this.endOffset
    const bytes = encoder.encode(text)
    const textEnd = offset + (length ?? bytes.length)
    if (end === undefined) {
      this.endOffset = textEnd
      return text
    }
    if (offset === end + 1 && this.open) {
      // An answer that was joined from lines lacks the final newline; the stream has it.
      this.endOffset = textEnd
      return `\n${text}`
    }
    if (offset > end) return undefined
    if (textEnd <= end) return ''
    this.endOffset = textEnd
    return offset === end ? text : decoder.decode(bytes.subarray(end - offset))
  }

  private dropOldest(): void {
    const excess = this.lines.length - MAX_LINES
    this.lines = this.lines.slice(excess)
    this.firstLine += excess
  }
}

/** Splits at newlines; a final newline ends its line and starts none. */
export function splitLines(content: string): string[] {
  if (content === '') return []
  const lines = content.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}
