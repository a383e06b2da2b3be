// POSIX parameter operations on a value: defaults, lengths, slices, prefixes and suffixes, replacements. Characters are code points.
import { RE2JS } from 're2js'
import type { Operation } from './reference.ts'

/** True for operators that give a result without a value (`:-`, `+`, ...). */
export const worksUnset = (operation: Operation | undefined): boolean =>
  operation !== undefined && /^:?[-=+]$/.test(operation.kind)

/**
 * Result of `${NAME<operation>}` for a value (`undefined`: unset). `expandWord` expands the operator's word where it is used.
 * `undefined`: the operation is not understood, or has no result; the text stays as it is.
 */
export const applyOperation = (
  value: string | undefined,
  { kind, word }: Operation,
  expandWord: (word: string) => string,
): string | undefined => {
  const empty = kind.startsWith(':') ? value === undefined || value === '' : value === undefined
  if (/^:?[-=]$/.test(kind)) return empty ? expandWord(word) : value
  if (/^:?\+$/.test(kind)) return empty ? '' : expandWord(word)
  if (value === undefined) return undefined
  if (/^:?\?$/.test(kind)) return empty ? undefined : value
  if (kind === 'slice') return slice(value, word)
  if (kind[0] === '#') return trimPattern(value, expandWord(word), 'start', kind.length === 2)
  if (kind[0] === '%') return trimPattern(value, expandWord(word), 'end', kind.length === 2)
  if (kind[0] === '/') return replacePattern(value, expandWord(word), kind.length === 2)
  if (word !== '') return undefined
  return changeCase(value, kind)
}

const SLICE = /^\s*(-?\d+)\s*(?::\s*(-?\d+)\s*)?$/

const slice = (value: string, word: string): string | undefined => {
  const match = SLICE.exec(word)
  if (match === null) return undefined
  const chars = [...value]
  const offset = Number(match[1])
  const from = offset < 0 ? Math.max(0, chars.length + offset) : Math.min(offset, chars.length)
  if (match[2] === undefined) return chars.slice(from).join('')
  const length = Number(match[2])
  const to = length < 0 ? chars.length + length : from + length
  return chars.slice(from, Math.max(from, to)).join('')
}

const changeCase = (value: string, kind: string): string => {
  const change = (text: string) => (kind[0] === '^' ? text.toUpperCase() : text.toLowerCase())
  if (kind.length === 2) return change(value)
  const [first = '', ...rest] = value
  return change(first) + rest.join('')
}

/** Values longer than this are no business of shell patterns. */
const MAX_PATTERN_CHARS = 16_384

/** What is left without the longest or shortest beginning (or end) that matches. An end is the beginning of the text turned round. */
const trimPattern = (value: string, pattern: string, side: 'start' | 'end', longest: boolean): string | undefined => {
  const parts = globParts(pattern)
  const turn = <T>(list: T[]): T[] => (side === 'start' ? list : list.reverse())
  const source = turn(parts).map(part => (part === STAR && !longest ? `${STAR}?` : part))
  const regex = value.length > MAX_PATTERN_CHARS ? undefined : compile(source.join(''))
  if (regex === undefined) return undefined
  const text = turn([...value]).join('')
  const matcher = regex.matcher(text)
  if (!matcher.lookingAt()) return value
  return turn([...text.slice(matcher.end())]).join('')
}

const replacePattern = (value: string, word: string, all: boolean): string | undefined => {
  const cut = word.search(/(?<!\\)\//)
  const pattern = cut < 0 ? word : word.slice(0, cut)
  const replacement = cut < 0 ? '' : word.slice(cut + 1)
  if (pattern === '') return value
  const regex = value.length > MAX_PATTERN_CHARS ? undefined : compile(globParts(pattern).join(''))
  const matcher = regex?.matcher(value)
  // A shell replaces no empty part of a text, such as the one behind what a star has taken.
  const fill = (match: string): string => (match === '' && value !== '' ? '' : replacement)
  return all ? matcher?.replaceAll(fill) : matcher?.replaceFirst(fill)
}

/** RE2: linear in the text, however many stars there are. */
const compile = (source: string): RE2JS | undefined => {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL)
  } catch {
    return undefined
  }
}

const STAR = '.*'

/** A shell pattern (`*`, `?`, `[...]`, backslash) as the parts of a regular expression, each for itself. */
const globParts = (pattern: string): string[] => {
  const parts: string[] = []
  for (let i = 0; i < pattern.length; i++) {
    const char = String.fromCodePoint(pattern.codePointAt(i)!)
    i += char.length - 1
    if (char === '*') {
      if (parts.at(-1) !== STAR) parts.push(STAR)
    } else if (char === '?') parts.push('.')
    else if (char === '\\' && i + 1 < pattern.length) parts.push(escapeRegex(pattern[++i]!))
    else if (char === '[') {
      const set = /^\[([!^]?)((?:\])?[^\]]*)\]/.exec(pattern.slice(i))
      if (set === null) parts.push('\\[')
      else {
        parts.push(`[${set[1] === '' ? '' : '^'}${set[2]!.replace(/[\\\]^[]/g, '\\$&')}]`)
        i += set[0].length - 1
      }
    } else parts.push(escapeRegex(char))
  }
  return parts
}

const escapeRegex = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
