// The values of jq: JSON, with integers of any size. Order, equality and how a message shows one. Promise: no key of a document is ever
// read from or written to a prototype.
import { exactDigits } from '@edgedag/core/spec/json'

export type Value = null | boolean | number | bigint | string | Value[] | { [key: string]: Value }
export type Dict = { [key: string]: Value }

/** A mistake that a query can catch; its value is what `catch` is given. */
export class JqError extends Error {
  readonly value: Value
  constructor(value: Value) {
    super(typeof value === 'string' ? value : show(value))
    this.value = value
  }
}

/** Ends a query for good: nothing catches it. */
export class JqLimit extends Error {}

/** Lists and maps that one function may look at: `[., .]` forty times over has more of them than anybody can wait for. */
const MAX_PARTS = 2_000_000

/** Characters of one text. */
export const MAX_TEXT = 1 << 25

/** Counts the parts of values that a function looks at. @throws JqLimit from its `take` */
export class Meter {
  #left: number

  constructor(parts = MAX_PARTS) {
    this.#left = parts
  }

  take(): void {
    if (--this.#left < 0) throw new JqLimit('a value is too large')
  }
}

export const isDict = (value: Value): value is Dict =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint'

/** A map without a prototype, so that every key is only a key. */
export const newDict = (from?: Dict): Dict => Object.assign(Object.create(null) as Dict, from)

export const typeOf = (value: Value): string => {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (isNumber(value)) return 'number'
  return typeof value
}

const compareText = (a: string, b: string): number => {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x === y) continue
    // Characters beyond 16 bits are two units, which come after all others.
    const [high, low] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000]
    return high === low ? x - y : high ? 1 : -1
  }
  return a.length - b.length
}

/** Keys in the order of their characters: the only order that maps have here. */
export const sortedKeys = (dict: Dict): string[] => Object.keys(dict).sort(compareText)

const RANKS: Record<string, number> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 }
const rankOf = (value: Value): number => (value === true ? 2 : RANKS[typeOf(value)]!)

const compareNumbers = (a: number | bigint, b: number | bigint): number => {
  if (a < b || Number.isNaN(a)) return -1
  return a > b || Number.isNaN(b) ? 1 : 0
}

function compareLists(a: readonly Value[], b: readonly Value[], meter: Meter): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = compare(a[i]!, b[i]!, meter)
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Order over all values: null, false, true, numbers, texts, lists, maps. */
export function compare(a: Value, b: Value, meter?: Meter): number {
  if (a === b && !Number.isNaN(a)) return 0
  const byRank = rankOf(a) - rankOf(b)
  if (byRank !== 0) return byRank
  if (typeof a === 'string') return compareText(a, b as string)
  if (isNumber(a)) return compareNumbers(a, b as number | bigint)
  const parts = meter ?? new Meter()
  parts.take()
  if (Array.isArray(a)) return compareLists(a, b as Value[], parts)
  if (!isDict(a) || !isDict(b)) return 0
  const [keysA, keysB] = [sortedKeys(a), sortedKeys(b)]
  const byKeys = compareLists(keysA, keysB, parts)
  return byKeys !== 0
    ? byKeys
    : compareLists(
        keysA.map(key => a[key]!),
        keysB.map(key => b[key]!),
        parts,
      )
}

export const isTrue = (value: Value): boolean => value !== null && value !== false

/** An integer as a number where that holds it exactly. */
export const normal = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** What `parseJsonExactly` gives, as a value of jq. */
export function fromJson(value: unknown): Value {
  if (Array.isArray(value)) return value.map(fromJson)
  if (typeof value !== 'object' || value === null) return value as Value
  const digits = exactDigits(value)
  if (digits !== undefined) return normal(BigInt(digits))
  const dict = newDict()
  for (const key of Object.keys(value)) dict[key] = fromJson((value as Record<string, unknown>)[key])
  return dict
}

const scalarText = (value: null | boolean | number | bigint | string): string => {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'number' || Number.isFinite(value)) return JSON.stringify(value)
  if (Number.isNaN(value)) return 'null'
  return value > 0 ? '1.7976931348623157e+308' : '-1.7976931348623157e+308'
}

/** JSON text, keys in order; with `indent`, a line for each entry. */
export function toText(value: Value, indent = '', before = '', meter = new Meter()): string {
  if (typeof value !== 'object' || value === null) return scalarText(value)
  meter.take()
  const within = before + indent
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const entries = Array.isArray(value)
    ? value.map(item => toText(item, indent, within, meter))
    : sortedKeys(value).map(
        key => `${JSON.stringify(key)}:${indent === '' ? '' : ' '}${toText(value[key]!, indent, within, meter)}`,
      )
  if (entries.length === 0) return `${open}${close}`
  const text =
    indent === ''
      ? `${open}${entries.join(',')}${close}`
      : `${open}\n${within}${entries.join(`,\n${within}`)}\n${before}${close}`
  if (text.length > MAX_TEXT) throw new JqLimit('a value is too large')
  return text
}

const MAX_SHOWN = 60
const MAX_SHOWN_PARTS = 1000

/** A value in a message: its type and the beginning of its text, where that is no work. */
export function show(value: Value): string {
  if (value === null) return 'null'
  try {
    const text = toText(value, '', '', new Meter(MAX_SHOWN_PARTS))
    return `${typeOf(value)} (${text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text})`
  } catch {
    return `${typeOf(value)} (of many parts)`
  }
}
