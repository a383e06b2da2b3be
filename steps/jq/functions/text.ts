// Functions of texts, with expressions of RE2: linear time whatever the expression.
import { RE2JS } from 're2js'
import { indices } from '../access.ts'
import type { Evaluator } from '../evaluate.ts'
import { made, PAUSE, type Results } from '../evaluate.ts'
import type { Item, Scope } from '../scope.ts'
import type { Node } from '../syntax.ts'
import { isNumber, JqError, newDict, show, toText, type Value } from '../values.ts'
import { listOf, type Natives, plain, textOf } from './native.ts'

interface Match {
  from: number
  to: number
  value: Value
}

const FLAGS: Record<string, number> = {
  i: RE2JS.CASE_INSENSITIVE,
  s: RE2JS.DOTALL,
  p: RE2JS.DOTALL,
  g: 0,
  n: 0,
  x: 0,
  l: 0,
}

/** Without blanks and comments, as the flag x asks for. */
const condensed = (pattern: string): string =>
  pattern.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\s+|#[^\n]*/g, part => (/^[\s#]/.test(part) ? '' : part))

function compiled(pattern: Value, flags: Value): { expression: RE2JS; isGlobal: boolean; skipsEmpty: boolean } {
  const text = textOf(pattern, 'a regular expression')
  const letters = flags === null ? '' : textOf(flags, 'flags')
  const unknown = [...letters].find(letter => FLAGS[letter] === undefined)
  if (unknown !== undefined) throw new JqError(`${JSON.stringify(letters)} are no flags of a regular expression`)
  const bits = [...letters].reduce((sum, letter) => sum | FLAGS[letter]!, 0)
  try {
    const expression = RE2JS.compile(letters.includes('x') ? condensed(text) : text, bits)
    return { expression, isGlobal: letters.includes('g'), skipsEmpty: /[np]/.test(letters) }
  } catch (cause) {
    throw new JqError(`${JSON.stringify(text)} is no regular expression (RE2): ${(cause as Error).message}`)
  }
}

/** Matches, with offsets in characters. */
function* matches(value: Value, pattern: Value, flags: Value): Generator<Match> {
  const text = textOf(value, 'a regular expression')
  const { expression, isGlobal, skipsEmpty } = compiled(pattern, flags)
  const names = new Map(Object.entries(expression.namedGroups()).map(([name, index]) => [index, name]))
  const matcher = expression.matcher(text)
  let [counted, characters] = [0, 0]
  const charactersAt = (at: number): number => {
    if (at < counted) return Array.from(text.slice(0, at)).length
    characters += Array.from(text.slice(counted, at)).length
    counted = at
    return characters
  }
  while (matcher.find()) {
    const group = (index: number): { [key: string]: Value } => {
      const [from, to] = [matcher.start(index), matcher.end(index)]
      const string = from < 0 ? null : text.slice(from, to)
      const length = string === null ? 0 : Array.from(string).length
      return Object.assign(newDict(), { offset: from < 0 ? -1 : charactersAt(from), length, string })
    }
    const [from, to] = [matcher.start(), matcher.end()]
    if (skipsEmpty && from === to) continue
    const whole = group(0)
    whole.captures = Array.from({ length: matcher.groupCount() }, (_, i) => ({
      ...group(i + 1),
      name: names.get(i + 1) ?? null,
    }))
    yield { from, to, value: whole }
    if (!isGlobal) return
  }
}

/** Named captures as a map. */
function captured(match: Value): Value {
  const dict = newDict()
  for (const capture of (match as { captures: { name: string | null; string: Value }[] }).captures)
    if (capture.name !== null) dict[capture.name] = capture.string
  return dict
}

function substitute(isGlobal: boolean) {
  return function* (evaluator: Evaluator, args: readonly Node[], scope: Scope | undefined, item: Item): Results {
    for (const flags of args[2] === undefined ? [{ value: '' }] : evaluator.values(args[2], scope, item.value)) {
      if (flags === PAUSE) {
        yield PAUSE
        continue
      }
      for (const pattern of evaluator.values(args[0]!, scope, item.value)) {
        if (pattern === PAUSE) {
          yield PAUSE
          continue
        }
        const text = textOf(item.value, 'sub')
        const letters = textOf(flags.value, 'flags') + (isGlobal ? 'g' : '')
        let outs = ['']
        let at = 0
        for (const match of matches(text, pattern.value, letters)) {
          const replacements: string[] = []
          for (const found of evaluator.values(args[1]!, scope, captured(match.value))) {
            if (found === PAUSE) yield PAUSE
            else replacements.push(textOf(found.value, 'sub'))
          }
          const between = text.slice(at, match.from)
          outs = replacements.flatMap(replacement => outs.map(out => out + between + replacement))
          at = match.to
          if (evaluator.step()) yield* evaluator.breathe()
        }
        for (const out of outs) yield made(item, out + text.slice(at))
      }
    }
  }
}

const trimmed = (side: RegExp) => (value: Value) => textOf(value, 'trim').replace(side, '')
const START = /^\s+/
const END = /\s+$/

const ascii = (from: RegExp, change: (char: string) => string) => (value: Value) =>
  textOf(value, 'a change of case').replace(from, change)

const without = (start: boolean, end: boolean) => (value: Value, part: Value) => {
  if (typeof value !== 'string' || typeof part !== 'string' || part === '') return value
  const rest = start && value.startsWith(part) ? value.slice(part.length) : value
  return end && rest.endsWith(part) ? rest.slice(0, rest.length - part.length) : rest
}

const joined = (value: Value, separator: Value): Value =>
  listOf(value, 'join')
    .map(item => {
      if (typeof item === 'object' && item !== null) throw new JqError(`${show(item)} cannot be joined`)
      return item === null ? '' : typeof item === 'string' ? item : toText(item)
    })
    .join(textOf(separator, 'join'))

const found = (value: Value, part: Value, at: 0 | -1): Value => {
  const all = indices(value, part)
  return Array.isArray(all) ? (all.at(at) ?? null) : null
}

function fromCodes(value: Value): string {
  return listOf(value, 'implode')
    .map(code => {
      if (!isNumber(code) || !(Number(code) >= 0 && Number(code) <= 0x10ffff))
        throw new JqError(`${show(code)} is no character`)
      return String.fromCodePoint(Math.trunc(Number(code)))
    })
    .join('')
}

function splitBy(value: Value, pattern: Value, flags: Value): Value {
  const text = textOf(value, 'split')
  const parts: string[] = []
  let at = 0
  for (const match of matches(text, pattern, `${flags === null ? '' : textOf(flags, 'flags')}g`)) {
    if (match.to === 0 || match.from === text.length) continue
    parts.push(text.slice(at, match.from))
    at = match.to
  }
  return [...parts, text.slice(at)]
}

export const TEXT: Natives = {
  ...plain({
    'ascii_downcase/0': ascii(/[A-Z]+/g, text => text.toLowerCase()),
    'ascii_upcase/0': ascii(/[a-z]+/g, text => text.toUpperCase()),
    'trim/0': value => textOf(value, 'trim').replace(START, '').replace(END, ''),
    'ltrim/0': trimmed(START),
    'rtrim/0': trimmed(END),
    'ltrimstr/1': without(true, false),
    'rtrimstr/1': without(false, true),
    'trimstr/1': without(true, true),
    'startswith/1': (value, part) => textOf(value, 'startswith').startsWith(textOf(part, 'startswith')),
    'endswith/1': (value, part) => textOf(value, 'endswith').endsWith(textOf(part, 'endswith')),
    'explode/0': value => Array.from(textOf(value, 'explode'), char => char.codePointAt(0)!),
    'implode/0': fromCodes,
    'join/1': joined,
    'indices/1': indices,
    'index/1': (value, part) => found(value, part, 0),
    'rindex/1': (value, part) => found(value, part, -1),
    'split/1': (value, separator) => {
      const [text, by] = [textOf(value, 'split'), textOf(separator, 'split')]
      return text === '' ? [] : by === '' ? Array.from(text) : text.split(by)
    },
    'split/2': splitBy,
    '_matches/2': (value, pattern, flags) => {
      const [expression, letters] = Array.isArray(pattern)
        ? [pattern[0] ?? null, pattern[1] ?? flags!]
        : [pattern!, flags!]
      return [...matches(value, expression, letters)].map(match => match.value)
    },
    '_captured/0': captured,
    'utf8bytelength/0': value => new TextEncoder().encode(textOf(value, 'utf8bytelength')).length,
  }),
  'sub/2': substitute(false),
  'sub/3': substitute(false),
  'gsub/2': substitute(true),
  'gsub/3': substitute(true),
}
