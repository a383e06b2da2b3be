// The `params` field in all its forms: text, lists, maps, rich definitions and JSON Schema, normalised to definitions with checked defaults.

import type { ParamDef, ParamsSpec } from '../spec/dag.ts'
import { PARAM_KEYS } from '../spec/fields.ts'
import { parseJson } from '../spec/json.ts'
import { entriesOf, isMapField, readFields } from '../spec/keys.ts'
import { child, elements, type Field, isBlank, type MapNode, toJson, toText } from '../spec/node.ts'
import { readSchema, type SchemaFiles } from '../spec/output.ts'
import type { Report } from '../spec/report.ts'
import { badValue, wrongType } from '../spec/values.ts'
import { isRich, readRichDef } from './rich.ts'
import { schemaDefs } from './schema.ts'
import { parseTokens } from './tokens.ts'
import { valueText } from './values.ts'

const NONE: ParamsSpec = { mode: 'none', defs: [] }

/** Reads the declaration of one layer (a file or a base configuration). */
export function readParams(report: Report, field: Field | undefined, files: SchemaFiles): ParamsSpec {
  if (!field || isBlank(field.node)) return NONE
  if (isMapField(field)) return readMap(report, field, files)
  const items = field.node.kind === 'seq' ? elements(field) : [field]
  const rich = items.some(isRich)
  const defs = items.flatMap(item => {
    if (isMapField(item)) return rich && isRich(item) ? (readRichDef(report, item) ?? []) : readPairs(report, item)
    if (item.node.kind !== 'scalar') return wrongType(report, item, 'a text or a map') ?? []
    return field.node.kind === 'seq' && !/[=\s"`]/.test(item.node.text)
      ? [{ default: item.node.text }]
      : readText(item.node.text)
  })
  refuseRepeats(report, field, defs)
  return defs.length === 0 ? NONE : { mode: rich ? 'rich' : 'list', defs }
}

function readText(text: string): ParamDef[] {
  const json = /^\s*[[{]/.test(text) ? parseJson(text) : undefined
  if (Array.isArray(json)) return json.map(value => ({ default: valueText(value) }))
  if (typeof json === 'object' && json !== null) {
    return Object.entries(json).map(([name, value]) => ({ name, default: valueText(value) }))
  }
  return parseTokens(text).map(token => ({
    ...(token.name === undefined ? {} : { name: token.name }),
    default: token.value,
  }))
}

/** `- K: v` and `K: v`; the older nested form of a definition is refused with the new one as hint. */
function readPairs(report: Report, field: Field<MapNode>): ParamDef[] {
  return entriesOf(field).flatMap(({ key, field: value }) => {
    const nested = value.node
    if (nested.kind === 'map' && nested.entries.some(entry => entry.key in PARAM_KEYS)) {
      const hint = `rewrite it as an object with a name: - name: ${key}`
      return badValue(report, value, 'is written in the older nested form of a definition', hint) ?? []
    }
    return [{ name: key, default: toText(value.node) }]
  })
}

function readMap(report: Report, field: Field<MapNode>, files: SchemaFiles): ParamsSpec {
  const get = (key: string) => field.node.entries.find(entry => entry.key === key)?.value
  const [type, properties, schema, values] = [get('type'), get('properties'), get('schema'), get('values')]
  if (type?.kind === 'scalar' && type.value === 'object' && properties?.kind === 'map') {
    return schemaMode(report, field, toJson(field.node), {})
  }
  const isReference = schema?.kind === 'scalar' && typeof schema.value === 'string' && /[/\\.]|:\/\//.test(schema.value)
  const isSchemaMode = schema !== undefined && (values !== undefined || isReference || schema.kind === 'map')
  if (isSchemaMode) {
    readFields(report, field, { schema: [], values: [] }, 'params in schema mode')
    const at = { node: schema, path: child(field.path, 'schema') }
    const given = values?.kind === 'map' ? (toJson(values) as Record<string, unknown>) : {}
    if (values && values.kind !== 'map' && !isBlank(values))
      wrongType(report, { node: values, path: child(field.path, 'values') }, 'a map')
    return schemaMode(report, at, readSchema(report, at, files), given)
  }
  // The map form has no order of its own: names are sorted, as the format says.
  const defs = readPairs(report, field).sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
  return defs.length === 0 ? NONE : { mode: 'list', defs }
}

function schemaMode(report: Report, field: Field, schema: unknown, values: Record<string, unknown>): ParamsSpec {
  if (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type !== 'object') {
    badValue(report, field, 'must be a JSON Schema of type object')
  }
  return { mode: 'schema', defs: schemaDefs(schema, values), schema }
}

function refuseRepeats(report: Report, field: Field, defs: ParamDef[]): void {
  const seen = new Set<string>()
  for (const { name } of defs) {
    if (name === undefined) continue
    if (seen.has(name))
      report.error('dag.duplicate_name', field.path, field.node, `duplicate parameter ${JSON.stringify(name)}`)
    seen.add(name)
  }
}

/** A base configuration's declaration under a DAG's own: merged by name; a schema replaces as a whole. */
export function mergeParams(base: ParamsSpec, own: ParamsSpec): ParamsSpec {
  if (own.mode === 'none') return base
  if (base.mode === 'none' || base.mode === 'schema' || own.mode === 'schema') return own
  const names = new Set(own.defs.map(def => def.name))
  const inherited = base.defs.filter(def => def.name !== undefined && !names.has(def.name))
  return { mode: own.mode === 'rich' || base.mode === 'rich' ? 'rich' : 'list', defs: [...inherited, ...own.defs] }
}
