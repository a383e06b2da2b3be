// Functions of the template language: the hermetic ones (no environment, no clock, no randomness) that templates use.

/** A mistake of the template's author; its message is a sentence. */
export class TemplateError extends Error {}

type Fn = (...args: unknown[]) => unknown

/** A value as Go would print it in a template; lists and maps as JSON. */
export function text(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const list = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value
  throw new TemplateError(`a list is needed, not ${JSON.stringify(value)}`)
}

const number = (value: unknown): number => {
  const parsed = Number(value)
  if (typeof value === 'object' || text(value).trim() === '' || !Number.isFinite(parsed))
    throw new TemplateError(`${JSON.stringify(value)} is not a number`)
  return parsed
}

/** False for null, "", 0, false and empty lists and maps. */
export function truthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

const compare = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return text(a) < text(b) ? -1 : text(a) === text(b) ? 0 : 1
}

const size = (value: unknown): number =>
  typeof value === 'object' && value !== null ? Object.keys(value).length : [...text(value)].length

const pick = (value: unknown, key: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, text(key)))
    throw new TemplateError(`there is no ${JSON.stringify(key)}`)
  return (value as Record<string, unknown>)[text(key)]
}

const LIMIT = 1_000_000

const repeat = (count: unknown, value: unknown): string => {
  const times = number(count)
  if (times < 0 || times * text(value).length > LIMIT) throw new TemplateError('repeat makes too long a text')
  return text(value).repeat(times)
}

const indent = (width: unknown, value: unknown): string => {
  const pad = repeat(width, ' ')
  return text(value)
    .split('\n')
    .map(line => pad + line)
    .join('\n')
}

function printf(format: unknown, ...args: unknown[]): string {
  let next = 0
  return text(format).replace(/%(%|[sdvqtf]|\.\d+f)/g, (_, verb: string) => {
    if (verb === '%') return '%'
    const arg = args[next++]
    if (verb === 'q') return JSON.stringify(text(arg))
    if (verb.startsWith('.')) return number(arg).toFixed(Math.min(20, Number(verb.slice(1, -1))))
    return verb === 'f' ? number(arg).toFixed(6) : text(arg)
  })
}

const strings: Record<string, Fn> = {
  trim: value => text(value).trim(),
  upper: value => text(value).toUpperCase(),
  lower: value => text(value).toLowerCase(),
  title: value => text(value).replace(/(^|\s)\S/g, letter => letter.toUpperCase()),
  trimSuffix: (suffix, value) =>
    text(value).endsWith(text(suffix)) && text(suffix) ? text(value).slice(0, -text(suffix).length) : text(value),
  trimPrefix: (prefix, value) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : text(value),
  hasPrefix: (prefix, value) => text(value).startsWith(text(prefix)),
  hasSuffix: (suffix, value) => text(value).endsWith(text(suffix)),
  contains: (part, value) => text(value).includes(text(part)),
  replace: (from, to, value) => text(value).split(text(from)).join(text(to)),
  quote: value => JSON.stringify(text(value)),
  squote: value => `'${text(value)}'`,
  trunc: (length, value) =>
    number(length) < 0 ? text(value).slice(number(length)) : text(value).slice(0, number(length)),
  substr: (start, end, value) => text(value).slice(number(start), number(end)),
  repeat,
  indent,
  nindent: (width, value) => `\n${indent(width, value)}`,
  toString: text,
  cat: (...values) => values.map(text).join(' '),
  printf,
  print: (...values) => values.map(text).join(''),
  splitList: (separator, value) => text(value).split(text(separator)),
  join: (separator, values) => (Array.isArray(values) ? values : [values]).map(text).join(text(separator)),
  json: value => JSON.stringify(value ?? null),
  fromJson: value => {
    try {
      return JSON.parse(text(value)) as unknown
    } catch {
      throw new TemplateError('fromJson: the text is not JSON')
    }
  },
}

const lists: Record<string, Fn> = {
  list: (...values) => values,
  first: values => list(values)[0] ?? null,
  last: values => list(values).at(-1) ?? null,
  rest: values => list(values).slice(1),
  initial: values => list(values).slice(0, -1),
  append: (values, value) => [...list(values), value],
  prepend: (values, value) => [value, ...list(values)],
  concat: (...all) => all.flatMap(list),
  reverse: values => list(values).toReversed(),
  uniq: values => {
    const seen = new Set<string>()
    return list(values).filter(value => !seen.has(JSON.stringify(value)) && seen.add(JSON.stringify(value)))
  },
  compact: values => list(values).filter(truthy),
  without: (values, ...drop) =>
    list(values).filter(value => !drop.some(other => JSON.stringify(other) === JSON.stringify(value))),
  has: (needle, values) => list(values).some(value => JSON.stringify(value) === JSON.stringify(needle)),
  sortAlpha: values => list(values).map(text).toSorted(),
  dict: (...pairs) =>
    Object.fromEntries(pairs.flatMap((key, i) => (i % 2 === 0 ? [[text(key), pairs[i + 1] ?? '']] : []))),
  keys: value => Object.keys((value ?? {}) as object),
  values: value => Object.values((value ?? {}) as object),
  hasKey: (value, key) => typeof value === 'object' && value !== null && Object.hasOwn(value, text(key)),
  get: (value, key) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, text(key)) ? pick(value, key) : '',
  len: size,
  index: (value, ...keys) => keys.reduce(pick, value),
}

const logic: Record<string, Fn> = {
  default: (fallback, value) => (truthy(value) ? value : fallback),
  coalesce: (...values) => values.find(truthy) ?? null,
  ternary: (yes, no, test) => (truthy(test) ? yes : no),
  empty: value => !truthy(value),
  not: value => !truthy(value),
  and: (...values) => values.find(value => !truthy(value)) ?? values.at(-1),
  or: (...values) => values.find(truthy) ?? values.at(-1),
  eq: (a, ...others) => others.some(b => JSON.stringify(a) === JSON.stringify(b)),
  ne: (a, b) => JSON.stringify(a) !== JSON.stringify(b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  required: (message, value) => {
    if (value === null || value === undefined || value === '') throw new TemplateError(text(message))
    return value
  },
  fail: message => {
    throw new TemplateError(text(message))
  },
}

const divisor = (value: unknown): number => {
  const parsed = number(value)
  if (parsed === 0) throw new TemplateError('division by zero')
  return parsed
}

const numbers: Record<string, Fn> = {
  int: value => Math.trunc(number(value)),
  int64: value => Math.trunc(number(value)),
  float64: number,
  add: (...values) => values.reduce<number>((sum, value) => sum + number(value), 0),
  add1: value => number(value) + 1,
  sub: (a, b) => number(a) - number(b),
  mul: (...values) => values.reduce<number>((product, value) => product * number(value), 1),
  div: (a, b) => Math.trunc(number(a) / divisor(b)),
  mod: (a, b) => number(a) % divisor(b),
  max: (...values) => Math.max(...values.map(number)),
  min: (...values) => Math.min(...values.map(number)),
  ceil: value => Math.ceil(number(value)),
  floor: value => Math.floor(number(value)),
}

export const FUNCTIONS: ReadonlyMap<string, Fn> = new Map(
  Object.entries({ ...strings, ...lists, ...logic, ...numbers, toJson: strings.json as Fn }),
)
