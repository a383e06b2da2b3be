// Assignments: a copy of the input with other values at the places that the left side reaches.
import { deletePaths, getPath, setPath } from './access.ts'
import { ARITHMETIC } from './arithmetic.ts'
import { type Evaluator, made, PAUSE, type Results } from './evaluate.ts'
import type { Item, Scope } from './scope.ts'
import type { Arithmetic, Node } from './syntax.ts'
import { isTrue, type Value } from './values.ts'

export function* assign(
  evaluator: Evaluator,
  { op, left, right }: Node & { is: 'assign' },
  scope: Scope | undefined,
  item: Item,
): Results {
  if (op === '|=') {
    yield* update(evaluator, left, right, scope, item)
    return
  }
  for (const found of evaluator.values(right, scope, item.value)) {
    if (found === PAUSE) {
      yield PAUSE
      continue
    }
    let result = item.value
    for (const place of evaluator.paths(left, scope, item.value)) {
      if (place === PAUSE) yield PAUSE
      else result = setPath(result, place.path, assigned(op, getPath(result, place.path), found.value))
    }
    yield made(item, result)
  }
}

/** The first result of `change` takes the place; where there is none, the place is deleted. */
function* update(evaluator: Evaluator, left: Node, change: Node, scope: Scope | undefined, item: Item): Results {
  let result = item.value
  const empty: Value[] = []
  for (const place of evaluator.paths(left, scope, item.value)) {
    if (place === PAUSE) {
      yield PAUSE
      continue
    }
    let next: Value | undefined
    for (const found of evaluator.values(change, scope, getPath(result, place.path))) {
      if (found === PAUSE) yield PAUSE
      else {
        next = found.value
        break
      }
    }
    if (next === undefined) empty.push(place.path)
    else result = setPath(result, place.path, next)
  }
  yield made(item, empty.length === 0 ? result : deletePaths(result, empty))
}

function assigned(op: string, old: Value, value: Value): Value {
  if (op === '=') return value
  if (op === '//=') return isTrue(old) ? old : value
  return ARITHMETIC[op[0] as Arithmetic](old, value)
}
