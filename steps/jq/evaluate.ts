// Evaluates a query: every node turns an item into none, one or many. Promises: evaluation is lazy, it takes a breath now and then
// (`PAUSE`, for whoever drives it to look around), and it ends after `maxSteps` steps whatever the query says.
import { get, slice } from './access.ts'
import { ARITHMETIC, negate } from './arithmetic.ts'
import { assign } from './assign.ts'
import { bind, foreach, reduce } from './folds.ts'
import { formatted } from './format.ts'
import { NATIVES } from './functions/index.ts'
import { PRELUDE } from './prelude.ts'
import {
  findFunction,
  findLabel,
  findVariable,
  type Item,
  type Scope,
  withArgument,
  withFunction,
  withVariable,
} from './scope.ts'
import { type Definition, JqSyntaxError, type Node } from './syntax.ts'
import { compare, isDict, isTrue, JqError, JqLimit, newDict, show, sortedKeys, toText, type Value } from './values.ts'

/** A moment to look around; no result. */
export const PAUSE = undefined
export type Results = Iterable<Item | undefined>

interface Pair {
  left: Node
  right: Node
}

/** Leaves the query up to its label. */
class Break {
  readonly label: Scope
  constructor(label: Scope) {
    this.label = label
  }
}

const STEPS_PER_BREATH = 20_000

export class Evaluator {
  readonly #maxSteps: number
  #steps = 0
  #isOut = false

  constructor(maxSteps: number) {
    this.#maxSteps = maxSteps
  }

  /** Counts a step of work; true now and then: take a breath. */
  step(): boolean {
    this.#steps++
    if (this.#steps > this.#maxSteps) throw new JqLimit(`the query takes more than ${this.#maxSteps} steps`)
    if (this.#steps % STEPS_PER_BREATH === 0) this.#isOut = true
    return this.#isOut
  }

  *breathe(): Results {
    if (!this.#isOut) return
    this.#isOut = false
    yield PAUSE
  }

  run(node: Node, scope: Scope | undefined, item: Item): Results {
    this.step()
    switch (node.is) {
      case 'self':
        return [item]
      case 'literal':
        return [made(item, node.value)]
      case 'variable':
        return [made(item, this.#variable(node.name, scope))]
      case 'format':
        return [made(item, formatted(node.name, item.value))]
      case 'text':
        return this.#text(node, scope, item)
      case 'index':
        return this.#index(node, scope, item)
      case 'slice':
        return this.#slice(node, scope, item)
      case 'each':
        return this.#each(node.of, scope, item)
      case 'list':
        return this.#list(node.of, scope, item)
      case 'map':
        return this.#map(node.entries, 0, {}, scope, item)
      case 'negate':
        return this.#each1(node.of, scope, item, value => negate(value))
      case 'pipe':
        return this.#pipe(node, scope, item)
      case 'comma':
        return this.#comma(node, scope, item)
      case 'and':
      case 'or':
        return this.#logic(node.is === 'or', node, scope, item)
      case 'alternative':
        return this.#alternative(node, scope, item)
      case 'arithmetic':
        return this.#binary(node, scope, item, ARITHMETIC[node.op])
      case 'comparison':
        return this.#binary(node, scope, item, COMPARISONS[node.op])
      case 'assign':
        return assign(this, node, scope, item)
      case 'if':
        return this.#if(node, scope, item)
      case 'try':
        return this.#try(node, scope, item)
      case 'reduce':
        return reduce(this, node, scope, item)
      case 'foreach':
        return foreach(this, node, scope, item)
      case 'bind':
        return bind(this, node, scope, item)
      case 'label':
        return this.#label(node, scope, item)
      case 'break':
        return this.#break(node.name, scope)
      case 'define':
        return this.run(node.body, withFunction(scope, node.definition), item)
      case 'call':
        return this.#call(node.name, node.args, scope, item)
    }
  }

  /** The same without paths. */
  values(node: Node, scope: Scope | undefined, value: Value): Results {
    return this.run(node, scope, { value, path: null })
  }

  #variable(name: string, scope: Scope | undefined): Value {
    const value = findVariable(scope, name)
    if (value !== undefined) return value
    if (name === 'ENV') return newDict()
    throw new JqSyntaxError(`the variable $${name} is not defined`)
  }

  *#each1(node: Node, scope: Scope | undefined, item: Item, change: (value: Value) => Value): Results {
    for (const found of this.values(node, scope, item.value))
      yield found === PAUSE ? PAUSE : made(item, change(found.value))
  }

  /** Every combination of what the parts give, the last part changing slowest. */
  *#text(
    node: Node & { is: 'text' },
    scope: Scope | undefined,
    item: Item,
    upto = node.parts.length,
    after = '',
  ): Results {
    const part = node.parts[upto - 1]
    if (part === undefined) yield made(item, after)
    else if (typeof part === 'string') yield* this.#text(node, scope, item, upto - 1, part + after)
    else {
      for (const found of this.values(part, scope, item.value)) {
        if (found === PAUSE) yield PAUSE
        else yield* this.#text(node, scope, item, upto - 1, formatted(node.format ?? 'text', found.value) + after)
      }
    }
  }

  *#index({ of, by }: Node & { is: 'index' }, scope: Scope | undefined, item: Item): Results {
    for (const term of this.run(of, scope, item)) {
      if (term === PAUSE) {
        yield PAUSE
        continue
      }
      if (by.is === 'literal') yield reached(term, by.value, get(term.value, by.value))
      else {
        for (const key of this.values(by, scope, item.value))
          yield key === PAUSE ? PAUSE : reached(term, key.value, get(term.value, key.value))
      }
    }
  }

  *#slice({ of, from, to }: Node & { is: 'slice' }, scope: Scope | undefined, item: Item): Results {
    const nothing: Node = { is: 'literal', value: null }
    for (const term of this.run(of, scope, item)) {
      if (term === PAUSE) {
        yield PAUSE
        continue
      }
      for (const end of this.values(to ?? nothing, scope, item.value)) {
        if (end === PAUSE) yield PAUSE
        else {
          for (const start of this.values(from ?? nothing, scope, item.value)) {
            if (start === PAUSE) yield PAUSE
            else {
              const key = Object.assign(newDict(), { end: end.value, start: start.value })
              yield reached(term, key, slice(term.value, start.value, end.value))
            }
          }
        }
      }
    }
  }

  *#each(of: Node, scope: Scope | undefined, item: Item): Results {
    for (const term of this.run(of, scope, item)) {
      if (term === PAUSE) {
        yield PAUSE
        continue
      }
      const { value } = term
      const keys = Array.isArray(value) ? value.keys() : isDict(value) ? sortedKeys(value) : undefined
      if (keys === undefined) throw new JqError(`${show(value)} cannot be iterated over`)
      for (const key of keys) {
        if (this.step()) yield* this.breathe()
        yield reached(term, key, (value as Record<string | number, Value>)[key]!)
      }
    }
  }

  *#list(of: Node | undefined, scope: Scope | undefined, item: Item): Results {
    const list: Value[] = []
    if (of !== undefined) {
      for (const found of this.values(of, scope, item.value)) {
        if (found === PAUSE) yield PAUSE
        else list.push(found.value)
        if (this.step()) yield* this.breathe()
      }
    }
    yield made(item, list)
  }

  *#map(
    entries: readonly { key: Node; value: Node }[],
    from: number,
    before: Record<string, Value>,
    scope: Scope | undefined,
    item: Item,
  ): Results {
    const entry = entries[from]
    if (entry === undefined) {
      yield made(item, newDict(before))
      return
    }
    for (const key of this.values(entry.key, scope, item.value)) {
      if (key === PAUSE) {
        yield PAUSE
        continue
      }
      const name = key.value
      if (typeof name !== 'string') throw new JqError(`a key must be a text, not ${show(name)}`)
      for (const found of this.values(entry.value, scope, item.value)) {
        if (found === PAUSE) yield PAUSE
        else {
          const dict = newDict(before)
          dict[name] = found.value
          yield* this.#map(entries, from + 1, dict, scope, item)
        }
      }
    }
  }

  *#pipe({ left, right }: Pair, scope: Scope | undefined, item: Item): Results {
    for (const found of this.run(left, scope, item)) {
      if (found === PAUSE) yield PAUSE
      else {
        if (this.step()) yield* this.breathe()
        yield* this.run(right, scope, found)
      }
    }
  }

  *#comma({ left, right }: Pair, scope: Scope | undefined, item: Item): Results {
    yield* this.run(left, scope, item)
    yield* this.run(right, scope, item)
  }

  *#logic(isOr: boolean, { left, right }: Pair, scope: Scope | undefined, item: Item): Results {
    for (const first of this.values(left, scope, item.value)) {
      if (first === PAUSE) yield PAUSE
      else if (isTrue(first.value) === isOr) yield made(item, isOr)
      else yield* this.#each1(right, scope, item, isTrue)
    }
  }

  *#alternative({ left, right }: Pair, scope: Scope | undefined, item: Item): Results {
    let isFound = false
    for (const found of this.run(left, scope, item)) {
      if (found !== PAUSE && !isTrue(found.value)) continue
      isFound ||= found !== PAUSE
      yield found
    }
    if (!isFound) yield* this.run(right, scope, item)
  }

  *#binary({ left, right }: Pair, scope: Scope | undefined, item: Item, apply: (a: Value, b: Value) => Value): Results {
    for (const second of this.values(right, scope, item.value)) {
      if (second === PAUSE) yield PAUSE
      else yield* this.#each1(left, scope, item, first => apply(first, second.value))
    }
  }

  /** Paths that a node reaches, with what is there. */
  *paths(node: Node, scope: Scope | undefined, value: Value): Iterable<{ path: Value[]; value: Value } | undefined> {
    for (const found of this.run(node, scope, { value, path: [] })) {
      if (found === PAUSE) yield PAUSE
      else if (found.made) throw new JqError(`${show(found.value)} is made by the query and has no path`)
      else yield { path: found.path!, value: found.value }
    }
  }

  *#if({ test, then, otherwise }: Node & { is: 'if' }, scope: Scope | undefined, item: Item): Results {
    for (const found of this.values(test, scope, item.value)) {
      if (found === PAUSE) yield PAUSE
      else yield* this.run(isTrue(found.value) ? then : otherwise, scope, item)
    }
  }

  *#try({ body, handler }: Node & { is: 'try' }, scope: Scope | undefined, item: Item): Results {
    let caught: JqError
    try {
      yield* this.run(body, scope, item)
      return
    } catch (error) {
      if (!(error instanceof JqError)) throw error
      caught = error
    }
    if (handler !== undefined) yield* this.run(handler, scope, made(item, caught.value))
  }

  *#label({ name, body }: Node & { is: 'label' }, scope: Scope | undefined, item: Item): Results {
    const label: Scope = { binding: { is: 'label', name }, outer: scope }
    try {
      yield* this.run(body, label, item)
    } catch (error) {
      if (!(error instanceof Break) || error.label !== label) throw error
    }
  }

  #break(name: string, scope: Scope | undefined): Results {
    const label = findLabel(scope, name)
    if (label === undefined) throw new JqSyntaxError(`the label $${name} is not defined`)
    throw new Break(label)
  }

  #call(name: string, args: readonly Node[], scope: Scope | undefined, item: Item): Results {
    const full = `${name}/${args.length}`
    const found = findFunction(scope, full)
    if (found !== undefined) return this.#apply(found.closure, args, scope, found.scope, item)
    const native = NATIVES.get(full)
    if (native !== undefined) return native(this, args, scope, item)
    const written = PRELUDE.get(full)
    if (written === undefined) throw new JqSyntaxError(`the function ${full} is not defined`)
    return this.#apply(written, args, scope, undefined, item)
  }

  /** Calls a function: plain parameters stay queries, those with a dollar are values, in every combination. */
  *#apply(
    { params, body }: Pick<Definition, 'params' | 'body'>,
    args: readonly Node[],
    scope: Scope | undefined,
    inner: Scope | undefined,
    item: Item,
    from = 0,
  ): Results {
    const [param, arg] = [params[from], args[from]]
    if (param === undefined || arg === undefined) {
      yield* this.run(body, inner, item)
      return
    }
    if (!param.startsWith('$')) {
      yield* this.#apply({ params, body }, args, scope, withArgument(inner, param, arg, scope), item, from + 1)
      return
    }
    const name = param.slice(1)
    for (const found of this.values(arg, scope, item.value)) {
      if (found === PAUSE) {
        yield PAUSE
        continue
      }
      const literal: Node = { is: 'literal', value: found.value }
      const bound = withArgument(withVariable(inner, name, found.value), name, literal, undefined)
      yield* this.#apply({ params, body }, args, scope, bound, item, from + 1)
    }
  }
}

const COMPARISONS = {
  '==': (a: Value, b: Value) => compare(a, b) === 0,
  '!=': (a: Value, b: Value) => compare(a, b) !== 0,
  '<': (a: Value, b: Value) => compare(a, b) < 0,
  '<=': (a: Value, b: Value) => compare(a, b) <= 0,
  '>': (a: Value, b: Value) => compare(a, b) > 0,
  '>=': (a: Value, b: Value) => compare(a, b) >= 0,
}

/** A value that the query makes. */
export const made = ({ path }: Item, value: Value): Item =>
  path === null ? { value, path } : { value, path, made: true }

/** What is at a key of another item. */
export function reached({ path, made: isMade, value: from }: Item, key: Value, value: Value): Item {
  if (path === null) return { value, path }
  if (isMade) throw new JqError(`${show(from)} is made by the query: a path cannot go on with ${toText(key)}`)
  return { value, path: [...path, key] }
}
