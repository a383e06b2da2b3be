// Paths into JSON values: `.a.b`, `[0]`, `.0`, `["key with dots"]`, and how the value found is written as text.

import { parseJsonExactly } from '../spec/json.ts'

export type PathSegment = string | number

/** Reads path segments from `at`; ends at the first character that cannot go on. `undefined` where none is there. */
export const readPath = (text: string, at: number): { segments: PathSegment[]; end: number } | undefined => {
  const segments: PathSegment[] = []
  let end = at
  for (;;) {
    const step = readDotted(text, end) ?? readBracketed(text, end)
    if (step === undefined) break
    segments.push(step.segment)
    end = step.end
  }
  return segments.length === 0 ? undefined : { segments, end }
}

const DOTTED = /\.([\p{L}\p{N}_-]+)/uy
const BRACKETED = /\.?\[(?:(-?\d+)|"((?:[^"\\]|\\.)*)"|'([^']*)')\]/y

const readDotted = (text: string, at: number): { segment: PathSegment; end: number } | undefined => {
  DOTTED.lastIndex = at
  const match = DOTTED.exec(text)
  return match === null ? undefined : { segment: match[1]!, end: DOTTED.lastIndex }
}

const readBracketed = (text: string, at: number): { segment: PathSegment; end: number } | undefined => {
  BRACKETED.lastIndex = at
  const match = BRACKETED.exec(text)
  if (match === null) return undefined
  const segment = match[1] !== undefined ? Number(match[1]) : (match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '')
  return { segment, end: BRACKETED.lastIndex }
}

/** Parses a whole select expression (`.`, `.a.b`, `a.b[0]`); `undefined` where it is no path. */
export const parseSelect = (select: string): PathSegment[] | undefined => {
  const text = select.trim()
  if (text === '' || text === '.' || text === '$') return []
  const dotted = text.startsWith('$') ? text.slice(1) : /^[.[]/.test(text) ? text : `.${text}`
  const path = readPath(dotted, 0)
  return path !== undefined && path.end === dotted.length ? path.segments : undefined
}

/** The value at a path, `undefined` where there is none. Only own keys count; a digit-only key is an index in a list. */
export const selectPath = (value: unknown, segments: readonly PathSegment[]): unknown => {
  let at = value
  for (const segment of segments) {
    if (Array.isArray(at)) {
      const index = Number(segment)
      if (!Number.isInteger(index)) return undefined
      at = at[index < 0 ? at.length + index : index]
    } else if (typeof at === 'object' && at !== null) {
      if (!Object.hasOwn(at, String(segment))) return undefined
      at = (at as Record<string, unknown>)[String(segment)]
    } else return undefined
  }
  return at
}

/** A JSON value as text: strings bare, all else compact JSON (so numbers have no trailing `.0`). */
export const jsonText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

/** Parses JSON, large integers with their digits; `undefined` for text that is none (JSON has no undefined). */
export const parseJson = (text: string): unknown => {
  const first = text.trimStart()[0]
  return first === undefined || !/["[{\-0-9tfn]/.test(first) ? undefined : parseJsonExactly(text)
}
