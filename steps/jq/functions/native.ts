// What a function that is not written in jq is, and the usual way to make one: of the input and the values of its arguments.
import type { Evaluator, Results } from '../evaluate.ts'
import type { Item, Scope } from '../scope.ts'
import type { Node } from '../syntax.ts'
import { JqError, show, type Value } from '../values.ts'

export type Native = (evaluator: Evaluator, args: readonly Node[], scope: Scope | undefined, item: Item) => Results
export type Natives = Readonly<Record<string, Native>>

type Plain = (input: Value, ...args: Value[]) => Value

/** Functions by `name/arity`; each is called with every combination of its arguments' values, the last changing slowest. */
export const plain = (functions: Readonly<Record<string, Plain>>): Natives =>
  Object.fromEntries(
    Object.entries(functions).map(([name, apply]) => [
      name,
      (evaluator, args, scope, item) => combinations(evaluator, args, args.length - 1, [], scope, item, apply),
    ]),
  )

function* combinations(
  evaluator: Evaluator,
  args: readonly Node[],
  from: number,
  values: Value[],
  scope: Scope | undefined,
  item: Item,
  apply: Plain,
): Results {
  const arg = args[from]
  if (arg === undefined) {
    const value = apply(item.value, ...values)
    yield item.path === null ? { value, path: null } : { value, path: item.path, made: true }
    return
  }
  for (const found of evaluator.values(arg, scope, item.value)) {
    if (found === undefined) yield undefined
    else yield* combinations(evaluator, args, from - 1, [found.value, ...values], scope, item, apply)
  }
}

export function textOf(value: Value, name: string): string {
  if (typeof value !== 'string') throw new JqError(`${name} takes a text, not ${show(value)}`)
  return value
}

export function listOf(value: Value, name: string): Value[] {
  if (!Array.isArray(value)) throw new JqError(`${name} takes a list, not ${show(value)}`)
  return value
}

export function numberOf(value: Value, name: string): number {
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw new JqError(`${name} takes a number, not ${show(value)}`)
  return Number(value)
}
