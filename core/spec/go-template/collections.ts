// Functions on lists and dictionaries. Lists are never changed in place; `set` and `unset` change their dictionary, as in Go.
import {
  bounded,
  type Dict,
  dict,
  type Functions,
  hasKey,
  list,
  number,
  pick,
  put,
  same,
  size,
  TemplateError,
  text,
  truthy,
  withMust,
} from './values.ts'

const uniq = (values: unknown): unknown[] => {
  const seen = new Set<string>()
  return list(values).filter(value => !seen.has(JSON.stringify(value)) && seen.add(JSON.stringify(value)))
}

/** A part of a list or of a text. */
const slice = (value: unknown, from: unknown = 0, to?: unknown): unknown => {
  const [start, end] = [number(from), to === undefined ? undefined : number(to)]
  return typeof value === 'string' ? value.slice(start, end) : list(value).slice(start, end)
}

function chunk(count: unknown, values: unknown): unknown[][] {
  const step = Math.max(1, bounded(count))
  const all = list(values)
  return Array.from({ length: Math.ceil(all.length / step) }, (_, i) => all.slice(i * step, (i + 1) * step))
}

function counted(start: unknown, stop: unknown, step: unknown): number[] {
  const [from, to, by] = [bounded(start), bounded(stop), bounded(step)]
  if (by === 0) return []
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / by)) }, (_, i) => from + i * by)
}

/** `seq 3`, `seq 1 3`, `seq 1 2 9`: both ends included, with blanks between. */
function seq(...bounds: unknown[]): string {
  const [first = 1, second, third] = bounds.map(bound => bounded(bound))
  const [from, step, to] =
    third !== undefined
      ? [first, second!, third]
      : second !== undefined
        ? [first, first > second ? -1 : 1, second]
        : [1, first < 1 ? -1 : 1, first]
  return counted(from, to + Math.sign(step), step).join(' ')
}

const pairsOf = (pairs: unknown[]): Dict => {
  const made: Dict = {}
  for (let i = 0; i < pairs.length; i += 2) put(made, text(pairs[i]), pairs[i + 1] ?? '')
  return made
}

/** Copies what `from` has and `into` lacks, dictionaries inside too; `over`: what both have as well. */
function merged(into: Dict, from: Dict, over: boolean): Dict {
  for (const [key, value] of Object.entries(from)) {
    const had = hasKey(into, key) ? into[key] : undefined
    const areDicts = [had, value].every(each => typeof each === 'object' && each !== null && !Array.isArray(each))
    if (areDicts) merged(had as Dict, value as Dict, over)
    else if (over || !truthy(had)) put(into, key, value)
  }
  return into
}

/** `dig "a" "b" fallback dict`: a value far inside, or the fallback. */
function dig(...args: unknown[]): unknown {
  const [fallback, from] = args.slice(-2)
  let value: unknown = from
  for (const key of args.slice(0, -2)) {
    if (!hasKey(value, key)) return fallback
    value = (value as Dict)[text(key)]
  }
  return value
}

const chosen = (from: unknown, keys: unknown[], keep: boolean): Dict => {
  const names = new Set(keys.map(text))
  return Object.fromEntries(Object.entries(dict(from)).filter(([key]) => names.has(key) === keep))
}

const element = (values: unknown, at: number): unknown => list(values).at(at) ?? null

export const collections: Functions = {
  list: (...values) => values,
  tuple: (...values) => values,
  ...withMust({
    first: values => element(values, 0),
    last: values => element(values, -1),
    rest: values => list(values).slice(1),
    initial: values => list(values).slice(0, -1),
    append: (values, value) => [...list(values), value],
    push: (values, value) => [...list(values), value],
    prepend: (values, value) => [value, ...list(values)],
    reverse: values => list(values).toReversed(),
    uniq,
    compact: values => list(values).filter(truthy),
    without: (values, ...drop) => list(values).filter(value => !drop.some(other => same(value, other))),
    has: (needle, values) => list(values).some(value => same(value, needle)),
    slice,
    chunk,
    merge: (into, ...others) => others.reduce<Dict>((all, from) => merged(all, dict(from), false), dict(into)),
    mergeOverwrite: (into, ...others) => others.reduce<Dict>((all, from) => merged(all, dict(from), true), dict(into)),
    deepCopy: value => JSON.parse(JSON.stringify(value ?? null)) as unknown,
  }),
  concat: (...all) => all.flatMap(list),
  sortAlpha: values => (Array.isArray(values) ? values : [values]).map(text).toSorted(),
  join: (separator, values) => (Array.isArray(values) ? values : [values]).map(text).join(text(separator)),
  toStrings: values => list(values).map(text),
  count: size,
  len: size,
  until: count => counted(0, count, number(count) < 0 ? -1 : 1),
  untilStep: counted,
  seq,
  dict: (...pairs) => pairsOf(pairs),
  set: (into, key, value) => put(dict(into), text(key), value),
  unset: (from, key) => {
    delete dict(from)[text(key)]
    return from
  },
  get: (value, key) => (hasKey(value, key) ? pick(value, key) : ''),
  hasKey,
  keys: (...all) => all.flatMap(value => Object.keys(dict(value))),
  values: value => Object.values(dict(value)),
  pluck: (key, ...all) => all.filter(value => hasKey(value, key)).map(value => pick(value, key)),
  pick: (from, ...keys) => chosen(from, keys, true),
  omit: (from, ...keys) => chosen(from, keys, false),
  dig,
  index: (value, ...keys) => keys.reduce(pick, value),
  fail: message => {
    throw new TemplateError(text(message))
  },
}
