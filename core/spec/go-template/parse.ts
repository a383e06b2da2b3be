// The template language of custom step types and template steps: text with {{ actions }}, parsed once into a small tree.

import { err, ok, type Result } from '../../result.ts'

export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipe: Pipe }
  | { kind: 'if' | 'with'; pipe: Pipe; then: TemplateNode[]; otherwise: TemplateNode[] }
  | { kind: 'range'; pipe: Pipe; keyName?: string; valueName?: string; then: TemplateNode[]; otherwise: TemplateNode[] }

/** Calls from left to right: each result is the last argument of the next. */
export interface Pipe {
  calls: Term[][]
  /** `{{ $x := ... }}` declares a variable, `{{ $x = ... }}` changes the one that is there. */
  assign?: { name: string; isNew: boolean }
}

export type Term =
  | { kind: 'literal'; value: unknown }
  /** `.a.b`, `$x.a`, `(pipe).a` */
  | { kind: 'path'; root: 'dot' | { variable: string } | { pipe: Pipe }; keys: string[] }
  | { kind: 'name'; name: string }

const LIMITS = { chars: 200_000, depth: 32 }

/** Parses a template; the error is a sentence. */
export function parseTemplate(text: string): Result<TemplateNode[], string> {
  if (text.length > LIMITS.chars) return err('the template is too long')
  try {
    const parser = new TemplateParser(split(text))
    const nodes = parser.block(0, [])
    return parser.done ? ok(nodes) : err(`unexpected {{ ${parser.peekAction()} }}`)
  } catch (error) {
    if (error instanceof SyntaxError) return err(error.message)
    throw error
  }
}

type Piece = { text: string } | { action: string }

/** Cuts a template into texts and actions; `{{-` and `-}}` take the blanks beside them away. */
function split(text: string): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let trimStart = false
  while (at <= text.length) {
    const open = text.indexOf('{{', at)
    const raw = text.slice(at, open < 0 ? text.length : open)
    const before = trimStart ? raw.trimStart() : raw
    if (open < 0) {
      pieces.push({ text: before })
      break
    }
    const close = closing(text, open + 2)
    if (close < 0) throw new SyntaxError('an action is not closed: "}}" is missing')
    let action = text.slice(open + 2, close)
    const trimsLeft = /^-\s/.test(action)
    trimStart = /\s-$/.test(action)
    if (trimsLeft) action = action.slice(1)
    if (trimStart) action = action.slice(0, -1)
    pieces.push({ text: trimsLeft ? before.trimEnd() : before })
    if (!/^\s*\/\*[\s\S]*\*\/\s*$/.test(action)) pieces.push({ action: action.trim() })
    at = close + 2
  }
  return pieces
}

/** The offset of the `}}` that is not inside a quoted text or a comment. */
function closing(text: string, from: number): number {
  const comment = /^(?:-\s)?\s*\/\*[\s\S]*?\*\//.exec(text.slice(from))
  if (comment) return text.indexOf('}}', from + comment[0].length)
  for (let i = from; i < text.length - 1; i++) {
    const char = text[i] ?? ''
    if (char === '"' || char === '`') {
      for (i++; i < text.length && text[i] !== char; i++) if (char === '"' && text[i] === '\\') i++
    } else if (char === '}' && text[i + 1] === '}') return i
  }
  return -1
}

class TemplateParser {
  #pieces: Piece[]
  #at = 0

  constructor(pieces: Piece[]) {
    this.#pieces = pieces
  }

  get done(): boolean {
    return this.#at >= this.#pieces.length
  }

  peekAction(): string {
    const piece = this.#pieces[this.#at]
    return piece && 'action' in piece ? piece.action : ''
  }

  /** Nodes up to (not including) an action that starts with one of `until`. */
  block(depth: number, until: string[]): TemplateNode[] {
    if (depth > LIMITS.depth) throw new SyntaxError('the template nests too deep')
    const nodes: TemplateNode[] = []
    while (!this.done) {
      const piece = this.#pieces[this.#at]
      if (!piece) break
      if ('text' in piece) {
        if (piece.text !== '') nodes.push({ kind: 'text', text: piece.text })
        this.#at++
        continue
      }
      const word = /^[a-z]+/.exec(piece.action)?.[0] ?? ''
      if (until.includes(word)) return nodes
      if (word === 'end' || word === 'else') break
      this.#at++
      nodes.push(this.#action(piece.action, word, depth))
    }
    if (until.length > 0) throw new SyntaxError('{{ end }} is missing')
    return nodes
  }

  #action(action: string, word: string, depth: number): TemplateNode {
    const rest = action.slice(word.length).trim()
    if (word === 'if' || word === 'with') return { kind: word, pipe: parsePipe(rest), ...this.#branches(depth) }
    if (word === 'range') {
      const loop = /^\$(\w+)(?:\s*,\s*\$(\w+))?\s*:=\s*([\s\S]*)$/.exec(rest)
      const names = loop
        ? loop[2] === undefined
          ? { valueName: loop[1] ?? '' }
          : { keyName: loop[1] ?? '', valueName: loop[2] }
        : {}
      return { kind: 'range', pipe: parsePipe(loop?.[3] ?? rest), ...names, ...this.#branches(depth) }
    }
    if (['define', 'template', 'block', 'break', 'continue'].includes(word))
      throw new SyntaxError(`{{ ${word} }} is not supported`)
    return { kind: 'print', pipe: parsePipe(action) }
  }

  #branches(depth: number): { then: TemplateNode[]; otherwise: TemplateNode[] } {
    const then = this.block(depth + 1, ['end', 'else'])
    const action = this.peekAction()
    this.#at++
    if (!action.startsWith('else')) return { then, otherwise: [] }
    const rest = action.slice(4).trim()
    if (rest.startsWith('if')) return { then, otherwise: [this.#action(rest, 'if', depth + 1)] }
    const otherwise = this.block(depth + 1, ['end'])
    this.#at++
    return { then, otherwise }
  }
}

const TOKEN =
  /\s*(?:("(?:\\.|[^"\\])*")|`([^`]*)`|(-?\d+(?:\.\d+)?)|(\$?\w*(?:\.\w+)+|\$\w*|\.)|(\w+)|(:?=)|([|(])|(\)(?:\.\w+)*))/y

/** `keys`: what is taken out of the value of a bracket, `(...).a.b`. */
type Lexeme = { kind: 'term'; term: Term } | { kind: 'symbol'; symbol: string; keys?: string[] }

function lex(text: string): Lexeme[] {
  const lexemes: Lexeme[] = []
  TOKEN.lastIndex = 0
  const trimmed = text.trimEnd()
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(trimmed)
    if (!match) throw new SyntaxError(`cannot read ${JSON.stringify(trimmed.slice(at, at + 40))}`)
    const [, quoted, raw, number, path, name, assign, symbol, closed] = match
    if (quoted !== undefined) lexemes.push(literal(unquote(quoted)))
    else if (raw !== undefined) lexemes.push(literal(raw))
    else if (number !== undefined) lexemes.push(literal(Number(number)))
    else if (path !== undefined) lexemes.push({ kind: 'term', term: pathTerm(path) })
    else if (name !== undefined) lexemes.push(nameTerm(name))
    else if (closed !== undefined) lexemes.push({ kind: 'symbol', symbol: ')', keys: closed.split('.').slice(1) })
    else lexemes.push({ kind: 'symbol', symbol: assign ?? symbol ?? '' })
  }
  return lexemes
}

const literal = (value: unknown): Lexeme => ({ kind: 'term', term: { kind: 'literal', value } })

function nameTerm(name: string): Lexeme {
  if (name === 'true' || name === 'false') return literal(name === 'true')
  return name === 'nil' ? literal(null) : { kind: 'term', term: { kind: 'name', name } }
}

function pathTerm(text: string): Term {
  const [root = '', ...keys] = text.split('.')
  return {
    kind: 'path',
    root: root.startsWith('$') ? { variable: root.slice(1) } : 'dot',
    keys: keys.filter(key => key !== ''),
  }
}

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string
  } catch {
    throw new SyntaxError(`cannot read the text ${text}`)
  }
}

function parsePipe(text: string): Pipe {
  const lexemes = lex(text)
  const [first, second] = lexemes
  const isAssignment =
    second?.kind === 'symbol' && /^:?=$/.test(second.symbol) && first?.kind === 'term' && first.term.kind === 'path'
  if (
    isAssignment &&
    first.term.kind === 'path' &&
    typeof first.term.root === 'object' &&
    'variable' in first.term.root
  ) {
    const state = { at: 2, depth: 0 }
    return {
      ...pipeOf(lexemes, state),
      assign: { name: first.term.root.variable, isNew: second.symbol === ':=' },
    }
  }
  const state = { at: 0, depth: 0 }
  const pipe = pipeOf(lexemes, state)
  if (state.at < lexemes.length) throw new SyntaxError(`unexpected ")" in ${JSON.stringify(text)}`)
  return pipe
}

function pipeOf(lexemes: Lexeme[], state: { at: number; depth: number }): Pipe {
  if (++state.depth > LIMITS.depth) throw new SyntaxError('the expression nests too deep')
  const calls: Term[][] = [[]]
  for (let lexeme = lexemes[state.at]; lexeme !== undefined; lexeme = lexemes[state.at]) {
    if (lexeme.kind === 'term') calls.at(-1)?.push(lexeme.term)
    else if (lexeme.symbol === '|') calls.push([])
    else if (lexeme.symbol === '(') {
      state.at++
      const pipe = pipeOf(lexemes, state)
      const end = lexemes[state.at]
      if (end?.kind !== 'symbol') throw new SyntaxError('")" is missing')
      calls.at(-1)?.push({ kind: 'path', root: { pipe }, keys: end.keys ?? [] })
    } else break
    state.at++
  }
  state.depth--
  if (calls.some(call => call.length === 0)) throw new SyntaxError('an action or a part of a pipe is empty')
  return { calls }
}
