// The syntax tree of a query.
import type { Value } from './values.ts'

export type Pattern =
  | { is: 'variable'; name: string }
  | { is: 'list'; items: Pattern[] }
  | { is: 'map'; entries: { key: Node; variable?: string; value?: Pattern }[] }

export interface Definition {
  name: string
  params: string[]
  body: Node
}

export type Arithmetic = '+' | '-' | '*' | '/' | '%'
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

export type Node =
  | { is: 'self' }
  | { is: 'literal'; value: Value }
  | { is: 'text'; format?: string; parts: (string | Node)[] }
  | { is: 'format'; name: string }
  | { is: 'index'; of: Node; by: Node }
  | { is: 'slice'; of: Node; from?: Node; to?: Node }
  | { is: 'each'; of: Node }
  | { is: 'list'; of?: Node }
  | { is: 'map'; entries: { key: Node; value: Node }[] }
  | { is: 'negate'; of: Node }
  | { is: 'pipe' | 'comma' | 'and' | 'or' | 'alternative'; left: Node; right: Node }
  | { is: 'arithmetic'; op: Arithmetic; left: Node; right: Node }
  | { is: 'comparison'; op: Comparison; left: Node; right: Node }
  | { is: 'assign'; op: string; left: Node; right: Node }
  | { is: 'if'; test: Node; then: Node; otherwise: Node }
  | { is: 'try'; body: Node; handler?: Node }
  | { is: 'reduce'; source: Node; pattern: Pattern; start: Node; update: Node }
  | { is: 'foreach'; source: Node; pattern: Pattern; start: Node; update: Node; extract?: Node }
  | { is: 'bind'; source: Node; patterns: Pattern[]; body: Node }
  | { is: 'label'; name: string; body: Node }
  | { is: 'break'; name: string }
  | { is: 'define'; definition: Definition; body: Node }
  | { is: 'call'; name: string; args: Node[] }
  | { is: 'variable'; name: string }

export const SELF: Node = { is: 'self' }

/** The query cannot be read. */
export class JqSyntaxError extends Error {}
