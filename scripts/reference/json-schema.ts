// The JSON Schema of a DAG file (draft 7, which editors know best), from the description of the language.
// Promise: what the loader accepts, it accepts; what it refuses is wrong for the loader too, where a key or a type is.
import type { Block, FieldDoc, Shape } from './docs.ts'

type Json = Record<string, unknown>

const text: Json = { type: ['string', 'number', 'boolean'] }
const map: Json = { type: 'object' }
const list = (items: Json): Json => ({ type: 'array', items })
const either = (...of: Json[]): Json => ({ anyOf: of })
const integer = (minimum: number): Json =>
  either({ type: 'integer', minimum }, { type: 'string', pattern: '^\\s*-?\\d+\\s*$' })
const reference = (block: string): Json => ({ $ref: `#/definitions/${block}` })

const SHAPES: Record<string, Json> = {
  any: {},
  text,
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  integer: integer(0),
  map,
  list: { type: 'array' },
  texts: either(text, list(text)),
  /** Or text with a reference, which becomes a number at run time. */
  count: either({ type: 'integer', minimum: 0 }, { type: 'string' }),
  backoff: { type: ['boolean', 'number', 'string'] },
  exitCodes: either(integer(-1), list(integer(-1))),
  env: either(map, list(either(map, text)), { type: 'string' }),
  conditions: either(
    { type: 'string' },
    reference('condition'),
    list(either({ type: 'string' }, reference('condition'))),
  ),
  selector: either({ type: 'string', enum: ['local'] }, map),
  labels: either(map, text, list(either(text, map))),
  jsonSchema: { type: ['object', 'boolean', 'string'] },
}

/** Words count without regard to case, with blanks around them. */
const anyCase = (words: string[]): Json => ({
  anyOf: [
    { enum: words },
    {
      type: 'string',
      pattern: `^\\s*(${words.map(word => [...word].map(ch => (/[a-z]/.test(ch) ? `[${ch}${ch.toUpperCase()}]` : ch)).join('')).join('|')})\\s*$`,
    },
  ],
})

function schemaOf(shape: Shape): Json {
  if (typeof shape === 'string') return SHAPES[shape] ?? reference(shape)
  if ('words' in shape) return anyCase(shape.words)
  if ('integer' in shape) return integer(shape.integer)
  if ('list' in shape) return list(schemaOf(shape.list))
  if ('mapOf' in shape) return { type: 'object', additionalProperties: nullable(schemaOf(shape.mapOf)) }
  if ('oneOrMore' in shape) return either(schemaOf(shape.oneOrMore), list(schemaOf(shape.oneOrMore)))
  return either(...shape.either.map(schemaOf))
}

/** A field without a value is as good as absent. */
function nullable(schema: Json): Json {
  if (Object.keys(schema).length === 0) return schema
  if (Array.isArray(schema.type)) return { ...schema, type: [...schema.type, 'null'] }
  if (Array.isArray(schema.anyOf)) return { ...schema, anyOf: [...schema.anyOf, { type: 'null' }] }
  return { anyOf: [schema, { type: 'null' }] }
}

function describe({ text: says, absent }: FieldDoc): string {
  return absent === undefined ? says : `${says}\nDefault: ${absent}.`
}

function blockSchema(block: Block): Json {
  const properties: Json = {}
  for (const { key, names, doc } of block.fields) {
    const schema = nullable(schemaOf(doc.is))
    properties[key] = { ...schema, description: describe(doc) }
    // Older spellings are right, but not proposed.
    for (const name of names) properties[name] = { ...schema, description: `The same as ${key}.`, doNotSuggest: true }
  }
  return { type: 'object', description: block.text, properties, additionalProperties: false }
}

const SETTINGS = /_settings$/

/** What the settings of a step mean depends on its type. They are described, not checked: a reference may stand for any value. */
function settingsByType(blocks: Block[]): Json[] {
  return blocks.map(({ name, fields }) => {
    const properties = Object.fromEntries(fields.map(({ key, doc }) => [key, { description: describe(doc) }]))
    const settings = nullable({ type: 'object', properties })
    return {
      if: { properties: { type: { const: name.replace(SETTINGS, '') } }, required: ['type'] },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema
      then: { properties: { with: settings, config: settings } },
    }
  })
}

/** The whole schema as JSON text. */
export function dagSchema(all: Block[]): string {
  const blocks = all.filter(block => !SETTINGS.test(block.name))
  const byType = settingsByType(all.filter(block => SETTINGS.test(block.name)))
  const [root, ...others] = blocks
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A DAG file',
    ...blockSchema(root!),
    definitions: Object.fromEntries(
      others.map(block => [block.name, { ...blockSchema(block), ...(block.name === 'step' ? { allOf: byType } : {}) }]),
    ),
  }
  return `${JSON.stringify(schema)}\n`
}
