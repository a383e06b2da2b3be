// Characters to words: what the parser reads from. Words are taken one at a time, as a text may hold queries of its own.
import { JqSyntaxError } from './syntax.ts'

const BLANK = /(?:\s|#[^\n]*)+/y
const NAME = /[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*/y
const FIELD = /\.[A-Za-z_]\w*/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const OPERATOR = /\?\/\/|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|[.[\]{}()|,:;=<>+\-*/%?$@"]/y

/** A cursor over the text of a query. */
export class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  fail(message: string): never {
    const before = this.text.slice(0, this.at).split('\n')
    throw new JqSyntaxError(`${message} at line ${before.length}, column ${before.at(-1)!.length + 1}`)
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  skipBlanks(): void {
    this.#take(BLANK)
  }

  /** The next word, without taking it; '' at the end. */
  peek(): string {
    this.skipBlanks()
    const from = this.at
    const word = this.#take(NAME) ?? this.#take(FIELD) ?? this.#take(NUMBER) ?? this.#take(OPERATOR) ?? ''
    this.at = from
    if (word === '' && from < this.text.length) this.fail(`unexpected ${JSON.stringify(this.text[from])}`)
    return word
  }

  next(): string {
    const word = this.peek()
    this.at += word.length
    return word
  }

  /** Takes the word if it is the next. */
  accept(word: string): boolean {
    if (this.peek() !== word) return false
    this.at += word.length
    return true
  }

  expect(word: string): void {
    if (!this.accept(word)) this.unexpected(`"${word}" is expected`)
  }

  unexpected(wanted: string): never {
    const found = this.peek()
    this.fail(found === '' ? `the query ends where ${wanted}` : `unexpected "${found}" where ${wanted}`)
  }

  isName(word = this.peek()): boolean {
    return /^[A-Za-z_]/.test(word)
  }

  name(): string {
    if (!this.isName()) this.unexpected('a name is expected')
    return this.next()
  }

  /** `$name`, after its `$` was seen. */
  variable(): string {
    this.expect('$')
    if (!/[A-Za-z_]/.test(this.text[this.at] ?? '')) this.unexpected('the name of a variable is expected')
    return this.next()
  }
}
