// What gives names to values: `as`, `reduce` and `foreach`.
import { bindPattern, variablesOf } from './bind.ts'
import { type Evaluator, made, PAUSE, type Results } from './evaluate.ts'
import { type Item, type Scope, withVariable } from './scope.ts'
import type { Node } from './syntax.ts'
import { JqError, type Value } from './values.ts'

type Fold = Node & { is: 'reduce' | 'foreach' }
/** What one value of the source makes of the state; what it yields are results. */
type Round = (inner: Scope | undefined, state: Value) => Generator<Item | typeof PAUSE, Value>

/** For each start: the state goes through all that the source gives; `end` is told the last one. */
function* fold(
  evaluator: Evaluator,
  node: Fold,
  scope: Scope | undefined,
  item: Item,
  round: Round,
  end?: (state: Value) => Item,
): Results {
  for (const start of evaluator.values(node.start, scope, item.value)) {
    if (start === PAUSE) {
      yield PAUSE
      continue
    }
    let state: Value = start.value
    for (const inner of bound(evaluator, node.source, node.pattern, scope, item)) {
      if (inner === PAUSE) {
        yield PAUSE
        continue
      }
      state = yield* round(inner, state)
      if (evaluator.step()) yield* evaluator.breathe()
    }
    if (end) yield end(state)
  }
}

export function reduce(
  evaluator: Evaluator,
  node: Node & { is: 'reduce' },
  scope: Scope | undefined,
  item: Item,
): Results {
  const round: Round = function* (inner, state) {
    let next = state
    for (const found of evaluator.values(node.update, inner, state)) {
      if (found === PAUSE) yield PAUSE
      else next = found.value
    }
    return next
  }
  return fold(evaluator, node, scope, item, round, state => made(item, state))
}

export function foreach(
  evaluator: Evaluator,
  node: Node & { is: 'foreach' },
  scope: Scope | undefined,
  item: Item,
): Results {
  const round: Round = function* (inner, before) {
    let state = before
    for (const found of evaluator.values(node.update, inner, before)) {
      if (found === PAUSE) {
        yield PAUSE
        continue
      }
      state = found.value
      if (node.extract === undefined) yield made(item, state)
      else yield* evaluator.run(node.extract, inner, made(item, state))
    }
    return state
  }
  return fold(evaluator, node, scope, item, round)
}

/** A scope for each way in which the pattern fits what the source gives. */
function* bound(
  evaluator: Evaluator,
  source: Node,
  pattern: Parameters<typeof bindPattern>[1],
  scope: Scope | undefined,
  item: Item,
): Iterable<Scope | undefined> {
  for (const found of evaluator.values(source, scope, item.value)) {
    if (found === PAUSE) yield PAUSE
    else yield* bindPattern(evaluator, pattern, scope, found.value, item.value)
  }
}

export function* bind(
  evaluator: Evaluator,
  { source, patterns, body }: Node & { is: 'bind' },
  scope: Scope | undefined,
  item: Item,
): Results {
  const names = patterns.length === 1 ? [] : patterns.flatMap(variablesOf)
  const outer = names.reduce<Scope | undefined>((at, name) => withVariable(at, name, null), scope)
  for (const found of evaluator.values(source, scope, item.value)) {
    if (found === PAUSE) {
      yield PAUSE
      continue
    }
    for (const [index, pattern] of patterns.entries()) {
      try {
        for (const inner of bindPattern(evaluator, pattern, outer, found.value, item.value)) {
          if (inner === PAUSE) yield PAUSE
          else yield* evaluator.run(body, inner, item)
        }
        break
      } catch (error) {
        if (!(error instanceof JqError) || index === patterns.length - 1) throw error
      }
    }
  }
}
