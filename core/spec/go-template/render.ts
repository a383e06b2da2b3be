// Renders a template with data. A missing key is an error, output and work are bounded, nothing outside the data can be reached.

import { err, ok, type Result } from '../../result.ts'
import { FUNCTIONS } from './functions.ts'
import { type Pipe, parseTemplate, type TemplateNode, type Term } from './parse.ts'
import { TemplateError, text, truthy } from './values.ts'

const LIMITS = { steps: 100_000, chars: 1_000_000 }

/** The text of a template; the error is a sentence. */
export function renderTemplate(template: string, data: unknown): Result<string, string> {
  const nodes = parseTemplate(template)
  if (!nodes.ok) return nodes
  try {
    const renderer = new Renderer()
    // `set` and its like change what they are given: never what other texts of the same data see.
    const own: unknown = JSON.parse(JSON.stringify(data))
    renderer.run(nodes.value, own, new Map([['', { value: own }]]))
    return ok(renderer.out)
  } catch (error) {
    if (error instanceof TemplateError) return err(error.message)
    throw error
  }
}

/** Variables by name; blocks inside share the cells of those around them. */
type Scope = Map<string, { value: unknown }>

function cellOf(scope: Scope, name: string): { value: unknown } {
  const cell = scope.get(name)
  if (cell === undefined) throw new TemplateError(`unknown variable $${name}`)
  return cell
}

function assign(scope: Scope, { name, isNew }: { name: string; isNew: boolean }, value: unknown): void {
  if (isNew) scope.set(name, { value })
  else cellOf(scope, name).value = value
}

class Renderer {
  out = ''
  #left = LIMITS.steps

  run(nodes: TemplateNode[], dot: unknown, scope: Scope): void {
    for (const node of nodes) this.#node(node, dot, scope)
  }

  #node(node: TemplateNode, dot: unknown, scope: Scope): void {
    if (--this.#left < 0) throw new TemplateError('the template does too much work')
    if (node.kind === 'text') this.#write(node.text)
    else if (node.kind === 'print') {
      const value = this.#pipe(node.pipe, dot, scope)
      if (node.pipe.assign === undefined) this.#write(text(value))
      else assign(scope, node.pipe.assign, value)
    } else if (node.kind === 'range') this.#range(node, dot, scope)
    else {
      const value = this.#pipe(node.pipe, dot, scope)
      const inner = new Map(scope)
      if (node.pipe.assign !== undefined) assign(inner, node.pipe.assign, value)
      if (truthy(value)) this.run(node.then, node.kind === 'with' ? value : dot, inner)
      else this.run(node.otherwise, dot, inner)
    }
  }

  #range(node: Extract<TemplateNode, { kind: 'range' }>, dot: unknown, scope: Scope): void {
    const value = this.#pipe(node.pipe, dot, scope)
    const entries: [unknown, unknown][] = Array.isArray(value)
      ? value.map((item, i) => [i, item])
      : typeof value === 'object' && value !== null
        ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
        : []
    if (entries.length === 0) this.run(node.otherwise, dot, new Map(scope))
    for (const [key, item] of entries) {
      const inner = new Map(scope)
      if (node.keyName !== undefined) inner.set(node.keyName, { value: key })
      if (node.valueName !== undefined) inner.set(node.valueName, { value: item })
      this.run(node.then, item, inner)
    }
  }

  #write(chunk: string): void {
    this.out += chunk
    if (this.out.length > LIMITS.chars) throw new TemplateError('the template makes too long a text')
  }

  #pipe(pipe: Pipe, dot: unknown, scope: Scope): unknown {
    let value: unknown
    for (const [i, call] of pipe.calls.entries()) value = this.#call(call, i === 0 ? [] : [value], dot, scope)
    return value
  }

  #call([head, ...rest]: Term[], piped: unknown[], dot: unknown, scope: Scope): unknown {
    if (--this.#left < 0) throw new TemplateError('the template does too much work')
    if (!head) throw new TemplateError('an action is empty')
    if (head.kind !== 'name') {
      if (rest.length > 0 || piped.length > 0) throw new TemplateError('only a function takes arguments')
      return this.#term(head, dot, scope)
    }
    const fn = FUNCTIONS.get(head.name)
    if (!fn) throw new TemplateError(`unknown function ${JSON.stringify(head.name)}`)
    return fn(...rest.map(term => this.#term(term, dot, scope)), ...piped)
  }

  #term(term: Term, dot: unknown, scope: Scope): unknown {
    if (term.kind === 'literal') return term.value
    if (term.kind === 'name') return this.#call([term], [], dot, scope)
    let value: unknown = dot
    if (term.root !== 'dot') {
      if ('pipe' in term.root) value = this.#pipe(term.root.pipe, dot, scope)
      else value = cellOf(scope, term.root.variable).value
    }
    for (const name of term.keys) {
      // `split` gives a list here and a dictionary with the keys _0, _1 in sprig: both ways to its parts work.
      const key = Array.isArray(value) && /^_\d+$/.test(name) ? name.slice(1) : name
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key))
        throw new TemplateError(`there is no key ${JSON.stringify(name)}`)
      value = (value as Record<string, unknown>)[key]
    }
    return value
  }
}
