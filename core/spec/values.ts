// Readers of single values: each gives the value, or records a problem and gives undefined.

import type { NumberOrExpression } from './dag.ts'
import { kindOf, nearest } from './keys.ts'
import { elements, type Field, isNull, toText, type YamlNode } from './node.ts'
import type { Report } from './report.ts'

const shown = (node: YamlNode): string => {
  const text = toText(node)
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
}

export function wrongType(report: Report, field: Field, wanted: string, hint?: string): undefined {
  const got = field.node.kind === 'scalar' ? `${kindOf(field.node)} (${shown(field.node)})` : kindOf(field.node)
  report.error('dag.bad_type', field.path, field.node, `${lastKey(field.path)} must be ${wanted}, not ${got}`, hint)
  return undefined
}

export function badValue(report: Report, field: Field, message: string, hint?: string): undefined {
  report.error(
    'dag.bad_value',
    field.path,
    field.node,
    `${lastKey(field.path)} ${message} (value: ${shown(field.node)})`,
    hint,
  )
  return undefined
}

export const lastKey = (path: string): string => /([^.[\]]+)(\[\d+\])*$/.exec(path)?.[1] ?? path

/** Text; numbers and booleans are taken as they are written. */
export function readText(report: Report, field: Field | undefined): string | undefined {
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind !== 'scalar') return wrongType(report, field, 'text')
  return field.node.text
}

/** Text that must have been written as text. */
export function readString(report: Report, field: Field | undefined): string | undefined {
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind !== 'scalar' || typeof field.node.value !== 'string') return wrongType(report, field, 'a string')
  return field.node.value
}

export function readBoolean(report: Report, field: Field | undefined): boolean | undefined {
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind !== 'scalar' || typeof field.node.value !== 'boolean') {
    return wrongType(report, field, 'true or false', 'write it without quotes')
  }
  return field.node.value
}

/** A whole number, also written as numeric text. */
export function readInteger(
  report: Report,
  field: Field | undefined,
  min: number,
  max = 2_147_483_647,
): number | undefined {
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind !== 'scalar' || !/^-?\d+$/.test(field.node.text.trim()))
    return wrongType(report, field, 'an integer')
  const value = Number(field.node.text)
  if (value < min) return badValue(report, field, min === 0 ? 'must not be negative' : `must be at least ${min}`)
  if (value > max) return badValue(report, field, `must be at most ${max}`)
  return value
}

/** A whole number >= `min`, or text with a reference (`$N`, `${N}`, backticks) that becomes one at run time. */
export function readCount(report: Report, field: Field | undefined, min: number): NumberOrExpression | undefined {
  if (field?.node.kind === 'scalar' && typeof field.node.value === 'string' && /[$`]/.test(field.node.value))
    return field.node.value
  return readInteger(report, field, min)
}

/** One of a few words, compared without regard to case. */
export function readWord<T extends string>(
  report: Report,
  field: Field | undefined,
  words: readonly T[],
): T | undefined {
  const text = readText(report, field)
  if (text === undefined || !field) return undefined
  const word = words.find(candidate => candidate === text.trim().toLowerCase())
  if (word !== undefined) return word
  return badValue(report, field, `must be one of ${words.join(', ')}`, nearest(text, words))
}

/** A text or a list of texts. */
export function readTexts(report: Report, field: Field | undefined): string[] {
  if (!field) return []
  return elements(field).flatMap(item => readText(report, item) ?? [])
}

/** An exit code or a list of them. */
export function readExitCodes(report: Report, field: Field | undefined): number[] {
  if (!field) return []
  return elements(field).flatMap(item => readInteger(report, item, -1, 4_294_967_295) ?? [])
}

/** `true` is 2, `false`, 0 and absence are off, else a number over 1. */
export function readBackoff(report: Report, field: Field | undefined): number | undefined {
  if (!field || isNull(field.node)) return undefined
  const { node } = field
  if (node.kind !== 'scalar') return wrongType(report, field, 'true, false or a number over 1')
  if (node.value === true || node.text === 'true') return 2
  if (node.value === false || node.text === 'false') return undefined
  const number = Number(node.text)
  if (node.text.trim() === '' || !Number.isFinite(number))
    return wrongType(report, field, 'true, false or a number over 1')
  if (number === 0) return undefined
  if (number <= 1) return badValue(report, field, 'must be greater than 1.0', 'true means 2.0')
  return number
}

const UNIT_SECONDS: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 }

/** Seconds of `30m`, `6h`, `2d12h`; must be positive. */
export function readDurationSec(report: Report, field: Field | undefined): number | undefined {
  if (!field || isNull(field.node)) return undefined
  const text = readText(report, field)?.trim() ?? ''
  if (text === '') return undefined
  const hint = 'write it like 30m, 6h or 2d12h'
  if (!/^(\d+(\.\d+)?[dhms])+$/.test(text)) return badValue(report, field, 'is not a duration', hint)
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g))
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ''] ?? 0)
  if (seconds <= 0) return badValue(report, field, 'must be a positive duration', hint)
  if (seconds > 9_223_372_036) return badValue(report, field, 'is too long a duration', hint)
  return seconds
}

/** The words of a command line: blanks separate, quotes keep together, a backslash takes the next character as it is. */
export function shellWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  let open = false
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    if (quote !== '') {
      if (char === quote) quote = ''
      else if (char === '\\' && quote === '"' && i + 1 < text.length) word += text[++i]
      else word += char
    } else if (char === '"' || char === "'") {
      quote = char
      open = true
    } else if (char === '\\' && i + 1 < text.length) {
      word += text[++i]
      open = true
    } else if (/\s/.test(char)) {
      if (open) words.push(word)
      word = ''
      open = false
    } else {
      word += char
      open = true
    }
  }
  if (open) words.push(word)
  return words
}

/** A shell as argv: text is split into words, a list is taken as it is; `direct` means no shell at all. */
export function readShell(report: Report, field: Field | undefined): string[] | undefined {
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind === 'seq') {
    const argv = readTexts(report, field)
    return argv.length > 0 ? argv : undefined
  }
  const text = readText(report, field)?.trim()
  if (!text) return undefined
  return text === 'direct' || text === 'none' ? [] : shellWords(text)
}
