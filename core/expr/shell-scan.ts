// Walks POSIX shell text and tells, for every `$`, in what quoting it stands. It never evaluates; where the text is not
// well-formed it errs towards "unquoted", which leaves a reference to the shell.

/** What surrounds a reference. */
export type Quoting = 'unquoted' | 'double' | 'single' | 'ansi' | 'heredoc' | 'quotedHeredoc'

export interface Site {
  quoting: Quoting
  /** Inside old-style command substitution, where backslashes are read twice. */
  inBackticks: boolean
}

/** What to put in place of the text up to `end`; `undefined` leaves the `$` to the shell. */
export type Replacement =
  | {
      text: string
      end: number
      /** The double quote in front of the `$` goes too (`end` is then after the closing one). */
      dropQuote?: boolean
    }
  | undefined

export type OnDollar = (at: number, site: Site) => Replacement

type FrameKind = 'command' | 'substitution' | 'backtick' | 'double' | 'parameter' | 'arithmetic'

interface Frame {
  kind: FrameKind
  /** Depth of plain parentheses inside. */
  parens: number
  /** Open `case` words, whose patterns end in an unmatched `)`. */
  cases: number
  /** A command word may stand here, so `#` starts a comment and `case` is a keyword. */
  wordStart: boolean
  commandStart: boolean
  /** Double quotes are in force around a parameter. */
  quoted: boolean
}

interface Heredoc {
  delimiter: string
  quoted: boolean
  stripTabs: boolean
  /** Where its delimiter word is in the output, so that it can be renamed. */
  wordAt: number
  wordLength: number
}

const frame = (kind: FrameKind, quoted = false): Frame => ({
  kind,
  parens: 0,
  cases: 0,
  wordStart: true,
  commandStart: true,
  quoted,
})

interface Scan {
  text: string
  at: number
  out: string
  frames: Frame[]
  pending: Heredoc[]
  onDollar: OnDollar
}

/** Copies shell text, asking `onDollar` about every `$` that may begin a reference. */
export const scanShell = (text: string, onDollar: OnDollar): string => {
  const scan: Scan = { text, at: 0, out: '', frames: [frame('command')], pending: [], onDollar }
  while (scan.at < text.length) step(scan, scan.frames.at(-1)!)
  return scan.out
}

const step = (scan: Scan, top: Frame): void => {
  if (top.kind === 'double') stepDouble(scan)
  else if (top.kind === 'parameter') stepParameter(scan, top)
  else if (top.kind === 'arithmetic') stepArithmetic(scan, top)
  else stepCommand(scan, top)
}

const copy = (scan: Scan, count: number): void => {
  scan.out += scan.text.slice(scan.at, scan.at + count)
  scan.at += count
}

const inBackticks = (scan: Scan): boolean => scan.frames.some(({ kind }) => kind === 'backtick')

/** Handles `$` in unquoted or double-quoted text: a reference of ours, or something of the shell's that opens a frame. */
const dollar = (scan: Scan, quoted: boolean): void => {
  const replacement = scan.onDollar(scan.at, {
    quoting: quoted ? 'double' : 'unquoted',
    inBackticks: inBackticks(scan),
  })
  const next = scan.text.slice(scan.at + 1, scan.at + 3)
  if (replacement !== undefined) replace(scan, replacement)
  else if (next === '((') open(scan, 3, frame('arithmetic'))
  else if (next[0] === '(') open(scan, 2, frame('substitution'))
  else if (next[0] === '{') open(scan, 2, frame('parameter', quoted))
  else copy(scan, 1)
}

const replace = (scan: Scan, replacement: NonNullable<Replacement>): void => {
  scan.out = joined(scan.out, replacement)
  scan.at = replacement.end
}

const joined = (out: string, { text, dropQuote }: NonNullable<Replacement>): string =>
  (dropQuote ? out.slice(0, -1) : out) + text

const open = (scan: Scan, length: number, opened: Frame): void => {
  copy(scan, length)
  scan.frames.push(opened)
}

const close = (scan: Scan, length: number): void => {
  copy(scan, length)
  if (scan.frames.length > 1) scan.frames.pop()
}

const stepDouble = (scan: Scan): void => {
  const char = scan.text[scan.at]
  if (char === '\\') copy(scan, 2)
  else if (char === '"') close(scan, 1)
  else if (char === '`') backquote(scan)
  else if (char === '$') dollar(scan, true)
  else copy(scan, 1)
}

const stepParameter = (scan: Scan, top: Frame): void => {
  const char = scan.text[scan.at]
  if (char === '\\') copy(scan, 2)
  else if (char === '}') close(scan, 1)
  else if (char === '"') open(scan, 1, frame('double'))
  else if (char === '`') backquote(scan)
  else if (char === '$') dollar(scan, top.quoted)
  else if (char === "'" && !top.quoted) singleQuoted(scan)
  else copy(scan, 1)
}

const stepArithmetic = (scan: Scan, top: Frame): void => {
  const char = scan.text[scan.at]
  if (char === '\\') copy(scan, 2)
  else if (char === '$') dollar(scan, false)
  else if (char === '`') backquote(scan)
  else if (char === '(') {
    top.parens++
    copy(scan, 1)
  } else if (char === ')' && top.parens > 0) {
    top.parens--
    copy(scan, 1)
  } else if (char === ')') close(scan, scan.text[scan.at + 1] === ')' ? 2 : 1)
  else copy(scan, 1)
}

/** A backtick closes the innermost old-style substitution (with all that is open in it), or opens one. */
const backquote = (scan: Scan): void => {
  const open = scan.frames.findLastIndex(({ kind }) => kind === 'backtick')
  copy(scan, 1)
  if (open < 0) scan.frames.push(frame('backtick'))
  else scan.frames.length = open
}

const stepCommand = (scan: Scan, top: Frame): void => {
  const char = scan.text[scan.at]!
  if (char === '#' && top.wordStart) comment(scan)
  else if (char === '\n') newline(scan, top)
  else if (/[A-Za-z]/.test(char) && top.commandStart) word(scan, top)
  else if (/\s/.test(char)) {
    top.wordStart = true
    copy(scan, 1)
  } else if (isOperator(char)) operator(scan, top, char)
  else wordPart(scan, top, char)
}

const wordPart = (scan: Scan, top: Frame, char: string): void => {
  top.wordStart = false
  top.commandStart = false
  if (char === '\\') copy(scan, 2)
  else if (char === "'") singleQuoted(scan)
  else if (char === '"') open(scan, 1, frame('double'))
  else if (char === '`') backquote(scan)
  else if (scan.text.startsWith("$'", scan.at)) ansiQuoted(scan)
  else if (char === '$') dollar(scan, false)
  else copy(scan, 1)
}

const isOperator = (char: string): boolean => ';&|()<>{}!'.includes(char)

const operator = (scan: Scan, top: Frame, char: string): void => {
  if (scan.text.startsWith('<<<', scan.at)) copy(scan, 3)
  else if (scan.text.startsWith('<<', scan.at)) heredocStart(scan, top)
  else if (scan.text.startsWith('((', scan.at) && top.commandStart) open(scan, 2, frame('arithmetic'))
  else plainOperator(scan, top, char)
}

const plainOperator = (scan: Scan, top: Frame, char: string): void => {
  const braceOfWord = '{}!'.includes(char) && !top.wordStart
  top.wordStart = !braceOfWord
  top.commandStart = !braceOfWord && char !== '<' && char !== '>'
  const closes = char === ')' && top.parens === 0 && top.kind === 'substitution' && top.cases === 0
  if (char === '(') top.parens++
  if (char === ')' && top.parens > 0) top.parens--
  if (closes) close(scan, 1)
  else copy(scan, 1)
}

const BEFORE_COMMAND = new Set(['do', 'then', 'else', 'elif', 'if', 'while', 'until', 'time'])

const word = (scan: Scan, top: Frame): void => {
  const [text] = /^\w+/.exec(scan.text.slice(scan.at, scan.at + 256))!
  if (text === 'case') top.cases++
  else if (text === 'esac' && top.cases > 0) top.cases--
  top.commandStart = BEFORE_COMMAND.has(text)
  top.wordStart = false
  copy(scan, text.length)
}

const comment = (scan: Scan): void => {
  const rest = scan.text.slice(scan.at)
  const end = rest.search(inBackticks(scan) ? /[\n`]/ : /\n/)
  copy(scan, end < 0 ? rest.length : end)
}

/** Text up to the closing quote; inside old-style substitution a backtick ends it too. */
const singleQuoted = (scan: Scan): void => literalQuote(scan, 1, 'single')
const ansiQuoted = (scan: Scan): void => literalQuote(scan, 2, 'ansi')

const literalQuote = (scan: Scan, opening: number, quoting: Quoting): void => {
  copy(scan, opening)
  const backticks = inBackticks(scan)
  let open = true
  while (open && scan.at < scan.text.length) {
    const char = scan.text[scan.at]
    const replacement = char === '$' ? scan.onDollar(scan.at, { quoting, inBackticks: backticks }) : undefined
    if (replacement !== undefined) {
      replace(scan, replacement)
      continue
    }
    open = char !== "'" && !(char === '`' && backticks)
    if (char === '`' && backticks) continue
    copy(scan, char === '\\' && (quoting === 'ansi' || backticks) ? 2 : 1)
  }
}

const DELIMITER = /<<(-?)[ \t]*((?:[^\s;&|()<>'"\\`$]|\\.|'[^']*'|"[^"]*")+)/y

const heredocStart = (scan: Scan, top: Frame): void => {
  DELIMITER.lastIndex = scan.at
  const match = DELIMITER.exec(scan.text)
  top.wordStart = false
  top.commandStart = false
  const [whole, dash, written] = match ?? ['<<', '', '']
  copy(scan, whole!.length)
  if (!written) return
  scan.pending.push({
    delimiter: written.replace(/\\(.)|'([^']*)'|"([^"]*)"/g, '$1$2$3'),
    quoted: /[\\'"]/.test(written),
    stripTabs: dash === '-',
    wordAt: scan.out.length - written.length,
    wordLength: written.length,
  })
}

const newline = (scan: Scan, top: Frame): void => {
  top.wordStart = true
  top.commandStart = true
  copy(scan, 1)
  const pending = scan.pending
  scan.pending = []
  pending.forEach((heredoc, index) => {
    const grown = heredocBody(scan, heredoc)
    for (const later of pending.slice(index + 1)) later.wordAt += grown
  })
}

/** Copies a here-document with its references filled in. Returns by how much earlier output grew (a renamed delimiter). */
const heredocBody = (scan: Scan, heredoc: Heredoc): number => {
  const end = heredocEnd(scan, heredoc)
  if (end === undefined) return 0
  const body = fillHeredoc(scan, end.bodyEnd, heredoc)
  const line = (text: string) => (heredoc.stripTabs ? text.replace(/^\t+/, '') : text)
  const taken = heredoc.quoted && body.replaced && body.text.split('\n').some(text => line(text) === heredoc.delimiter)
  scan.at = end.next
  if (!taken) {
    scan.out += body.text + scan.text.slice(end.bodyEnd, end.next)
    return 0
  }
  const name = freeDelimiter(heredoc.delimiter, body.text)
  const before = scan.out.slice(0, heredoc.wordAt)
  scan.out = `${before}'${name}'${scan.out.slice(heredoc.wordAt + heredoc.wordLength)}`
  scan.out += body.text + name + scan.text.slice(end.next - (scan.text[end.next - 1] === '\n' ? 1 : 0), end.next)
  return name.length + 2 - heredoc.wordLength
}

/** A delimiter that no line of the body can be: a value must not end the document that holds it. */
const freeDelimiter = (delimiter: string, body: string): string => {
  for (let n = 1; ; n++) {
    const name = `${delimiter.replace(/[^\w.-]/g, '_')}_${n}`
    if (!body.includes(name)) return name
  }
}

const heredocEnd = (scan: Scan, { delimiter, stripTabs }: Heredoc): { bodyEnd: number; next: number } | undefined => {
  let from = scan.at
  while (from <= scan.text.length) {
    const newline = scan.text.indexOf('\n', from)
    const end = newline < 0 ? scan.text.length : newline
    const text = scan.text.slice(from, end)
    if ((stripTabs ? text.replace(/^\t+/, '') : text) === delimiter) {
      return { bodyEnd: from, next: newline < 0 ? end : end + 1 }
    }
    if (newline < 0) return undefined
    from = newline + 1
  }
  return undefined
}

const fillHeredoc = (scan: Scan, end: number, { quoted }: Heredoc): { text: string; replaced: boolean } => {
  const site: Site = { quoting: quoted ? 'quotedHeredoc' : 'heredoc', inBackticks: inBackticks(scan) }
  let text = ''
  let replaced = false
  for (let at = scan.at; at < end; ) {
    const char = scan.text[at]!
    const skip = char === '\\' && !quoted ? 2 : 1
    const replacement = char === '$' ? scan.onDollar(at, site) : undefined
    if (replacement === undefined) {
      text += scan.text.slice(at, Math.min(at + skip, end))
      at += skip
    } else {
      text = joined(text, replacement)
      at = replacement.end
      replaced = true
    }
  }
  return { text, replaced }
}
