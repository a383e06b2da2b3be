// The grammar of a params text, `a b K=v K="two words"`: bare words are positional, pairs are named.

/** Absent name: positional. */
export interface Token {
  name?: string
  value: string
}

const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*=/

/** Splits a params text. Double quotes unquote with escapes, backticks keep one token together (and stay in it). */
export const parseTokens = (text: string): Token[] =>
  parseWrittenTokens(text).map(({ name, value }) => (name === undefined ? { value } : { name, value }))

export interface WrittenToken extends Token {
  /** It stands without quotes of its own. */
  bare: boolean
}

/** As parseTokens, and whether each value was quoted. */
export function parseWrittenTokens(text: string): WrittenToken[] {
  const tokens: WrittenToken[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at] ?? '')) {
      at++
      continue
    }
    const name = NAME.exec(text.slice(at, at + 300))?.[0]
    const start = at + (name?.length ?? 0)
    const { value, end } = readValue(text, start)
    const bare = value === text.slice(start, end)
    tokens.push(name === undefined ? { value, bare } : { name: name.slice(0, -1), value, bare })
    at = end
  }
  return tokens
}

function readValue(text: string, start: number): { value: string; end: number } {
  const quote = text[start]
  if (quote === '"') {
    const end = closing(text, start)
    if (end > 0) return { value: unescapeQuoted(text.slice(start + 1, end)), end: end + 1 }
  }
  if (quote === '`') {
    const end = text.indexOf('`', start + 1)
    if (end > 0) return { value: text.slice(start, end + 1), end: end + 1 }
  }
  let end = start
  while (end < text.length && !/\s/.test(text[end] ?? '')) end++
  return { value: text.slice(start, end), end }
}

function closing(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return -1
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' }

const unescapeQuoted = (text: string): string =>
  text.replace(/\\([\s\S])/g, (whole, char: string) => ESCAPES[char] ?? whole)

/** A value as it stands after `K=` in a params text: quoted, so that parseTokens gives it back. */
export function quoteValue(value: string): string {
  const escaped = value
    .replace(/[\\"]/g, char => `\\${char}`)
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
  return `"${escaped}"`
}

export const tokenText = (token: Token): string =>
  token.name === undefined ? quoteValue(token.value) : `${token.name}=${quoteValue(token.value)}`
