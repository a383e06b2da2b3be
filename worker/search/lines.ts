// Finding a text in lines: upper and lower case are the same, and it is taken as it is, never as a pattern. Pure.

/** A hit in a file, with the line before and after it. Numbers from 1. */
export interface LineMatch {
  line: string
  lineNumber: number
  startLine: number
}

/** Characters of a line that are shown. */
const MAX_LINE_CHARS = 500
/** Characters before the hit in a line that is too long to show whole. */
const LEAD_CHARS = 120

/** The line, or the part of it that shows the hit. */
export function clip(line: string, at: number): string {
  if (line.length <= MAX_LINE_CHARS) return line
  const from = Math.max(0, Math.min(at - LEAD_CHARS, line.length - MAX_LINE_CHARS))
  const part = line.slice(from, from + MAX_LINE_CHARS)
  return `${from > 0 ? '…' : ''}${part}${from + MAX_LINE_CHARS < line.length ? '…' : ''}`
}

/** Hits in a text from line `after` (exclusive, from 0) on: at most `limit`, and whether there are more. */
export function findInText(
  text: string,
  wanted: string,
  { after = 0, limit }: { after?: number; limit: number },
): { matches: LineMatch[]; hasMore: boolean } {
  const needle = wanted.toLowerCase()
  const matches: LineMatch[] = []
  if (needle === '' || !text.toLowerCase().includes(needle)) return { matches, hasMore: false }
  const lines = text.split(/\r?\n/)
  for (let i = after; i < lines.length; i++) {
    const at = lines[i]!.toLowerCase().indexOf(needle)
    if (at < 0) continue
    if (matches.length === limit) return { matches, hasMore: true }
    const from = Math.max(0, i - 1)
    const shown = lines.slice(from, i + 2).map((line, k) => clip(line, from + k === i ? at : 0))
    matches.push({ line: shown.join('\n'), lineNumber: i + 1, startLine: from + 1 })
  }
  return { matches, hasMore: false }
}

/** Hits in a stream of text that comes in pieces. Lines over 64 KB are looked at in parts. */
export class LineFinder {
  readonly #needle: string
  readonly #found: (line: string, lineNumber: number) => void
  #rest = ''
  #number: number

  /** `firstLine`: number of the first line that comes. */
  constructor(wanted: string, firstLine: number, found: (line: string, lineNumber: number) => void) {
    this.#needle = wanted.toLowerCase()
    this.#number = firstLine
    this.#found = found
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#look(line, true)
    if (this.#rest.length > MAX_REST_CHARS) {
      this.#look(this.#rest, false)
      // A hit that lies across the cut is found with the next part.
      this.#rest = this.#rest.slice(-(this.#needle.length - 1) || this.#rest.length)
    }
  }

  end(): void {
    if (this.#rest !== '') this.#look(this.#rest, true)
    this.#rest = ''
  }

  #look(line: string, isWhole: boolean): void {
    const at = line.toLowerCase().indexOf(this.#needle)
    if (at >= 0) this.#found(clip(line, at).replace(/\r$/, ''), this.#number)
    if (isWhole) this.#number += 1
  }
}

const MAX_REST_CHARS = 64 * 1024
