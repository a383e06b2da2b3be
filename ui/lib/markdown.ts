// The Markdown that prompts and notes are written in, as plain data: paragraphs, headings, lists, quotes, code, tables, emphasis, links.
// Promise: whatever the text is, what comes out is text and a closed set of shapes; there is no HTML, and links go to http(s) and mailto.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em' | 'del'; of: Inline[] }
  | { kind: 'link'; href: string; of: Inline[] }

export type Align = 'left' | 'center' | 'right' | undefined

export type Block =
  | { kind: 'paragraph'; of: Inline[] }
  | { kind: 'heading'; level: number; of: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; of: Block[] }
  | { kind: 'list'; ordered: boolean; items: Block[][] }
  /** Rows have as many cells as the head. */
  | { kind: 'table'; head: Inline[][]; align: Align[]; rows: Inline[][][] }
  | { kind: 'rule' }

const FENCE = /^\s{0,3}(```+|~~~+)/
const HEADING = /^\s{0,3}(#{1,6})\s(.*)$/
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/
const QUOTE = /^\s{0,3}> ?/
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/
const DELIMITER = /^\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$/
/** Quotes and lists inside each other: deeper ones are shown as text. */
const MAX_DEPTH = 8

/** Blocks of a text. */
export const parseMarkdown = (text: string): Block[] => blocks(text.replace(/\r\n?/g, '\n').split('\n'), 0)

function blocks(lines: readonly string[], depth: number): Block[] {
  const found: Block[] = []
  let paragraph: string[] = []
  const endParagraph = (): void => {
    if (paragraph.length > 0) found.push({ kind: 'paragraph', of: parseInline(paragraph.join('\n')) })
    paragraph = []
  }
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!
    const special = blank(line) ? { block: undefined, next: i + 1 } : specialBlock(lines, i, depth)
    if (special === undefined) {
      paragraph.push(line.trim())
      i += 1
      continue
    }
    endParagraph()
    if (special.block) found.push(special.block)
    i = special.next
  }
  endParagraph()
  return found
}

const blank = (line: string): boolean => line.trim() === ''

/** Without the marks that may close a heading. */
const headingText = (words: string): string =>
  words
    .trim()
    .replace(/(?<!#)#+$/, '')
    .trimEnd()

interface Special {
  block: Block | undefined
  /** The line behind it. */
  next: number
}

function specialBlock(lines: readonly string[], at: number, depth: number): Special | undefined {
  const line = lines[at]!
  const fence = FENCE.exec(line)?.[1]
  if (fence !== undefined) return fenced(lines, at, fence)
  const heading = HEADING.exec(line)
  if (heading)
    return {
      block: { kind: 'heading', level: heading[1]!.length, of: parseInline(headingText(heading[2] ?? '')) },
      next: at + 1,
    }
  if (RULE.test(line)) return { block: { kind: 'rule' }, next: at + 1 }
  if (line.includes('|') && DELIMITER.test((lines[at + 1] ?? '').trim())) {
    const table = tableOf(lines, at)
    if (table) return table
  }
  if (depth >= MAX_DEPTH) return undefined
  if (QUOTE.test(line)) {
    const end = lastWhile(lines, at, each => QUOTE.test(each))
    const inner = lines.slice(at, end).map(each => each.replace(QUOTE, ''))
    return { block: { kind: 'quote', of: blocks(inner, depth + 1) }, next: end }
  }
  return ITEM.test(line) ? listOf(lines, at, depth) : undefined
}

function fenced(lines: readonly string[], at: number, fence: string): Special {
  const close = lines.findIndex((line, i) => i > at && line.trim().startsWith(fence))
  const end = close < 0 ? lines.length : close
  return { block: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, next: close < 0 ? end : end + 1 }
}

/** Cells of a row; `\\|` is a bar of the text. */
const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim().replaceAll('\\|', '|'))

const alignOf = (mark: string): Align =>
  mark.endsWith(':') ? (mark.startsWith(':') ? 'center' : 'right') : mark.startsWith(':') ? 'left' : undefined

/** A head, its line of dashes with as many columns, and the rows up to the next line without a bar. */
function tableOf(lines: readonly string[], at: number): Special | undefined {
  const head = cellsOf(lines[at]!)
  const marks = cellsOf(lines[at + 1]!)
  if (marks.length !== head.length) return undefined
  const end = lastWhile(lines, at + 2, each => !blank(each) && each.includes('|'))
  const rows = lines.slice(at + 2, end).map(line => {
    const cells = cellsOf(line)
    return head.map((_, column) => parseInline(cells[column] ?? ''))
  })
  return { block: { kind: 'table', head: head.map(parseInline), align: marks.map(alignOf), rows }, next: end }
}

const lastWhile = (lines: readonly string[], from: number, holds: (line: string) => boolean): number => {
  let end = from
  while (end < lines.length && holds(lines[end]!)) end += 1
  return end
}

/** `[x] done` as people see it; a box can only be ticked in the text. */
const taskOf = (item: string): string => item.replace(/^\[([ xX])\] /, (_, mark) => (mark === ' ' ? '☐ ' : '☑ '))

/** Items of one kind at one indentation; what is indented further belongs to the item above. */
function listOf(lines: readonly string[], at: number, depth: number): Special {
  const [, indent = '', mark = ''] = ITEM.exec(lines[at]!) ?? []
  const ordered = /\d/.test(mark)
  const items: string[][] = []
  let i = at
  for (; i < lines.length; i += 1) {
    const line = lines[i]!
    const item = ITEM.exec(line)
    const isOwn = item && (item[1] ?? '').length <= indent.length && /\d/.test(item[2] ?? '') === ordered
    const isInner = /^\s/.test(line) && line.search(/\S/) > indent.length
    if (isOwn) items.push([taskOf(item[3] ?? '')])
    else if (blank(line) && continues(lines[i + 1], indent.length, ordered)) items.at(-1)!.push('')
    else if (isInner) items.at(-1)!.push(line.slice(indent.length).replace(/^\s{1,4}/, ''))
    else break
  }
  return { block: { kind: 'list', ordered, items: items.map(item => blocks(item, depth + 1)) }, next: i }
}

function continues(next: string | undefined, indent: number, ordered: boolean): boolean {
  if (next === undefined || blank(next)) return false
  const item = ITEM.exec(next)
  return next.search(/\S/) > indent || (item !== null && /\d/.test(item[2] ?? '') === ordered)
}

const SAFE_LINK = /^(https?:\/\/|mailto:)/i
const PATTERNS: { at: RegExp; make: (match: RegExpExecArray) => Inline }[] = [
  { at: /`([^`]+)`/, make: ([, text = '']) => ({ kind: 'code', text }) },
  {
    at: /\[([^\]\n]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/,
    make: ([whole, label = '', href = '']) =>
      SAFE_LINK.test(href) ? { kind: 'link', href, of: parseInline(label || href) } : { kind: 'text', text: whole },
  },
  { at: /\bhttps?:\/\/[^\s<>"'`]*[^\s<>"'`.,;:!?)\]]/, make: ([href]) => ({ kind: 'link', href, of: [text(href)] }) },
  {
    at: /\*\*(?=\S)([\s\S]*?\S)\*\*|__(?=\S)([\s\S]*?\S)__/,
    make: m => ({ kind: 'strong', of: parseInline(m[1] ?? m[2] ?? '') }),
  },
  { at: /~~(?=\S)([\s\S]*?\S)~~/, make: m => ({ kind: 'del', of: parseInline(m[1] ?? '') }) },
  {
    at: /\*(?=[^\s*])([^*]*[^\s*])\*|(?<![\w])_(?=\S)([^_]*[^\s_])_(?![\w])/,
    make: m => ({ kind: 'em', of: parseInline(m[1] ?? m[2] ?? '') }),
  },
]

const text = (words: string): Inline => ({ kind: 'text', text: words })

/** Looking for marks is quadratic: longer paragraphs are shown as they are. */
const MOST_MARKED_CHARS = 10_000

/** The parts of a line: of all marks the one that begins first counts. */
export function parseInline(source: string): Inline[] {
  if (source.length > MOST_MARKED_CHARS) return [text(source)]
  const parts: Inline[] = []
  let rest = source
  while (rest !== '') {
    let first: { match: RegExpExecArray; make: (match: RegExpExecArray) => Inline } | undefined
    for (const { at, make } of PATTERNS) {
      const match = at.exec(rest)
      if (match && (first === undefined || match.index < first.match.index)) first = { match, make }
    }
    if (first === undefined) break
    const { match, make } = first
    if (match.index > 0) parts.push(text(rest.slice(0, match.index)))
    parts.push(make(match))
    rest = rest.slice(match.index + match[0].length)
  }
  if (rest !== '') parts.push(text(rest))
  return parts
}
