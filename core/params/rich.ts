// Rich parameter definitions: `- name: region, type: string, default: ..., enum: [...]`, with their constraints checked at load.

import type { ParamDef } from '../spec/dag.ts'
import { PARAM_KEYS } from '../spec/fields.ts'
import { type Fields, isMapField, readFields } from '../spec/keys.ts'
import { child, type Field, isNull, type MapNode, toText } from '../spec/node.ts'
import type { Report } from '../spec/report.ts'
import { badValue, readBoolean, readInteger, readText, readWord, wrongType } from '../spec/values.ts'
import { coerce, patternError, violation } from './values.ts'

const TYPES = ['string', 'integer', 'number', 'boolean'] as const

/** True for a list entry that has `name` and at least one other key of a definition. */
export function isRich(field: Field): field is Field<MapNode> {
  if (!isMapField(field)) return false
  const keys = field.node.entries.map(entry => entry.key)
  return (
    keys.includes('name') &&
    keys.length > 1 &&
    keys.some(key => key !== 'name' && (key in PARAM_KEYS || /^(min|max)Length$/.test(key)))
  )
}

export function readRichDef(report: Report, field: Field<MapNode>): ParamDef | undefined {
  refuseCamelCase(report, field)
  const fields = readFields(report, field, PARAM_KEYS, 'a parameter definition')
  const name = readText(report, fields.map.get('name'))?.trim()
  if (!name) {
    report.error('dag.missing', child(field.path, 'name'), field.node, 'a parameter definition needs a name')
    return undefined
  }
  if (/[\s="'`$]/.test(name))
    badValue(
      report,
      fields.map.get('name') ?? field,
      'must not have blanks, quotes, "=" or "$": nothing could refer to it',
    )
  const type = readWord(report, fields.map.get('type'), TYPES)
  const fallback = fields.map.get('default')
  const def: ParamDef = {
    name,
    type: type ?? 'string',
    ...(fallback && !isNull(fallback.node) ? { default: toText(fallback.node) } : {}),
    ...texts(report, fields),
    ...numbers(report, fields),
  }
  if (readBoolean(report, fields.map.get('required'))) def.required = true
  const allowed = readEnum(report, fields, def)
  if (allowed) def.enum = allowed
  checkDef(report, fields, def)
  return def
}

/** Definitions are newer than the camelCase spelling: they were never written so. */
function refuseCamelCase(report: Report, field: Field<MapNode>): void {
  for (const { key, keyOffset } of field.node.entries) {
    const snake = key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
    if (snake === key || !(snake in PARAM_KEYS)) continue
    const place = { source: field.node.source, offset: keyOffset }
    const message = `unknown key ${JSON.stringify(key)} in a parameter definition`
    report.error('dag.unknown_key', child(field.path, key), place, message, `write ${snake}`)
  }
}

function texts(report: Report, fields: Fields): Partial<ParamDef> {
  const out: Partial<ParamDef> = {}
  for (const key of ['eval', 'description', 'pattern'] as const) {
    const text = readText(report, fields.map.get(key))
    if (text !== undefined) out[key] = text
  }
  return out
}

function numbers(report: Report, fields: Fields): Partial<ParamDef> {
  const out: Partial<ParamDef> = {}
  for (const key of ['minimum', 'maximum'] as const) {
    const field = fields.map.get(key)
    if (!field || isNull(field.node)) continue
    if (field.node.kind === 'scalar' && typeof field.node.value === 'number') out[key] = field.node.value
    else wrongType(report, field, 'a number')
  }
  const minLength = readInteger(report, fields.map.get('min_length'), 0)
  const maxLength = readInteger(report, fields.map.get('max_length'), 0)
  if (minLength !== undefined) out.minLength = minLength
  if (maxLength !== undefined) out.maxLength = maxLength
  return out
}

function readEnum(report: Report, fields: Fields, def: ParamDef): unknown[] | undefined {
  const field = fields.map.get('enum')
  if (!field || isNull(field.node)) return undefined
  if (field.node.kind !== 'seq' || field.node.items.length === 0)
    return wrongType(report, field, 'a list with at least one value')
  return field.node.items.flatMap((node, i) => {
    const value = coerce(def, toText(node))
    if (value.ok) return [typeof value.value === 'bigint' ? String(value.value) : value.value]
    return badValue(report, { node, path: `${field.path}[${i}]` }, `is not of type ${def.type}`) ?? []
  })
}

const CONSTRAINTS = {
  minimum: ['integer', 'number'],
  maximum: ['integer', 'number'],
  min_length: ['string'],
  max_length: ['string'],
  pattern: ['string'],
} as const

/** Constraints against the type and among themselves, and the default against them. */
function checkDef(report: Report, fields: Fields, def: ParamDef): void {
  const at = (key: string): Field => fields.map.get(key) ?? { node: fields.node, path: fields.path }
  for (const [key, types] of Object.entries(CONSTRAINTS)) {
    const field = fields.map.get(key)
    if (field && !isNull(field.node) && !types.some(type => type === def.type))
      badValue(report, field, `is for parameters of type ${types.join(' or ')}, not ${def.type}`)
  }
  const { minimum, maximum, minLength, maxLength } = def
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    badValue(report, at('minimum'), 'is greater than the maximum')
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength) {
    badValue(report, at('min_length'), 'is greater than max_length')
  }
  const broken = def.pattern === undefined ? undefined : patternError(def.pattern)
  if (broken !== undefined) badValue(report, at('pattern'), `is not a regular expression: ${broken}`)
  if (def.default === undefined) return
  const value = coerce(def, def.default)
  const problem = value.ok ? violation(def, value.value) : value.error
  if (problem !== undefined && broken === undefined) {
    report.error(
      'dag.bad_value',
      child(fields.path, 'default'),
      at('default').node,
      `the default is refused: ${problem}`,
    )
  }
}
