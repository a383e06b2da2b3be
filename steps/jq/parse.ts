// The grammar of jq, by recursive descent: pipes and definitions, then operators by precedence. Terms are in parse-term.ts.
import { parseTerm } from './parse-term.ts'
import { Reader } from './read.ts'
import { type Arithmetic, type Comparison, type Definition, type Node, SELF } from './syntax.ts'

/** Reads a whole query. @throws JqSyntaxError */
export function parseQuery(text: string): Node {
  const reader = new Reader(text)
  const query = reader.peek() === '' ? SELF : parsePipe(reader)
  if (reader.peek() !== '') reader.unexpected('the query should end')
  return query
}

/** Reads definitions only, as the ones that are written in jq itself. */
export function parseDefinitions(text: string): Definition[] {
  const reader = new Reader(text)
  const definitions: Definition[] = []
  while (reader.peek() === 'def') definitions.push(parseDefinition(reader))
  if (reader.peek() !== '') reader.unexpected('a definition is expected')
  return definitions
}

function parseDefinition(reader: Reader): Definition {
  reader.expect('def')
  const name = reader.name()
  const params: string[] = []
  if (reader.accept('(')) {
    do params.push(reader.peek() === '$' ? `$${reader.variable()}` : reader.name())
    while (reader.accept(';'))
    reader.expect(')')
  }
  reader.expect(':')
  const body = parsePipe(reader)
  reader.expect(';')
  return { name, params, body }
}

/** A query as far as it goes; `commas` false within a map, where a comma ends a value. */
export function parsePipe(reader: Reader, commas = true): Node {
  const word = reader.peek()
  if (word === 'def') {
    const definition = parseDefinition(reader)
    return { is: 'define', definition, body: parsePipe(reader, commas) }
  }
  if (word === 'label') {
    reader.next()
    const name = reader.variable()
    reader.expect('|')
    return { is: 'label', name, body: parsePipe(reader, commas) }
  }
  const left = parseOperators(reader, commas ? 0 : 1)
  return reader.accept('|') ? { is: 'pipe', left, right: parsePipe(reader, commas) } : left
}

type Side = 'left' | 'right' | 'none'

/** Weakest first. */
const LEVELS: readonly { words: readonly string[]; side: Side }[] = [
  { words: [','], side: 'left' },
  { words: ['//', '?//'], side: 'right' },
  { words: ['=', '|=', '+=', '-=', '*=', '/=', '%=', '//='], side: 'none' },
  { words: ['or'], side: 'left' },
  { words: ['and'], side: 'left' },
  { words: ['==', '!=', '<', '<=', '>', '>='], side: 'none' },
  { words: ['+', '-'], side: 'left' },
  { words: ['*', '/', '%'], side: 'left' },
]

function parseOperators(reader: Reader, level: number): Node {
  const at = LEVELS[level]
  if (at === undefined) return parseTerm(reader)
  let left = parseOperators(reader, level + 1)
  while (at.words.includes(reader.peek())) {
    const word = reader.next()
    const right = parseOperators(reader, at.side === 'right' ? level : level + 1)
    left = operation(word, left, right)
    if (at.side === 'none' && at.words.includes(reader.peek()))
      reader.unexpected('an operator cannot follow another of its kind')
  }
  return left
}

const NAMED = { ',': 'comma', '//': 'alternative', or: 'or', and: 'and' } as const

function operation(word: string, left: Node, right: Node): Node {
  const named = NAMED[word as keyof typeof NAMED]
  if (named !== undefined) return { is: named, left, right }
  // `.a?//1` without blanks.
  if (word === '?//') return { is: 'alternative', left: { is: 'try', body: left }, right }
  if (/^[+\-*/%]$/.test(word)) return { is: 'arithmetic', op: word as Arithmetic, left, right }
  if (/^(?:[=!<>]=|[<>])$/.test(word)) return { is: 'comparison', op: word as Comparison, left, right }
  return { is: 'assign', op: word, left, right }
}
