// POSIX parameter operations on a value: defaults, lengths, slices, prefixes and suffixes, replacements. Characters are code points.
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

/** Values longer than this are no business of shell patterns: matching is quadratic. */
const MAX_PATTERN_CHARS = 16_384

const trimPattern = (value: string, pattern: string, side: 'start' | 'end', longest: boolean): string | undefined => {
  const chars = [...value]
  const whole = compile(`^(?:${globSource(pattern)})$`, 'su')
  if (whole === undefined || chars.length > MAX_PATTERN_CHARS) return undefined
  const lengths = Array.from({ length: chars.length + 1 }, (_, n) => (longest ? chars.length - n : n))
  for (const n of lengths) {
    const piece = side === 'start' ? chars.slice(0, n) : chars.slice(chars.length - n)
    if (whole.test(piece.join(''))) {
      return (side === 'start' ? chars.slice(n) : chars.slice(0, chars.length - n)).join('')
    }
  }
  return value
}

const replacePattern = (value: string, word: string, all: boolean): string | undefined => {
  const cut = word.search(/(?<!\\)\//)
  const pattern = cut < 0 ? word : word.slice(0, cut)
  const replacement = cut < 0 ? '' : word.slice(cut + 1)
  if (pattern === '') return value
  const regex = value.length > MAX_PATTERN_CHARS ? undefined : compile(globSource(pattern), all ? 'gsu' : 'su')
  return regex === undefined ? undefined : value.replace(regex, () => replacement)
}

const compile = (source: string, flags: string): RegExp | undefined => {
  try {
    return new RegExp(source, flags)
  } catch {
    return undefined
  }
}

/** A shell pattern (`*`, `?`, `[...]`, backslash) as the source of a regular expression without back-tracking groups. */
const globSource = (pattern: string): string => {
  let source = ''
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!
    if (char === '*') source += source.endsWith('.*') ? '' : '.*'
    else if (char === '?') source += '.'
    else if (char === '\\' && i + 1 < pattern.length) source += escapeRegex(pattern[++i]!)
    else if (char === '[') {
      const set = /^\[([!^]?)((?:\])?[^\]]*)\]/.exec(pattern.slice(i))
      if (set === null) source += '\\['
      else {
        source += `[${set[1] === '' ? '' : '^'}${set[2]!.replace(/[\\\]^[]/g, '\\$&')}]`
        i += set[0].length - 1
      }
    } else source += escapeRegex(char)
  }
  return source
}

const escapeRegex = (char: string): string => char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
