// The expansion of one text, in a single pass: what a reference stands for is never read again, so a value never becomes code.
// What differs from place to place (semantics 6.3) is in PLACES.
import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { ShellResult } from './ports.ts'
import { exprProblem, needsRunner } from './problems.ts'
import { type Reference, readReference, withoutPath } from './reference.ts'
import { hasFallback, type Names, resolveReference } from './resolve.ts'

export interface Place {
  /** Unknown names: left as written, looked up among the unfiltered host variables and else empty, or always empty. */
  unknown: 'keep' | 'host' | 'empty'
  /** Operations with a default are done for unknown names too. */
  defaults: boolean
  backticks: boolean
  /** Backslash before a dollar makes it literal. */
  escapes: boolean
}

/** What is done where (semantics 6.3). */
export const PLACES = {
  env: { unknown: 'host', defaults: true, backticks: true, escapes: true },
  paramsEval: { unknown: 'host', defaults: true, backticks: true, escapes: true },
  expected: { unknown: 'keep', defaults: true, backticks: true, escapes: true },
  path: { unknown: 'host', defaults: true, backticks: false, escapes: true },
  policy: { unknown: 'host', defaults: true, backticks: true, escapes: true },
  call: { unknown: 'keep', defaults: true, backticks: false, escapes: true },
  /** What is called, and how often: an unknown name is nothing to call, which is said. */
  called: { unknown: 'empty', defaults: true, backticks: false, escapes: true },
  exec: { unknown: 'host', defaults: true, backticks: false, escapes: true },
  config: { unknown: 'keep', defaults: false, backticks: false, escapes: true },
  /** Commands and scripts of typed steps: a backslash is for whoever runs them. */
  foreign: { unknown: 'keep', defaults: false, backticks: false, escapes: false },
} as const satisfies Record<string, Place>

export interface ExpandContext {
  names: Names
  /** Unfiltered variables of the host. */
  host?: (name: string) => string | undefined
  /** Runs a command substitution; the text between the backticks is passed unexpanded. */
  substitute?: (command: string) => Promise<ShellResult>
  /** Field that is being expanded, for problems. */
  field?: string
}

type Piece = string | { command: string }

/** Characters of a text with its references filled in: `${A}${A}` in forty steps would be terabytes. */
const MAX_TEXT_CHARS = 16 * 1024 * 1024

/** Thrown by every expansion of a text that grows too long; see `withinBounds`. */
export class TextTooLong extends Error {}

/** Does what expands texts; one that grows too long is a problem like any other. */
export const withinBounds = async <T, E>(
  expand: () => Promise<Result<T, E>>,
  asError: (problem: Problem) => E,
): Promise<Result<T, E>> => {
  try {
    return await expand()
  } catch (error) {
    if (error instanceof TextTooLong) return err(asError(exprProblem('expr.too_large', error.message)))
    throw error
  }
}

const tooLong = (text: string, field: string | undefined): TextTooLong =>
  new TextTooLong(
    `${field ?? 'a text'} grows over ${MAX_TEXT_CHARS / 1024 / 1024} MiB with its references filled in: ${text.slice(0, 80)}`,
  )

/**
 * Expands a text where no command substitution is allowed.
 * @throws TextTooLong
 */
export const expandText = (text: string, place: Place, context: ExpandContext): string =>
  text.includes('$') ? pieces(text, { ...place, backticks: false }, context).join('') : text

/** Expands a text, running its command substitutions in order; trailing and leading blanks of their output are dropped. */
export const expandField = async (
  text: string,
  place: Place,
  context: ExpandContext,
): Promise<Result<string, Problem>> => {
  if (!place.backticks || !text.includes('`')) return ok(expandText(text, place, context))
  let expanded = ''
  for (const piece of pieces(text, place, context)) {
    if (typeof piece === 'string') {
      expanded += piece
      continue
    }
    const output = await runSubstitution(piece.command, context)
    if (!output.ok) return output
    expanded += output.value
  }
  return ok(expanded)
}

const runSubstitution = async (command: string, context: ExpandContext): Promise<Result<string, Problem>> => {
  if (context.substitute === undefined) return err(needsRunner('a shell for `...`', context.field))
  const { code, stdout, stderr } = await context.substitute(command)
  if (code === 0) return ok(stdout.trim())
  const detail = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? ''
  const message = `command substitution \`${command}\` exited with ${code}${detail === '' ? '' : `: ${detail}`}`
  return err(exprProblem('expr.substitution_failed', message, context.field))
}

const pieces = (text: string, place: Place, context: ExpandContext): Piece[] => {
  const found: Piece[] = []
  let literal = ''
  let at = 0
  let quoteTaken = -1
  let added = 0
  while (at < text.length) {
    const special = nextSpecial(text, at, place)
    literal += text.slice(at, special)
    at = special
    if (at >= text.length) break
    const piece = take(text, at, place, context, quoteTaken)
    added += piece.text.length
    if (added > MAX_TEXT_CHARS) throw tooLong(text, context.field)
    if (piece.command !== undefined) {
      found.push(literal, { command: piece.command })
      literal = ''
    } else if (piece.dropQuotes) {
      literal = literal.slice(0, -1) + piece.text
      quoteTaken = piece.end
    } else literal += piece.text
    at = piece.end
  }
  found.push(literal)
  return found
}

const take = (text: string, at: number, place: Place, context: ExpandContext, quoteTaken: number): Taken => {
  if (text[at] === '\\') return escaped(text, at)
  if (text[at] === '`') return backtick(text, at)
  return reference(text, at, place, context, at !== quoteTaken)
}

interface Taken {
  text: string
  end: number
  command?: string
  /** The double quotes around the reference go with it: its text is a JSON string. */
  dropQuotes?: boolean
}

const nextSpecial = (text: string, from: number, place: Place): number => {
  for (let i = from; i < text.length; i++) {
    const char = text[i]
    if (char === '$' || (char === '\\' && place.escapes) || (char === '`' && place.backticks)) return i
  }
  return text.length
}

/** A run of backslashes: an odd one before `$` loses its last and makes the dollar literal; all others stay. */
const escaped = (text: string, at: number): Taken => {
  let end = at
  while (text[end] === '\\') end++
  const count = end - at
  if (text[end] === '$' && count % 2 === 1) return { text: `${'\\'.repeat(count - 1)}$`, end: end + 1 }
  return { text: text.slice(at, end), end }
}

const reference = (text: string, at: number, place: Place, context: ExpandContext, mayQuote: boolean): Taken => {
  const ref = readReference(text, at)
  if (ref === undefined) return { text: '$', end: at + 1 }
  const value = resolve(ref, place, context)
  if (value === undefined) {
    if (!ref.braced && ref.path !== undefined) {
      const bare = withoutPath(ref)
      return { text: resolve(bare, place, context) ?? unknown(text, bare, place, context), end: bare.end }
    }
    return { text: unknown(text, ref, place, context), end: ref.end }
  }
  if (isWrapped(text, ref, "'") && ref.path === undefined) return { text: text.slice(ref.start, ref.end), end: ref.end }
  if (mayQuote && ref.braced && isWrapped(text, ref, '"'))
    return { text: JSON.stringify(value), end: ref.end + 1, dropQuotes: true }
  return { text: value, end: ref.end }
}

/** True where the characters on both sides of a reference are this quote. */
export const isWrapped = (text: string, ref: Reference, quote: string): boolean =>
  text[ref.start - 1] === quote && text[ref.end] === quote

const resolve = (ref: Reference, place: Place, context: ExpandContext): string | undefined => {
  const names = place.unknown === 'host' && ref.path === undefined ? withHost(context) : context.names
  if (ref.operation !== undefined && !place.defaults && names.variable(ref.name) === undefined) {
    if (ref.path === undefined && hasFallback(ref)) return undefined
  }
  return resolveReference(ref, names, word => expandText(word, place, context))
}

const withHost = ({ names, host }: ExpandContext): Names =>
  host === undefined ? names : { ...names, variable: name => names.variable(name) ?? host(name) }

/** What an unknown reference becomes: nothing where that is the rule or the host was asked in vain, else its own text. */
const unknown = (text: string, ref: Reference, place: Place, context: ExpandContext): string => {
  const asked = place.unknown === 'empty' || (place.unknown === 'host' && context.host !== undefined)
  const empty = asked && ref.path === undefined
  return empty && !isWrapped(text, ref, "'") ? '' : text.slice(ref.start, ref.end)
}

const backtick = (text: string, at: number): Taken => {
  let command = ''
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]!
    if (char === '`') return { text: '', command, end: i + 1 }
    const next = text[i + 1]
    if (char === '\\' && (next === '`' || next === '\\')) {
      command += next
      i++
    } else command += char
  }
  return { text: '`', end: at + 1 }
}

/** Expands every text inside a JSON value (keys stay), without command substitution. */
export const expandConfig = (value: unknown, context: ExpandContext, place: Place = PLACES.config): unknown => {
  if (typeof value === 'string') return expandText(value, place, context)
  if (Array.isArray(value)) return value.map(item => expandConfig(item, context, place))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandConfig(item, context, place)]))
}
