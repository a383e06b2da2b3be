// Reads .env text: `KEY=value`, `export KEY=value`, comments, single quotes (literal), double quotes (escapes, several lines).
// Values may use names that are known already, as `$X` or `${X}`, except in single quotes.
import { expandText, type Place } from './expand.ts'

const PLACE: Place = { unknown: 'host', defaults: true, backticks: false, escapes: true }
const ENTRY = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*(?:=[ \t]*|:[ \t]+)/
const DOUBLE = /"((?:[^"\\]|\\[\s\S])*)"/y
const SINGLE = /'([^']*)'/y

/** Entries in file order. Lines that are no entries are skipped; the last of equal names wins for its user. */
export const parseDotenv = (
  text: string,
  known: (name: string) => string | undefined,
): [name: string, value: string][] => {
  const source = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const entries = new Map<string, string>()
  const names = { variable: (name: string) => entries.get(name) ?? known(name) }
  const expand = (value: string) => expandText(value, PLACE, { names, host: () => undefined })
  let at = 0
  while (at < source.length) {
    const lineEnd = source.indexOf('\n', at) < 0 ? source.length : source.indexOf('\n', at)
    const match = ENTRY.exec(source.slice(at, lineEnd))
    if (match === null) {
      at = lineEnd + 1
      continue
    }
    const { value, end } = readValue(source, at + match[0].length, lineEnd, expand)
    entries.set(match[1]!, value)
    at = end
  }
  return [...entries]
}

const readValue = (
  source: string,
  at: number,
  lineEnd: number,
  expand: (text: string) => string,
): { value: string; end: number } => {
  const quoted = source[at] === '"' ? DOUBLE : source[at] === "'" ? SINGLE : undefined
  if (quoted !== undefined) {
    quoted.lastIndex = at
    const match = quoted.exec(source)
    if (match !== null) {
      const after = source.indexOf('\n', quoted.lastIndex)
      const value = quoted === DOUBLE ? expand(unescaped(match[1]!)) : match[1]!
      return { value, end: after < 0 ? source.length : after + 1 }
    }
  }
  const value = source
    .slice(at, lineEnd)
    .replace(/(^|\s)#.*$/, '')
    .trim()
  return { value: expand(value), end: lineEnd + 1 }
}

const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t' }

const unescaped = (text: string): string =>
  text.replace(/\\([\s\S])/g, (whole, char: string) => (char === '$' ? whole : (ESCAPES[char] ?? char)))
