// Functions on texts. A piped value comes last, as in the function libraries of Go templates.
import { bounded, type Functions, number, put, repeated, text } from './values.ts'

const strip = (chars: string, value: string, ends: 'start' | 'end' | 'both'): string => {
  const drop = new Set(chars)
  const letters = [...value]
  let [from, to] = [0, letters.length]
  while (ends !== 'end' && from < to && drop.has(letters[from]!)) from += 1
  while (ends !== 'start' && to > from && drop.has(letters[to - 1]!)) to -= 1
  return letters.slice(from, to).join('')
}

const indent = (width: unknown, value: unknown): string => {
  const pad = repeated(width, ' ')
  return text(value)
    .split('\n')
    .map(line => pad + line)
    .join('\n')
}

/** A negative length counts from the end. */
const trunc = (length: unknown, value: unknown): string => {
  const count = number(length)
  const letters = [...text(value)]
  return (count < 0 ? letters.slice(count) : letters.slice(0, count)).join('')
}

const substr = (start: unknown, end: unknown, value: unknown): string => {
  const [from, to] = [number(start), number(end)]
  const letters = [...text(value)]
  if (from < 0) return letters.slice(0, Math.max(0, to)).join('')
  return letters.slice(from, to < 0 || to > letters.length ? letters.length : to).join('')
}

const capitalised = (word: string): string => word.replace(/^./u, letter => letter.toUpperCase())

/** `HelloBigWorld`, `hello_big world` -> its words. */
const words = (value: unknown): string[] =>
  text(value)
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_-]+/)
    .filter(word => word !== '')

/** Lines of at most `width` letters; a word that is longer is cut only where `cut` says so. */
function wrapped(width: unknown, value: unknown, separator: string, cut: boolean): string {
  const limit = Math.max(1, bounded(width))
  const lines: string[] = []
  let line = ''
  for (const word of text(value).split(/ +/)) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length <= limit) {
      line = `${line} ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    for (; cut && rest.length > limit; rest = rest.slice(limit)) lines.push(rest.slice(0, limit))
    line = rest
  }
  return [...lines, line].join(separator)
}

const abbreviated = (left: number, width: number, value: string): string => {
  if (width < 4 || value.length <= width) return value
  if (left <= 4) return `${value.slice(0, width - 3)}...`
  if (left + width - 3 >= value.length) return `...${value.slice(value.length - (width - 3))}`
  return `...${value.slice(left, left + width - 6)}...`
}

/** `_0`, `_1`, ... as keys. */
const numbered = (parts: string[]): Record<string, unknown> => {
  const found: Record<string, unknown> = {}
  for (const [i, part] of parts.entries()) put(found, `_${i}`, part)
  return found
}

const splitAtMost = (separator: string, limit: number, value: string): string[] => {
  const parts = value.split(separator)
  return limit > 0 && parts.length > limit
    ? [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)]
    : parts
}

const slug = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')

export const strings: Functions = {
  trim: value => text(value).trim(),
  trimAll: (chars, value) => strip(text(chars), text(value), 'both'),
  trimall: (chars, value) => strip(text(chars), text(value), 'both'),
  trimLeft: (chars, value) => strip(text(chars), text(value), 'start'),
  trimRight: (chars, value) => strip(text(chars), text(value), 'end'),
  trimSuffix: (suffix, value) =>
    text(value).endsWith(text(suffix)) && text(suffix) ? text(value).slice(0, -text(suffix).length) : text(value),
  trimPrefix: (prefix, value) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : text(value),
  upper: value => text(value).toUpperCase(),
  lower: value => text(value).toLowerCase(),
  title: value =>
    text(value).replace(
      /(^|[^\p{L}\p{N}_])(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  untitle: value => text(value).replace(/(^|\s)(\p{L})/gu, letter => letter.toLowerCase()),
  swapcase: value =>
    text(value).replace(/\p{L}/gu, letter =>
      letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
    ),
  camelcase: value =>
    words(value)
      .map(word => capitalised(word.toLowerCase()))
      .join(''),
  snakecase: value => words(value).join('_').toLowerCase(),
  kebabcase: value => words(value).join('-').toLowerCase(),
  slugify: value => slug(text(value)),
  initials: value =>
    words(value)
      .map(word => [...word][0])
      .join(''),
  nospace: value => text(value).replace(/\s/g, ''),
  hasPrefix: (prefix, value) => text(value).startsWith(text(prefix)),
  hasSuffix: (suffix, value) => text(value).endsWith(text(suffix)),
  contains: (part, value) => text(value).includes(text(part)),
  replace: (from, to, value) => text(value).split(text(from)).join(text(to)),
  quote: (...values) =>
    values
      .filter(value => value != null)
      .map(value => JSON.stringify(text(value)))
      .join(' '),
  squote: (...values) =>
    values
      .filter(value => value != null)
      .map(value => `'${text(value)}'`)
      .join(' '),
  trunc,
  substr,
  abbrev: (width, value) => abbreviated(0, number(width), text(value)),
  abbrevboth: (left, width, value) => abbreviated(number(left), number(width), text(value)),
  wrap: (width, value) => wrapped(width, value, '\n', false),
  wrapWith: (width, separator, value) => wrapped(width, value, text(separator), true),
  repeat: repeated,
  indent,
  nindent: (width, value) => `\n${indent(width, value)}`,
  plural: (one, many, count) => (number(count) === 1 ? one : many),
  cat: (...values) =>
    values
      .filter(value => value != null)
      .map(text)
      .join(' '),
  toString: text,
  split: (separator, value) => text(value).split(text(separator)),
  splitList: (separator, value) => text(value).split(text(separator)),
  splitn: (separator, limit, value) => numbered(splitAtMost(text(separator), number(limit), text(value))),
}
