// What a start brings: text, JSON or a list, as positional and named values.

import { parseJsonExactly } from '../spec/json.ts'
import { parseTokens } from './tokens.ts'
import { valueText } from './values.ts'

/** Params as a client gives them: text (`a K=v`, or JSON), an object, a list of texts (`["a", "K=v"]`), or nothing. */
export type Overrides = string | Record<string, unknown> | readonly string[] | undefined

export interface Given {
  positional: string[]
  /** In the order given; the last one of a name counts. */
  named: Map<string, unknown>
  /** Text of a start that was JSON, kept for DAG_PARAMS_JSON. */
  rawJson?: string
}

/** Names that a webhook start adds, declared or not. */
export const UNCHECKED_NAMES: ReadonlySet<string> = new Set(['WEBHOOK_PAYLOAD', 'WEBHOOK_HEADERS'])

export function readOverrides(overrides: Overrides): Given {
  if (overrides === undefined) return { positional: [], named: new Map() }
  if (typeof overrides === 'string') return readTextOverrides(overrides)
  if (isList(overrides)) {
    const given: Given = { positional: [], named: new Map() }
    // A request's body may hold anything, whatever the type says.
    for (const item of overrides) readItem(given, valueText(item))
    return given
  }
  const named = new Map(Object.entries(overrides))
  return named.size === 0 ? { positional: [], named } : { positional: [], named, rawJson: JSON.stringify(overrides) }
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value)

/** An element of a list is one token: what follows `K=` may hold blanks. */
function readItem(given: Given, item: string): void {
  const pair = /^([A-Za-z_][A-Za-z0-9_.-]*)=([\s\S]*)$/.exec(item)
  if (pair) given.named.set(pair[1] ?? '', pair[2] ?? '')
  else given.positional.push(item)
}

function readTextOverrides(text: string): Given {
  const json = /^\s*[[{]/.test(text) ? parseJsonExactly(text) : undefined
  if (Array.isArray(json)) return { positional: json.map(valueText), named: new Map(), rawJson: text.trim() }
  if (typeof json === 'object' && json !== null) {
    const named = new Map(Object.entries(json))
    return named.size === 0 ? { positional: [], named } : { positional: [], named, rawJson: text.trim() }
  }
  const given: Given = { positional: [], named: new Map() }
  for (const token of parseTokens(text)) {
    if (token.name === undefined) given.positional.push(token.value)
    else given.named.set(token.name, token.value)
  }
  return given
}

/** True when a start brings no parameter at all. */
export function isEmptyOverrides(overrides: Overrides): boolean {
  const given = readOverrides(overrides)
  return given.positional.length === 0 && given.named.size === 0
}
