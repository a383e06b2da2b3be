// Where the fields of one step come from: itself, the template of its custom type, and the file's defaults, strongest first.

import type { Fields } from './keys.ts'
import { type Field, isNull } from './node.ts'

export interface StepSource {
  /** As written at the step. */
  own: Fields
  template?: Fields | undefined
  defaults: Fields[]
  /** Name given by a map key or a handler. */
  givenName?: string
  /** Position in the flattened list, from 1. */
  position: number
  /** Steps of the same nested list share a group. */
  group: number
  /** Name of the custom step type that was expanded. */
  customType?: string
}

/** The strongest layer's value for a key; a key that is present at the step wins even when its value is false, 0 or empty. */
export function get(source: StepSource, key: string): Field | undefined {
  for (const layer of [source.own, source.template, ...source.defaults.toReversed()]) {
    const field = layer?.map.get(key)
    if (field && !isNull(field.node)) return field
    if (field && layer === source.own) return undefined
  }
  return undefined
}

/** Values of a key that adds up over layers (env, preconditions), weakest first; an empty one at the step clears the rest. */
export function all(source: StepSource, key: string): Field[] {
  const own = source.own.map.get(key)
  const isEmpty =
    own &&
    (isNull(own.node) ||
      (own.node.kind === 'seq' && own.node.items.length === 0) ||
      (own.node.kind === 'map' && own.node.entries.length === 0))
  if (isEmpty) return []
  return [...source.defaults, source.template, source.own].flatMap(layer => layer?.map.get(key) ?? [])
}

/** True when the step, its template or the defaults say anything for a key. */
export const has = (source: StepSource, key: string): boolean => get(source, key) !== undefined
