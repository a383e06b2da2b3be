// The operators of jq on values of every type. Integers are exact at any size, as long as they stay integers.
import type { Arithmetic } from './syntax.ts'
import {
  compare,
  type Dict,
  isDict,
  isNumber,
  JqError,
  MAX_TEXT,
  Meter,
  newDict,
  normal,
  show,
  type Value,
} from './values.ts'

const isWhole = (value: number | bigint): boolean => typeof value === 'bigint' || Number.isSafeInteger(value)

/** Exactly where both are integers and a number would not hold the result. */
function calculate(
  a: number | bigint,
  b: number | bigint,
  inexact: (x: number, y: number) => number,
  exact: (x: bigint, y: bigint) => bigint,
): Value {
  const result = inexact(Number(a), Number(b))
  const isExact =
    typeof a === 'number' && typeof b === 'number' && (Number.isSafeInteger(result) || !Number.isInteger(result))
  return isExact || !isWhole(a) || !isWhole(b) ? result : normal(exact(BigInt(a), BigInt(b)))
}

const fails = (a: Value, b: Value, what: string): never => {
  throw new JqError(`${show(a)} and ${show(b)} cannot be ${what}`)
}

export function add(a: Value, b: Value): Value {
  if (a === null) return b
  if (b === null) return a
  if (isNumber(a) && isNumber(b))
    return calculate(
      a,
      b,
      (x, y) => x + y,
      (x, y) => x + y,
    )
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length + b.length > MAX_TEXT) throw new JqError('a text is too large')
    return a + b
  }
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b]
  if (isDict(a) && isDict(b)) return Object.assign(newDict(a), b)
  return fails(a, b, 'added')
}

function subtract(a: Value, b: Value): Value {
  if (isNumber(a) && isNumber(b))
    return calculate(
      a,
      b,
      (x, y) => x - y,
      (x, y) => x - y,
    )
  if (Array.isArray(a) && Array.isArray(b)) return a.filter(item => !b.some(other => compare(item, other) === 0))
  return fails(a, b, 'subtracted')
}

/** Maps within maps are merged, too. */
function merge(a: Dict, b: Dict, meter: Meter): Dict {
  const merged = newDict(a)
  for (const key of Object.keys(b)) {
    meter.take()
    const [old, item] = [merged[key], b[key]!]
    merged[key] = old !== undefined && isDict(old) && isDict(item) ? merge(old, item, meter) : item
  }
  return merged
}

function repeat(text: string, count: number): Value {
  if (!(count >= 0)) return null
  const times = Math.floor(count)
  if (text.length * times > MAX_TEXT) throw new JqError(`repeating a text ${count} times makes it too large`)
  return text.repeat(times)
}

function multiply(a: Value, b: Value): Value {
  if (isNumber(a) && isNumber(b))
    return calculate(
      a,
      b,
      (x, y) => x * y,
      (x, y) => x * y,
    )
  if (typeof a === 'string' && isNumber(b)) return repeat(a, Number(b))
  if (isNumber(a) && typeof b === 'string') return repeat(b, Number(a))
  if (isDict(a) && isDict(b)) return merge(a, b, new Meter())
  return fails(a, b, 'multiplied')
}

function divide(a: Value, b: Value): Value {
  if (isNumber(a) && isNumber(b)) {
    if (Number(b) === 0) fails(a, b, 'divided, because the divisor is zero')
    const isExact = (typeof a === 'bigint' || typeof b === 'bigint') && isWhole(a) && isWhole(b)
    return isExact && BigInt(a) % BigInt(b) === 0n ? normal(BigInt(a) / BigInt(b)) : Number(a) / Number(b)
  }
  if (typeof a === 'string' && typeof b === 'string') return a === '' ? [] : b === '' ? Array.from(a) : a.split(b)
  return fails(a, b, 'divided')
}

function remainder(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) return fails(a, b, 'divided')
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN
  const whole = (value: number | bigint): bigint => {
    if (typeof value === 'bigint') return value
    return BigInt(Math.trunc(Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)))
  }
  const [x, y] = [whole(a), whole(b)]
  if (y === 0n) fails(a, b, 'divided, because the divisor is zero')
  return normal(x % (y < 0n ? -y : y))
}

export const ARITHMETIC: Readonly<Record<Arithmetic, (a: Value, b: Value) => Value>> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
}

export function negate(value: Value): Value {
  if (!isNumber(value)) throw new JqError(`${show(value)} cannot be negated`)
  return typeof value === 'bigint' ? normal(-value) : -value
}
