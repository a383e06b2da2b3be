// Regular expressions (RE2, linear time) and paths.
import { RE2JS } from 're2js'
import { type Functions, number, TemplateError, text, withMust } from './values.ts'

const compiled = (pattern: unknown): RE2JS => {
  try {
    return RE2JS.compile(text(pattern))
  } catch (cause) {
    throw new TemplateError(`${JSON.stringify(pattern)} is no regular expression (RE2): ${(cause as Error).message}`)
  }
}

interface Found {
  from: number
  to: number
  groups: (string | null)[]
}

/** Matches from left to right, `limit` of them at most; a negative limit means all. */
function matches(pattern: unknown, value: string, limit: number): Found[] {
  const matcher = compiled(pattern).matcher(value)
  const found: Found[] = []
  while ((limit < 0 || found.length < limit) && matcher.find()) {
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i))
    found.push({ from: matcher.start(), to: matcher.end(), groups })
  }
  return found
}

/** `$1` and `${1}` of a replacement. */
const filled = (replacement: string, { groups }: Found): string =>
  replacement.replace(/\$(?:(\d+)|\{(\d+)\}|(\$))/g, (_, plain?: string, braced?: string, dollar?: string) =>
    dollar === undefined ? (groups[Number(plain ?? braced)] ?? '') : '$',
  )

function replaced(pattern: unknown, value: unknown, replace: (found: Found) => string): string {
  const whole = text(value)
  let [out, from] = ['', 0]
  for (const found of matches(pattern, whole, -1)) {
    out += whole.slice(from, found.from) + replace(found)
    from = found.to
  }
  return out + whole.slice(from)
}

function split(pattern: unknown, value: unknown, limit: unknown): string[] {
  const [whole, most] = [text(value), number(limit)]
  if (most === 0) return []
  const parts: string[] = []
  let from = 0
  for (const found of matches(pattern, whole, -1)) {
    if (most > 0 && parts.length === most - 1) break
    if (found.to === 0) continue
    parts.push(whole.slice(from, found.from))
    from = found.to
  }
  return [...parts, whole.slice(from)]
}

/** The shortest path that means the same. */
function clean(value: unknown): string {
  const path = text(value)
  const isAbsolute = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!isAbsolute) parts.push(part)
  }
  return (isAbsolute ? '/' : '') + parts.join('/') || '.'
}

const base = (value: unknown): string => {
  const path = text(value).replace(/\/+$/, '')
  if (path === '') return text(value) === '' ? '.' : '/'
  return path.slice(path.lastIndexOf('/') + 1)
}

const paths: Functions = {
  base,
  dir: value => clean(text(value).slice(0, text(value).lastIndexOf('/') + 1)),
  clean,
  ext: value => /\.[^./]*$/.exec(text(value))?.[0] ?? '',
  isAbs: value => text(value).startsWith('/'),
}

export const patterns: Functions = {
  ...withMust({
    regexMatch: (pattern, value) => matches(pattern, text(value), 1).length > 0,
    regexFind: (pattern, value) => matches(pattern, text(value), 1)[0]?.groups[0] ?? '',
    regexFindAll: (pattern, value, limit) =>
      matches(pattern, text(value), number(limit)).map(({ groups }) => groups[0] ?? ''),
    regexReplaceAll: (pattern, value, replacement) =>
      replaced(pattern, value, found => filled(text(replacement), found)),
    regexReplaceAllLiteral: (pattern, value, replacement) => replaced(pattern, value, () => text(replacement)),
    regexSplit: split,
  }),
  regexQuoteMeta: value => text(value).replace(/[\\.+*?()|[\]{}^$]/g, char => `\\${char}`),
  ...paths,
  ...Object.fromEntries(Object.entries(paths).map(([name, fn]) => [`os${name[0]!.toUpperCase()}${name.slice(1)}`, fn])),
}
