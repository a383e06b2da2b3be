// One parameter's value: coercion to its declared type, its constraints, and its text form for the environment.

import { RE2JS } from 're2js'
import { err, ok, type Result } from '../result.ts'
import type { ParamDef } from '../spec/dag.ts'
import { parseJsonExactly } from '../spec/json.ts'

/** Text of a value as a variable holds it: scalars as they read, lists and objects as JSON, null as `null`. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint') return String(value)
  return value === undefined ? '' : JSON.stringify(value)
}

/** A text as the declared type (an integer of 64 bits as bigint where a number is not exact); the error is a sentence that names the parameter, the value and the type. */
export function coerce(def: ParamDef, text: string): Result<unknown, string> {
  const fail = () =>
    err(`parameter ${JSON.stringify(def.name ?? '')}: ${JSON.stringify(text)} is not of type ${def.type}`)
  switch (def.type) {
    case 'integer': {
      const digits = /^\s*\+?(-?\d{1,20})(\.0+)?\s*$/.exec(text)?.[1]
      if (digits === undefined) return fail()
      // Ids of 64 bits are beyond what a number holds exactly.
      if (Number.isSafeInteger(Number(digits))) return ok(Number(digits))
      return BigInt.asIntN(64, BigInt(digits)) === BigInt(digits) ? ok(BigInt(digits)) : fail()
    }
    case 'number': {
      const number = Number(text)
      return text.trim() !== '' && Number.isFinite(number) ? ok(number) : fail()
    }
    case 'boolean': {
      const word = text.trim().toLowerCase()
      if (['true', '1', 't'].includes(word)) return ok(true)
      return ['false', '0', 'f'].includes(word) ? ok(false) : fail()
    }
    case 'object': {
      const value = parseJsonExactly(text)
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? ok(value) : fail()
    }
    case 'array': {
      const value = parseJsonExactly(text)
      return Array.isArray(value) ? ok(value) : fail()
    }
    default:
      return ok(text)
  }
}

/** The sentence of the first constraint that a coerced value breaks. */
export function violation(def: ParamDef, value: unknown): string | undefined {
  const name = `parameter ${JSON.stringify(def.name ?? '')}`
  const got = `(value: ${typeof value === 'string' ? JSON.stringify(value) : valueText(value)})`
  if (def.enum && !def.enum.some(allowed => sameScalar(allowed, value))) {
    return `${name} must be one of the enum's allowed values ${def.enum.map(item => JSON.stringify(item)).join(', ')} ${got}`
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (def.minimum !== undefined && value < def.minimum) return `${name} is below its minimum ${def.minimum} ${got}`
    if (def.maximum !== undefined && value > def.maximum) return `${name} is above its maximum ${def.maximum} ${got}`
  }
  if (typeof value === 'string') {
    const length = [...value].length
    if (def.minLength !== undefined && length < def.minLength)
      return `${name} is too short: its min_length is ${def.minLength} ${got}`
    if (def.maxLength !== undefined && length > def.maxLength)
      return `${name} is too long: its max_length is ${def.maxLength} ${got}`
    if (def.pattern !== undefined && !matches(def.pattern, value))
      return `${name} does not match its pattern ${def.pattern} ${got}`
  }
  return undefined
}

const sameScalar = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a !== 'object' && typeof b !== 'object' && String(a) === String(b))

/** RE2, unanchored; linear in the text whatever the pattern. */
function matches(pattern: string, text: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(text).find()
  } catch {
    return false
  }
}

/** The sentence why a pattern is no RE2 expression. */
export function patternError(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
