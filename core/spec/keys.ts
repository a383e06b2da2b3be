// From a map of a file to its known fields: canonical names, and for everything else an error with the nearest known key.

import { type KeyTable, snakeToCamel } from './fields.ts'
import { child, type Field, isNull, type MapNode, type YamlNode } from './node.ts'
import type { Report } from './report.ts'

/** The fields of one map by canonical key. */
export interface Fields {
  node: YamlNode
  path: string
  map: Map<string, Field>
}

/** `what` names the block in messages: `the step`, `handler_on`. Null and a wrong kind give no fields (the latter with an error). */
export function readFields(report: Report, field: Field, keys: KeyTable, what: string): Fields {
  const fields: Fields = { node: field.node, path: field.path, map: new Map() }
  if (isNull(field.node)) return fields
  if (field.node.kind !== 'map') {
    report.error('dag.bad_type', field.path, field.node, `${what} must be a map, not ${kindOf(field.node)}`)
    return fields
  }
  const names = namesOf(keys)
  const writtenAs = new Map<string, string>()
  for (const entry of field.node.entries) {
    if (report.full) break
    const place = { source: field.node.source, offset: entry.keyOffset }
    const path = child(field.path, entry.key)
    const key = names.get(entry.key)
    if (key === undefined) {
      report.error(
        'dag.unknown_key',
        path,
        place,
        `unknown key ${JSON.stringify(entry.key)} in ${what}`,
        nearest(entry.key, names),
      )
      continue
    }
    const before = writtenAs.get(key)
    if (before !== undefined) {
      report.error(
        'dag.conflict',
        path,
        place,
        `"${before}" and "${entry.key}" are the same field`,
        'keep one of the two',
      )
      continue
    }
    writtenAs.set(key, entry.key)
    fields.map.set(key, { node: entry.value, path })
  }
  return fields
}

/** Fields of an optional block; undefined when it is absent or null. */
export function readBlock(report: Report, field: Field | undefined, keys: KeyTable, what: string): Fields | undefined {
  return field && !isNull(field.node) ? readFields(report, field, keys, what) : undefined
}

const cache = new WeakMap<KeyTable, Map<string, string>>()

function namesOf(keys: KeyTable): Map<string, string> {
  let names = cache.get(keys)
  if (!names) {
    names = new Map()
    for (const [key, aliases] of Object.entries(keys)) {
      for (const name of [key, ...aliases]) {
        names.set(name, key)
        names.set(snakeToCamel(name), key)
      }
    }
    cache.set(keys, names)
  }
  return names
}

export const kindOf = (node: YamlNode): string =>
  node.kind === 'map'
    ? 'a map'
    : node.kind === 'seq'
      ? 'a list'
      : node.value === null
        ? 'null'
        : `a ${typeof node.value}`

/** The hint for a key or value that is nearly one of the known ones. */
export function nearest(word: string, known: Iterable<string> | Map<string, string>): string | undefined {
  const candidates = known instanceof Map ? new Set(known.values()) : new Set(known)
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  if (word.length > 60) return undefined
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best === undefined ? undefined : `did you mean ${JSON.stringify(best)}?`
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 20) return 99
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Fields of a map by layers, weakest first; asking gives the strongest that says anything. */
export class Layers {
  readonly layers: Fields[]

  constructor(layers: Fields[]) {
    this.layers = layers
  }

  /** The strongest value that is neither null nor empty text. */
  get(key: string): Field | undefined {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const field = this.layers[i]?.map.get(key)
      if (field && !(field.node.kind === 'scalar' && (field.node.value === null || field.node.value === '')))
        return field
    }
    return undefined
  }

  /** Every layer's value, weakest first, nulls left out. */
  all(key: string): Field[] {
    return this.layers.flatMap(layer => {
      const field = layer.map.get(key)
      return field && !isNull(field.node) ? [field] : []
    })
  }

  /** The keys of a block, merged: each as the strongest layer says it. */
  block(report: Report, key: string, keys: KeyTable): Layers {
    return new Layers(this.all(key).map(field => readFields(report, field, keys, key)))
  }
}

/** Keys of a map with arbitrary names, as fields. */
export function entriesOf(field: Field<MapNode>): { key: string; field: Field; keyOffset: number }[] {
  return field.node.entries.map(entry => ({
    key: entry.key,
    keyOffset: entry.keyOffset,
    field: { node: entry.value, path: child(field.path, entry.key) },
  }))
}

export const isMapField = (field: Field): field is Field<MapNode> => field.node.kind === 'map'
