// Parameters declared by a JSON Schema: definitions for forms and display, and the check of a whole set of values.

import { Validator } from '@cfworker/json-schema'
import type { ParamDef } from '../spec/dag.ts'
import { guardSchema } from './schema-guard.ts'
import { valueText } from './values.ts'

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const TYPES = new Set(['string', 'integer', 'number', 'boolean', 'object', 'array'])

/** One definition per property; the DAG's own `values` beat the schema's defaults. */
export function schemaDefs(schema: unknown, values: Json): ParamDef[] {
  const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {}
  const required = isObject(schema) && Array.isArray(schema.required) ? schema.required : []
  const names = new Set([...Object.keys(properties), ...Object.keys(values)])
  return [...names].map(name => {
    const property = isObject(properties[name]) ? properties[name] : {}
    const fallback = Object.hasOwn(values, name) ? values[name] : property.default
    return {
      name,
      ...(fallback === undefined ? {} : { default: valueText(fallback) }),
      ...(required.includes(name) ? { required: true } : {}),
      ...describe(property),
    }
  })
}

function describe(property: Json): Partial<ParamDef> {
  const def: Partial<ParamDef> = {}
  const { type, description, pattern } = property
  if (typeof type === 'string' && TYPES.has(type)) def.type = type as NonNullable<ParamDef['type']>
  if (typeof description === 'string') def.description = description
  if (typeof pattern === 'string') def.pattern = pattern
  if (Array.isArray(property.enum)) def.enum = property.enum
  for (const key of ['minimum', 'maximum', 'minLength', 'maxLength'] as const) {
    const value = property[key]
    if (typeof value === 'number') def[key] = value
  }
  return def
}

/** Errors that only say that something inside is wrong. */
const WRAPPERS = new Set(
  'properties patternProperties additionalProperties unevaluatedProperties items prefixItems allOf $ref'.split(' '),
)

/** What a schema says of a text as a whole. */
const SHAPE = new Set(['pattern', 'format', 'minLength', 'maxLength'])

/**
 * The sentences of what a value breaks in a JSON Schema (draft 2020-12, patterns are RE2); `[]` is valid. Never throws, and is bounded work.
 * Errors at the places in `unknown` (`/count`, `/list/0`) do not count: their values are known at run time only. Of a text that is known in
 * part it does not count how long it is and what it looks like.
 */
export function schemaErrors(
  schema: unknown,
  value: unknown,
  unknown: ReadonlyMap<string, 'whole' | 'part'> = new Map(),
): string[] {
  if (schema === true) return []
  if (schema === false) return ['the schema accepts nothing']
  if (!isObject(schema)) return ['the schema is not available']
  try {
    const result = new Validator(guardSchema(schema, value), '2020-12', false).validate(value)
    if (result.valid) return []
    const causes = result.errors.filter(error => !WRAPPERS.has(error.keyword))
    if (causes.length === 0) return unknown.size > 0 ? [] : result.errors.map(error => error.error)
    return causes.flatMap(({ instanceLocation, keyword, error }) => {
      const place = instanceLocation.slice(1)
      const isUnknown = unknown.get(place)
      if (isUnknown === 'whole' || (isUnknown === 'part' && SHAPE.has(keyword))) return []
      const text = keyword === 'false' ? 'is not an accepted property' : error
      return [`${place.slice(1) || 'value'}: ${text}`]
    })
  } catch (error) {
    return [`the schema cannot be used: ${error instanceof Error ? error.message : String(error)}`]
  }
}
