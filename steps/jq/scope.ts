// What names stand for at a place of a query: variables, functions and labels, innermost first.
import type { Definition, Node } from './syntax.ts'
import type { Value } from './values.ts'

/** A value on its way through a query, with the path it was reached by where paths are asked for. */
export interface Item {
  value: Value
  /** null: nobody asks for paths. */
  path: Value[] | null
  /** It was made, not reached: it has no path. */
  made?: true
}

/** A function, or an argument, which is a function without parameters. */
export interface Closure {
  name: string
  params: string[]
  body: Node
  /** Absent: it sees the scope that it stands in itself, so that it can call itself. */
  scope?: Scope
}

export type Binding =
  | { is: 'variable'; name: string; value: Value }
  | { is: 'function'; closure: Closure }
  | { is: 'label'; name: string }

/** A chain of bindings; its identity is that of the label it holds. */
export interface Scope {
  binding: Binding
  outer: Scope | undefined
}

export const withVariable = (outer: Scope | undefined, name: string, value: Value): Scope => ({
  binding: { is: 'variable', name, value },
  outer,
})

export const withFunction = (outer: Scope | undefined, { name, params, body }: Definition): Scope => ({
  binding: { is: 'function', closure: { name: `${name}/${params.length}`, params, body } },
  outer,
})

/** An argument is evaluated where it was written. */
export const withArgument = (outer: Scope | undefined, name: string, body: Node, scope: Scope | undefined): Scope => ({
  binding: {
    is: 'function',
    closure: { name: `${name}/0`, params: [], body, scope: scope ?? NOTHING },
  },
  outer,
})

const NOTHING: Scope = { binding: { is: 'label', name: '' }, outer: undefined }

export function findVariable(scope: Scope | undefined, name: string): Value | undefined {
  for (let at = scope; at !== undefined; at = at.outer)
    if (at.binding.is === 'variable' && at.binding.name === name) return at.binding.value
  return undefined
}

/** The function of a name like `map/1`, with the scope that its body sees. */
export function findFunction(
  scope: Scope | undefined,
  name: string,
): { closure: Closure; scope: Scope | undefined } | undefined {
  for (let at = scope; at !== undefined; at = at.outer)
    if (at.binding.is === 'function' && at.binding.closure.name === name)
      return { closure: at.binding.closure, scope: at.binding.closure.scope ?? at }
  return undefined
}

export function findLabel(scope: Scope | undefined, name: string): Scope | undefined {
  for (let at = scope; at !== undefined; at = at.outer)
    if (at.binding.is === 'label' && at.binding.name === name) return at
  return undefined
}
