// The tree that every reader of a DAG file works on: plain YAML values with the place where each was written.
// Maps are lists of entries, so no key of a file can ever touch a prototype.

export interface Source {
  text: string
  /** Said in messages about another text than the DAG file itself, e.g. `base configuration`. */
  label?: string
  /** Offset of the first character of each line. */
  lineStarts: number[]
}

interface Placed {
  source: Source
  offset: number
  /** Number of nodes below, aliases counted as often as they are used. */
  size: number
}

export interface ScalarNode extends Placed {
  kind: 'scalar'
  value: string | number | boolean | null
  /** The value as a variable would hold it: `true`, `10`, `1.5`; `""` for null. */
  text: string
}

export interface MapNode extends Placed {
  kind: 'map'
  entries: MapEntry[]
}

export interface MapEntry {
  key: string
  keyOffset: number
  value: YamlNode
}

export interface SeqNode extends Placed {
  kind: 'seq'
  items: YamlNode[]
}

export type YamlNode = ScalarNode | MapNode | SeqNode

/** A value at a path of the document, e.g. `steps[1].retry_policy.limit`. */
export interface Field<N extends YamlNode = YamlNode> {
  node: N
  path: string
}

export const child = (parent: string, key: string): string => (parent === '' ? key : `${parent}.${key}`)

export const isNull = (node: YamlNode): boolean => node.kind === 'scalar' && node.value === null

/** True for what counts as "not said" when layers are merged: null, empty text. */
export const isBlank = (node: YamlNode): boolean => node.kind === 'scalar' && (node.value === null || node.value === '')

/** The elements of a list with their paths; a single value counts as a list of one, null as none. */
export function elements(field: Field): Field[] {
  if (field.node.kind === 'seq') return field.node.items.map((node, i) => ({ node, path: `${field.path}[${i}]` }))
  return isNull(field.node) ? [] : [field]
}

/** Plain JSON of a node. Forbidden keys never get here (read-yaml refuses them). */
export function toJson(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'seq') return node.items.map(toJson)
  const out: Record<string, unknown> = {}
  for (const { key, value } of node.entries) out[key] = toJson(value)
  return out
}

/** A scalar's text, or compact JSON for lists and maps. */
export const toText = (node: YamlNode): string => (node.kind === 'scalar' ? node.text : JSON.stringify(toJson(node)))

/** Finds line and column (1-based) of an offset. */
export function placeOf(source: Source, offset: number): { line: number; column: number } {
  let low = 0
  let high = source.lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((source.lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (source.lineStarts[low] ?? 0) + 1 }
}

export function newSource(text: string, label?: string): Source {
  const lineStarts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1)
  return label === undefined ? { text, lineStarts } : { text, lineStarts, label }
}
