// Terms of a query: what stands between operators, with all that may follow it (`.a`, `[0]`, `?`, `as $x | ...`).

import { parsePipe } from './parse.ts'
import { parseText } from './parse-text.ts'
import type { Reader } from './read.ts'
import { type Node, type Pattern, SELF } from './syntax.ts'
import { normal } from './values.ts'

/** A term with its suffixes; `as` takes the rest of the query with it. */
export function parseTerm(reader: Reader): Node {
  if (reader.accept('-')) return { is: 'negate', of: parseTerm(reader) }
  const term = parsePostfix(reader)
  if (!reader.accept('as')) return term
  const patterns = [parsePattern(reader)]
  while (reader.accept('?//')) patterns.push(parsePattern(reader))
  reader.expect('|')
  return { is: 'bind', source: term, patterns, body: parsePipe(reader) }
}

function parsePostfix(reader: Reader): Node {
  let term = parseStart(reader)
  for (;;) {
    const word = reader.peek()
    if (/^\.[A-Za-z_]/.test(word)) term = fieldOf(term, reader.next().slice(1))
    else if (word === '.') {
      reader.next()
      if (reader.peek() === '"') term = { is: 'index', of: term, by: parseText(reader) }
      else if (reader.peek() === '[') term = parseBrackets(reader, term)
      else reader.unexpected('a field is expected')
    } else if (word === '[') term = parseBrackets(reader, term)
    else if (reader.accept('?')) term = optional(term)
    else return term
  }
}

/** `?` is for the access that it follows, not for what comes before that. */
function optional(term: Node): Node {
  if (term.is !== 'index' && term.is !== 'slice' && term.is !== 'each') return { is: 'try', body: term }
  if (term.of.is === 'self') return { is: 'try', body: term }
  const outside = (key: Node): Node => ({ is: 'pipe', left: { is: 'variable', name: INPUT }, right: key })
  const access: Node =
    term.is === 'index'
      ? { ...term, of: SELF, by: term.by.is === 'literal' ? term.by : outside(term.by) }
      : term.is === 'each'
        ? { ...term, of: SELF }
        : {
            ...term,
            of: SELF,
            ...(term.from && { from: outside(term.from) }),
            ...(term.to && { to: outside(term.to) }),
          }
  const body: Node = { is: 'pipe', left: term.of, right: { is: 'try', body: access } }
  return { is: 'bind', source: SELF, patterns: [{ is: 'variable', name: INPUT }], body }
}

/** No query can name it. */
const INPUT = '.'

const fieldOf = (of: Node, name: string): Node => ({ is: 'index', of, by: { is: 'literal', value: name } })

/** `[]`, `[index]`, `[from:to]` */
function parseBrackets(reader: Reader, of: Node): Node {
  reader.expect('[')
  if (reader.accept(']')) return { is: 'each', of }
  if (reader.accept(':')) {
    const to = parsePipe(reader)
    reader.expect(']')
    return { is: 'slice', of, to }
  }
  const first = parsePipe(reader)
  if (!reader.accept(':')) {
    reader.expect(']')
    return { is: 'index', of, by: first }
  }
  const to = reader.peek() === ']' ? undefined : parsePipe(reader)
  reader.expect(']')
  return to === undefined ? { is: 'slice', of, from: first } : { is: 'slice', of, from: first, to }
}

function parseStart(reader: Reader): Node {
  const word = reader.peek()
  if (word === '"') return parseText(reader)
  if (/^[.\d]*\d/.test(word)) return { is: 'literal', value: numberOf(reader.next()) }
  if (/^\.[A-Za-z_]/.test(word)) return fieldOf(SELF, reader.next().slice(1))
  if (reader.isName(word)) return parseWord(reader, reader.next())
  if (word === '$') return parseVariable(reader)
  if (word === '@') return parseFormat(reader)
  if (word === '[') return parseList(reader)
  if (word === '{') return parseMap(reader)
  if (reader.accept('(')) {
    const query = parsePipe(reader)
    reader.expect(')')
    return query
  }
  if (reader.accept('..')) return { is: 'call', name: 'recurse', args: [] }
  if (reader.accept('.')) {
    if (reader.text[reader.at] === '"') return { is: 'index', of: SELF, by: parseText(reader) }
    return SELF
  }
  return reader.unexpected('a term is expected')
}

const numberOf = (text: string): number | bigint => (/^\d{16,}$/.test(text) ? normal(BigInt(text)) : Number(text))

function parseVariable(reader: Reader): Node {
  const name = reader.variable()
  if (name !== '__loc__') return { is: 'variable', name }
  const line = reader.text.slice(0, reader.at).split('\n').length
  return { is: 'literal', value: { file: '<top-level>', line } }
}

function parseFormat(reader: Reader): Node {
  reader.expect('@')
  const name = reader.name()
  return reader.peek() === '"' ? parseText(reader, name) : { is: 'format', name }
}

function parseList(reader: Reader): Node {
  reader.expect('[')
  if (reader.accept(']')) return { is: 'list' }
  const of = parsePipe(reader)
  reader.expect(']')
  return { is: 'list', of }
}

function parseMap(reader: Reader): Node {
  reader.expect('{')
  const entries: { key: Node; value: Node }[] = []
  while (!reader.accept('}')) {
    entries.push(parseEntry(reader))
    if (reader.peek() !== '}') reader.expect(',')
  }
  return { is: 'map', entries }
}

function parseEntry(reader: Reader): { key: Node; value: Node } {
  const word = reader.peek()
  if (word === '$') {
    const variable = parseVariable(reader)
    const name = variable.is === 'variable' ? variable.name : '__loc__'
    return { key: { is: 'literal', value: name }, value: variable }
  }
  if (reader.accept('(')) {
    const key = parsePipe(reader)
    reader.expect(')')
    reader.expect(':')
    return { key, value: parsePipe(reader, false) }
  }
  const key = parseKey(reader)
  return { key, value: reader.accept(':') ? parsePipe(reader, false) : { is: 'index', of: SELF, by: key } }
}

/** A plain name, a number, or a text, with or without a format. */
function parseKey(reader: Reader): Node {
  const word = reader.peek()
  if (word === '"') return parseText(reader)
  if (word === '@') return parseFormat(reader)
  if (reader.isName(word) || /^\d/.test(word)) return { is: 'literal', value: reader.next() }
  return reader.unexpected('a key is expected')
}

function parsePattern(reader: Reader): Pattern {
  const word = reader.peek()
  if (word === '$') return { is: 'variable', name: reader.variable() }
  if (reader.accept('[')) {
    const items: Pattern[] = []
    do items.push(parsePattern(reader))
    while (reader.accept(','))
    reader.expect(']')
    return { is: 'list', items }
  }
  if (!reader.accept('{')) reader.unexpected('a pattern is expected')
  const entries: (Pattern & { is: 'map' })['entries'] = []
  do entries.push(parsePatternEntry(reader))
  while (reader.accept(','))
  reader.expect('}')
  return { is: 'map', entries }
}

function parsePatternEntry(reader: Reader): (Pattern & { is: 'map' })['entries'][number] {
  if (reader.peek() === '$') {
    const variable = reader.variable()
    const key: Node = { is: 'literal', value: variable }
    return reader.accept(':') ? { key, variable, value: parsePattern(reader) } : { key, variable }
  }
  let key: Node
  if (reader.accept('(')) {
    key = parsePipe(reader)
    reader.expect(')')
  } else key = parseKey(reader)
  reader.expect(':')
  return { key, value: parsePattern(reader) }
}

const CONSTANTS = new Map([
  ['null', null],
  ['true', true],
  ['false', false],
])
const RESERVED = new Set('then elif else end as and or catch def import include __loc__'.split(' '))

function parseWord(reader: Reader, word: string): Node {
  const constant = CONSTANTS.get(word)
  if (constant !== undefined) return { is: 'literal', value: constant }
  if (word === 'if') return parseIf(reader)
  if (word === 'try') {
    const body = parseBody(reader)
    return reader.accept('catch') ? { is: 'try', body, handler: parseBody(reader) } : { is: 'try', body }
  }
  if (word === 'reduce' || word === 'foreach') return parseFold(reader, word)
  if (word === 'break') return { is: 'break', name: reader.variable() }
  if (RESERVED.has(word)) {
    reader.at -= word.length
    reader.unexpected('a term is expected')
  }
  const args: Node[] = []
  if (reader.accept('(')) {
    do args.push(parsePipe(reader))
    while (reader.accept(';'))
    reader.expect(')')
  }
  return { is: 'call', name: word, args }
}

const parseBody = (reader: Reader): Node =>
  reader.accept('-') ? { is: 'negate', of: parseBody(reader) } : parsePostfix(reader)

function parseIf(reader: Reader): Node {
  const test = parsePipe(reader)
  reader.expect('then')
  const then = parsePipe(reader)
  if (reader.accept('elif')) return { is: 'if', test, then, otherwise: parseIf(reader) }
  const otherwise = reader.accept('else') ? parsePipe(reader) : SELF
  reader.expect('end')
  return { is: 'if', test, then, otherwise }
}

function parseFold(reader: Reader, is: 'reduce' | 'foreach'): Node {
  const source = parsePostfix(reader)
  reader.expect('as')
  const pattern = parsePattern(reader)
  reader.expect('(')
  const start = parsePipe(reader)
  reader.expect(';')
  const update = parsePipe(reader)
  const extract = is === 'foreach' && reader.accept(';') ? parsePipe(reader) : undefined
  reader.expect(')')
  if (is === 'reduce') return { is, source, pattern, start, update }
  return { is, source, pattern, start, update, ...(extract && { extract }) }
}
