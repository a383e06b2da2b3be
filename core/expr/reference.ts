// Reading one reference: `$NAME`, `$NAME.path`, `${NAME}`, `${NAME.path}`, `${NAME:off:len}`, `${NAME<operator>word}`.
import { type PathSegment, readPath } from './json-path.ts'

export interface Reference {
  /** Index of `$`. */
  start: number
  /** Index after the reference. */
  end: number
  name: string
  braced: boolean
  path?: PathSegment[]
  /** `#` in front: the length of the value. */
  length?: boolean
  operation?: Operation
}

export interface Operation {
  /** `:-`, `%%`, `/`, ... or `slice` for `:off:len`. */
  kind: string
  /** Text after the operator, unexpanded. */
  word: string
}

const BARE = /\$([A-Za-z_][A-Za-z0-9_]*|\d+)/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*|\d+/y
const HYPHENATED = /[A-Za-z_][A-Za-z0-9_-]*(?=[.[])/y
const OPERATOR = /:-|:=|:\+|:\?|%%|##|\/\/|\^\^|,,|[-=+?%#/^,:]/y

/** The reference at `text[at] === '$'`, or `undefined` where the text there is none. */
export const readReference = (text: string, at: number): Reference | undefined =>
  text[at + 1] === '{' ? readBraced(text, at) : readBare(text, at)

const readBare = (text: string, at: number): Reference | undefined => {
  BARE.lastIndex = at
  const match = BARE.exec(text)
  if (match === null) return undefined
  const bare: Reference = { start: at, end: BARE.lastIndex, name: match[1]!, braced: false }
  const path = readPath(text, bare.end)
  return path === undefined ? bare : { ...bare, end: path.end, path: path.segments }
}

/** A bare reference without its path: what is tried when `$FILE.txt` names no JSON value. */
export const withoutPath = (ref: Reference): Reference => ({
  start: ref.start,
  end: ref.start + 1 + ref.name.length,
  name: ref.name,
  braced: false,
})

const readBraced = (text: string, at: number): Reference | undefined => {
  const close = closingBrace(text, at + 2)
  if (close === undefined) return undefined
  const body = text.slice(at + 2, close)
  const length = body.length > 1 && body.startsWith('#')
  const name = readName(body, length ? 1 : 0)
  if (name === undefined) return undefined
  const path = readPath(body, name.end)
  const rest = path?.end ?? name.end
  const ref: Reference = { start: at, end: close + 1, name: name.name, braced: true }
  if (path !== undefined) ref.path = path.segments
  if (length) return rest === body.length ? { ...ref, length } : undefined
  if (rest === body.length) return ref
  const operation = readOperation(body, rest)
  return operation === undefined ? undefined : { ...ref, operation }
}

const readName = (body: string, at: number): { name: string; end: number } | undefined => {
  for (const pattern of [HYPHENATED, NAME]) {
    pattern.lastIndex = at
    const match = pattern.exec(body)
    if (match !== null) return { name: match[0], end: pattern.lastIndex }
  }
  return undefined
}

const readOperation = (body: string, at: number): Operation | undefined => {
  OPERATOR.lastIndex = at
  const match = OPERATOR.exec(body)
  if (match === null) return undefined
  const kind = match[0] === ':' ? 'slice' : match[0]
  return { kind, word: body.slice(OPERATOR.lastIndex) }
}

/** A reference is no longer than this: looking further for its end would be quadratic in text full of `${`. */
const MAX_REFERENCE = 4096

/** Index of the `}` that closes a `${` whose body starts at `from`; nested `${` and backslashes are passed over. */
export const closingBrace = (text: string, from: number): number | undefined => {
  let depth = 1
  const end = Math.min(text.length, from + MAX_REFERENCE)
  for (let i = from; i < end; i++) {
    const char = text[i]
    if (char === '\\') i++
    else if (char === '$' && text[i + 1] === '{') {
      depth++
      i++
    } else if (char === '}' && --depth === 0) return i
  }
  return undefined
}

/** Names whose whole value a text may need: those of which it uses more than `${NAME.path}`. */
export const wholeNames = (text: string): Set<string> =>
  referencedNames(text.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_-]*[.[][^}$]*\}/g, ''))

/** Every name that a text refers to, for evaluation by need. More than are really used is harmless. */
export const referencedNames = (text: string): Set<string> => {
  const names = new Set<string>()
  for (const match of text.matchAll(/\$\{?#?([A-Za-z_][A-Za-z0-9_]*|\d+)/g)) names.add(match[1]!)
  return names
}
