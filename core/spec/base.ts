// Base configurations under a DAG file: which of their fields count, and how their blocks combine with the file's own.

import { canonical } from './canonical.ts'
import type { HandlerKind } from './dag.ts'
import { DEFAULTS_KEYS, HANDLER_KEYS } from './fields.ts'
import { entriesOf, type Fields, isMapField, type Layers, readFields } from './keys.ts'
import { type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import { wrongType } from './values.ts'

/** Layers of one document, weakest first: global base, workspace base, the document. */
export interface Document {
  layers: Layers
  own: Fields
}

type Json = Record<string, unknown>
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Deep merge: maps by key, everything else replaced; null in the stronger one removes. */
export function mergeJson(weak: unknown, strong: unknown): unknown {
  if (!isJson(weak) || !isJson(strong)) return strong
  const out: Json = { ...weak }
  for (const [key, value] of Object.entries(strong)) {
    if (value === null) delete out[key]
    else out[key] = mergeJson(out[key], value)
  }
  return out
}

/** A block that is passed to executors as it is written, merged over the layers; `replace` takes the strongest alone. */
export function mergedBlock(report: Report, document: Document, key: string, how: 'merge' | 'replace'): unknown {
  const fields = document.layers.all(key)
  for (const field of fields) {
    if (field.node.kind === 'seq') wrongType(report, field, 'a map')
  }
  const values = fields.map(field => canonical(toJson(field.node)))
  if (values.length === 0) return undefined
  return how === 'replace' ? values.at(-1) : values.reduce(mergeJson)
}

/** The file's `defaults`, weakest layer first. */
export function readDefaults(report: Report, document: Document): Fields[] {
  return document.layers.all('defaults').map(field => readFields(report, field, DEFAULTS_KEYS, 'defaults'))
}

/** Handlers by kind: the strongest layer's, and whether it comes from a base configuration. */
export function readHandlerFields(
  report: Report,
  document: Document,
  withBase: boolean,
): Map<HandlerKind, { field: Field; inherited: boolean }> {
  const handlers = new Map<HandlerKind, { field: Field; inherited: boolean }>()
  for (const layer of document.layers.layers) {
    const inherited = layer !== document.own
    const at = layer.map.get('handler_on')
    if (!at || isNull(at.node) || (inherited && !withBase)) continue
    for (const [kind, field] of readFields(report, at, HANDLER_KEYS, 'handler_on').map) {
      if (isNull(field.node)) handlers.delete(kind as HandlerKind)
      else handlers.set(kind as HandlerKind, { field, inherited })
    }
  }
  return handlers
}

/** Custom step types of all layers; one name in two of them is an error. */
export function readStepTypeFields(report: Report, document: Document): { key: string; field: Field }[] {
  const seen = new Set<string>()
  return document.layers.all('step_types').flatMap(at => {
    if (!isMapField(at)) return wrongType(report, at, 'a map of step types') ?? []
    return entriesOf(at).filter(({ key, field }) => {
      if (seen.has(key))
        report.error('dag.duplicate_name', field.path, field.node, `duplicate step type ${JSON.stringify(key)}`)
      return !seen.has(key) && seen.add(key)
    })
  })
}
