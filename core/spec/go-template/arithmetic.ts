// Numbers, comparisons and choices.
import { type Functions, number, same, TemplateError, text, truthy } from './values.ts'

const compare = (a: unknown, b: unknown): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return text(a) < text(b) ? -1 : text(a) === text(b) ? 0 : 1
}

const divisor = (value: unknown): number => {
  const parsed = number(value)
  if (parsed === 0) throw new TemplateError('division by zero')
  return parsed
}

/** Lenient, as conversions are: what is no number is 0. */
const converted = (value: unknown): number => {
  if (typeof value === 'boolean') return Number(value)
  const parsed = Number(typeof value === 'object' ? Number.NaN : value)
  return Number.isFinite(parsed) ? parsed : 0
}

/** Half goes away from zero unless a third argument says from where on. */
const round = (value: unknown, digits: unknown, from: unknown = 0.5): number => {
  const scale = 10 ** number(digits)
  const scaled = number(value) * scale
  const isUp = Math.abs(scaled % 1) >= number(from)
  return (
    (scaled >= 0 ? (isUp ? Math.ceil(scaled) : Math.floor(scaled)) : isUp ? Math.floor(scaled) : Math.ceil(scaled)) /
    scale
  )
}

const sum = (values: unknown[]): number => values.reduce<number>((total, value) => total + number(value), 0)
const product = (values: unknown[]): number => values.reduce<number>((total, value) => total * number(value), 1)
const less = ([first, ...others]: unknown[]): number =>
  others.reduce<number>((left, value) => left - number(value), number(first))
const least = (...values: unknown[]): number => Math.min(...values.map(number))
const most = (...values: unknown[]): number => Math.max(...values.map(number))

const numbers: Functions = {
  int: value => Math.trunc(converted(value)),
  int64: value => Math.trunc(converted(value)),
  atoi: value => Math.trunc(converted(value)),
  float64: converted,
  toDecimal: value => Number.parseInt(text(value), 8) || 0,
  add: (...values) => sum(values),
  addf: (...values) => sum(values),
  add1: value => number(value) + 1,
  add1f: value => number(value) + 1,
  sub: (...values) => less(values),
  subf: (...values) => less(values),
  mul: (...values) => product(values),
  mulf: (...values) => product(values),
  div: (a, b) => Math.trunc(number(a) / divisor(b)),
  divf: (a, ...others) => others.reduce<number>((left, value) => left / divisor(value), number(a)),
  mod: (a, b) => number(a) % divisor(b),
  max: most,
  maxf: most,
  biggest: most,
  min: least,
  minf: least,
  ceil: value => Math.ceil(number(value)),
  floor: value => Math.floor(number(value)),
  round,
}

const choices: Functions = {
  default: (fallback, value) => (truthy(value) ? value : fallback),
  coalesce: (...values) => values.find(truthy) ?? null,
  ternary: (yes, no, test) => (truthy(test) ? yes : no),
  empty: value => !truthy(value),
  all: (...values) => values.every(truthy),
  any: (...values) => values.some(truthy),
  not: value => !truthy(value),
  and: (...values) => values.find(value => !truthy(value)) ?? values.at(-1),
  or: (...values) => values.find(truthy) ?? values.at(-1),
  required: (message, value) => {
    if (value === null || value === undefined || value === '') throw new TemplateError(text(message))
    return value
  },
}

const comparisons: Functions = {
  eq: (a, ...others) => others.some(b => same(a, b)),
  ne: (a, b) => !same(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  deepEqual: same,
}

export const arithmetic: Functions = { ...numbers, ...choices, ...comparisons }
