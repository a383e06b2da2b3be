// Commands and scripts for programs that are no POSIX shell: PowerShell, cmd, Python and the like. Values are inserted, escaped
// for the place where they stand, so that a value stays data there too.
import { isWrapped } from './expand.ts'
import type { GeneratedEnv } from './generated-env.ts'
import { parseJson } from './json-path.ts'
import { type Reference, readReference, withoutPath } from './reference.ts'
import { type Names, resolveReference } from './resolve.ts'

export interface ForeignOptions {
  dialect: 'powershell' | 'cmd' | 'program'
  /** Plain names are filled in too (PowerShell and cmd commands); else only references with a path, `"${V}"` and `$1`. */
  plain: boolean
  names: Names
  generated: GeneratedEnv
}

/** Fills in the references of a text that is read by something other than a POSIX shell. */
export const foreignText = (text: string, options: ForeignOptions): string => {
  let out = ''
  let at = 0
  let quote: string | undefined
  while (at < text.length) {
    const char = text[at]!
    const ref = char === '$' ? readReference(text, at) : undefined
    const filled = ref === undefined ? undefined : fill(text, ref, quote, options)
    if (filled !== undefined) {
      out = (filled.dropQuote ? out.slice(0, -1) : out) + filled.text
      if (filled.dropQuote) quote = undefined
      at = filled.end
      continue
    }
    quote = nextQuote(text, at, quote, options.dialect)
    const length = char === escapeOf(options.dialect) && quote !== "'" ? 2 : 1
    out += text.slice(at, at + length)
    at += length
  }
  return out
}

interface Filled {
  text: string
  end: number
  dropQuote?: boolean
}

const escapeOf = (dialect: ForeignOptions['dialect']): string =>
  dialect === 'powershell' ? '`' : dialect === 'cmd' ? '^' : '\\'

/** The quote that is open after this character. A line break ends what was not closed: a lone apostrophe must not open all that follows. */
const nextQuote = (text: string, at: number, quote: string | undefined, dialect: string): string | undefined => {
  const char = text[at]!
  if (char === '\n' && dialect === 'program') return undefined
  if (quote !== undefined) return char === quote ? undefined : quote
  return char === '"' || (char === "'" && dialect !== 'cmd') ? char : undefined
}

const fill = (
  text: string,
  written: Reference,
  quote: string | undefined,
  options: ForeignOptions,
): Filled | undefined => {
  let ref = written
  let value = resolveReference(ref, options.names, word => word)
  if (value === undefined && !ref.braced && ref.path !== undefined) {
    ref = withoutPath(ref)
    value = resolveReference(ref, options.names, word => word)
  }
  if (value === undefined) return undefined
  const json = ref.braced && quote === '"' && isWrapped(text, ref, '"')
  const known = options.plain || ref.path !== undefined || json || (/^\d/.test(ref.name) && quote === undefined)
  if (!known || (ref.path === undefined && isWrapped(text, ref, "'"))) return undefined
  if (json && options.dialect === 'program') return { text: JSON.stringify(value), end: ref.end + 1, dropQuote: true }
  return { text: escapeFor(value, quote, options), end: ref.end }
}

const escapeFor = (value: string, quote: string | undefined, { dialect, generated }: ForeignOptions): string => {
  if (dialect === 'powershell') {
    return quote === "'" ? value.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&') : `\${env:${generated.add(value)}}`
  }
  if (dialect === 'cmd') return escapeCmd(value, quote !== undefined)
  if (quote !== undefined) return JSON.stringify(value).slice(1, -1).replaceAll("'", "\\'").replaceAll('`', '\\`')
  // Outside quotes JSON is a literal in most languages; anything else becomes a string literal.
  return parseJson(value) === undefined ? JSON.stringify(value) : value
}

/** cmd expands in text, so specials are escaped; line breaks cannot be written and become blanks. */
const escapeCmd = (value: string, quoted: boolean): string => {
  const line = value.replace(/[\r\n]+/g, ' ').replaceAll('%', '%%')
  return quoted ? line.replaceAll('"', '""') : line.replace(/[&|<>^()"!]/g, '^$&')
}
