// The `output` field of a step: a captured variable, or values that are published key by key.

import { parseSelect } from '../expr/json-path.ts'
import type { StepOutput } from './dag.ts'
import { OUTPUT_KEYS, OUTPUT_SOURCE_KEYS } from './fields.ts'
import { parseJson } from './json.ts'
import { entriesOf, isMapField, readFields } from './keys.ts'
import { child, type Field, isNull, toJson } from './node.ts'
import type { Report } from './report.ts'
import { badValue, readBoolean, readString, readText, readWord, wrongType } from './values.ts'

/** Contents of schema files that came with the DAG, by the path that the DAG uses. */
export type SchemaFiles = Readonly<Record<string, string>>

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

/** An object whose keys are among name, key, omit and schema, with a text as name, is a variable; any other publishes values. */
export function readOutput(report: Report, field: Field | undefined, files: SchemaFiles): StepOutput | undefined {
  if (!field || isNull(field.node)) return undefined
  if (!isMapField(field)) {
    const text = readString(report, field)?.trim()
    if (!text) return undefined
    const name = readVariableName(report, field, text)
    return name === undefined ? undefined : { kind: 'variable', name }
  }
  const entries = entriesOf(field)
  const name = entries.find(entry => entry.key === 'name')?.field.node
  const isVariable =
    name?.kind === 'scalar' && typeof name.value === 'string' && entries.every(entry => entry.key in OUTPUT_KEYS)
  if (isVariable) return readVariableForm(report, field, files)
  return {
    kind: 'structured',
    entries: entries.flatMap(entry => {
      const source = readEntry(report, entry.field)
      return source === undefined ? [] : [{ key: entry.key, source }]
    }),
  }
}

function readVariableName(report: Report, field: Field, text: string): string | undefined {
  const name = text.replace(/^\$\{(.*)\}$/, '$1').replace(/^\$/, '')
  return VARIABLE.test(name)
    ? name
    : badValue(report, field, 'must be a variable name', 'letters, digits and _, no digit first')
}

function readVariableForm(report: Report, field: Field, files: SchemaFiles): StepOutput | undefined {
  const fields = readFields(report, field, OUTPUT_KEYS, 'output')
  const nameAt = fields.map.get('name')
  const name = nameAt && readVariableName(report, nameAt, readText(report, nameAt)?.trim() ?? '')
  const key = readText(report, fields.map.get('key'))
  const omit = readBoolean(report, fields.map.get('omit'))
  const schema = readSchema(report, fields.map.get('schema'), files)
  if (name === undefined) return undefined
  return {
    kind: 'variable',
    name,
    ...(key ? { key } : {}),
    ...(omit ? { omit } : {}),
    ...(schema === undefined ? {} : { schema }),
  }
}

/** An inline schema, a boolean, or the path of a file: its content where it came along, else the path as it is. */
export function readSchema(report: Report, field: Field | undefined, files: SchemaFiles): unknown {
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind === 'map') return toJson(field.node)
  if (field.node.kind === 'seq') return wrongType(report, field, 'a JSON Schema, a boolean or a path')
  if (typeof field.node.value === 'boolean') return field.node.value
  const path = field.node.text
  const content = findFile(files, path)
  if (content === undefined) {
    const hint = 'the schema is read by whoever pushes the file'
    report.warn(
      'dag.schema_not_pinned',
      field.path,
      field.node,
      `the schema file ${JSON.stringify(path)} did not come with the DAG`,
      hint,
    )
    return path
  }
  const parsed = parseJson(content)
  if (typeof parsed === 'boolean' || (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)))
    return parsed
  return badValue(report, field, 'is not a JSON Schema: the file holds no JSON object')
}

function findFile(files: SchemaFiles, path: string): string | undefined {
  const known = [path, path.replace(/^\.\//, ''), `./${path}`].find(name => Object.hasOwn(files, name))
  return known === undefined ? undefined : files[known]
}

type Source = Extract<StepOutput, { kind: 'structured' }>['entries'][number]['source']

function readEntry(report: Report, field: Field): Source | undefined {
  const keys = isMapField(field) ? field.node.entries.map(entry => entry.key) : []
  const isSource = keys.includes('from') || (keys.includes('value') && keys.every(key => key in OUTPUT_SOURCE_KEYS))
  if (!isSource) return { from: 'literal', value: toJson(field.node) }
  const fields = readFields(report, field, OUTPUT_SOURCE_KEYS, 'an output entry')
  const [fromAt, valueAt] = [fields.map.get('from'), fields.map.get('value')]
  if (valueAt) {
    if (fromAt) return badValue(report, field, 'takes either "value" or "from"')
    return { from: 'literal', value: toJson(valueAt.node) }
  }
  const from = readWord(report, fromAt, ['stdout', 'stderr', 'file'] as const)
  const decode = readWord(report, fields.map.get('decode'), ['text', 'json', 'yaml'] as const) ?? 'text'
  const path = readText(report, fields.map.get('path'))
  const select = readText(report, fields.map.get('select'))
  const selectAt = fields.map.get('select')
  if (select && selectAt && parseSelect(select) === undefined)
    badValue(report, selectAt, 'is no path such as .a.b[0]', 'use a jq step for more')
  else if (select && selectAt && decode === 'text')
    badValue(report, selectAt, 'needs decode: json or yaml: a text has no parts')
  if (from === undefined) return undefined
  if (from === 'file' && !path) {
    report.error('dag.missing', child(field.path, 'path'), field.node, 'an output from a file needs its path')
    return undefined
  }
  return { from, decode, ...(path ? { path } : {}), ...(select ? { select } : {}) }
}
