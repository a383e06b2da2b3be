// Terminal text to styled spans: colours and weight are kept, every other escape sequence is dropped, and only http(s)
// addresses become links. The result is data; nothing from a log is ever used as markup.

export interface AnsiStyle {
  /** 0 to 15 from the palette, or `#rrggbb`. */
  fg?: number | string
  bg?: number | string
  bold?: boolean
  dim?: boolean
  italic?: boolean
  underline?: boolean
  inverse?: boolean
}

export interface AnsiSpan {
  text: string
  style: AnsiStyle
  href?: string
}

// CSI ... final byte | OSC ... BEL or ST | single escapes | other control characters but tab.
const ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this reads
  /\x1b\[([0-9;:?<=>]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?|[\x00-\x08\x0b-\x1f\x7f]/g
const LINK = /https?:\/\/[^\s<>"'`]+/g
const TRAILING = /[.,;:!?)\]}]+$/

const hex = (value: number): string => Math.max(0, Math.min(255, value)).toString(16).padStart(2, '0')

/** Colour `n` of the 256-colour table. */
function indexed(n: number): number | string {
  if (n < 16) return n
  if (n >= 232) return `#${hex(8 + (n - 232) * 10).repeat(3)}`
  const level = (v: number): number => (v === 0 ? 0 : 55 + v * 40)
  const index = n - 16
  return `#${hex(level(Math.floor(index / 36)))}${hex(level(Math.floor(index / 6) % 6))}${hex(level(index % 6))}`
}

/** Reads `38;5;n` or `38;2;r;g;b` behind position `at`. */
function extended(codes: number[], at: number): { color: number | string | undefined; used: number } {
  if (codes[at + 1] === 5) return { color: indexed(Math.min(255, codes[at + 2] ?? 0)), used: 2 }
  if (codes[at + 1] === 2)
    return { color: `#${hex(codes[at + 2] ?? 0)}${hex(codes[at + 3] ?? 0)}${hex(codes[at + 4] ?? 0)}`, used: 4 }
  return { color: undefined, used: 1 }
}

const without = (style: AnsiStyle, ...keys: (keyof AnsiStyle)[]): AnsiStyle => {
  const next = { ...style }
  for (const key of keys) delete next[key]
  return next
}

function applySgr(style: AnsiStyle, params: string): AnsiStyle {
  const codes = (params === '' ? '0' : params).split(/[;:]/).map(Number)
  let next = style
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0
    if (code === 0) next = {}
    else if (code === 1) next = { ...next, bold: true }
    else if (code === 2) next = { ...next, dim: true }
    else if (code === 3) next = { ...next, italic: true }
    else if (code === 4) next = { ...next, underline: true }
    else if (code === 7) next = { ...next, inverse: true }
    else if (code === 22) next = without(next, 'bold', 'dim')
    else if (code === 23) next = without(next, 'italic')
    else if (code === 24) next = without(next, 'underline')
    else if (code === 27) next = without(next, 'inverse')
    else if (code >= 30 && code <= 37) next = { ...next, fg: code - 30 }
    else if (code >= 90 && code <= 97) next = { ...next, fg: code - 82 }
    else if (code >= 40 && code <= 47) next = { ...next, bg: code - 40 }
    else if (code >= 100 && code <= 107) next = { ...next, bg: code - 92 }
    else if (code === 39) next = without(next, 'fg')
    else if (code === 49) next = without(next, 'bg')
    else if (code === 38 || code === 48) {
      const { color, used } = extended(codes, i)
      if (color !== undefined) next = code === 38 ? { ...next, fg: color } : { ...next, bg: color }
      i += used
    }
  }
  return next
}

/** Splits plain text at http(s) addresses; punctuation at an address's end stays text. */
export function linkify(text: string, style: AnsiStyle): AnsiSpan[] {
  const spans: AnsiSpan[] = []
  let from = 0
  for (const match of text.matchAll(LINK)) {
    const href = match[0].replace(TRAILING, '')
    if (match.index > from) spans.push({ text: text.slice(from, match.index), style })
    spans.push({ text: href, style, href })
    from = match.index + href.length
  }
  if (from < text.length) spans.push({ text: text.slice(from), style })
  return spans
}

/**
 * Styles one line of terminal output.
 * @param line without its newline; of text overwritten by carriage returns only the last is shown
 * @param style in force at its start
 * @returns the spans and the style in force at its end
 */
export function ansiLine(line: string, style: AnsiStyle = {}): { spans: AnsiSpan[]; style: AnsiStyle } {
  const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line
  const source = trimmed.slice(trimmed.lastIndexOf('\r') + 1)
  const spans: AnsiSpan[] = []
  let current = style
  let from = 0
  for (const match of source.matchAll(ESCAPES)) {
    if (match.index > from) spans.push(...linkify(source.slice(from, match.index), current))
    from = match.index + match[0].length
    if (match[2] === 'm') current = applySgr(current, match[1] ?? '')
  }
  if (from < source.length) spans.push(...linkify(source.slice(from), current))
  return { spans, style: current }
}

/** The line as plain text, for searching and copying. */
export const stripAnsi = (line: string): string => line.replace(ESCAPES, '')
