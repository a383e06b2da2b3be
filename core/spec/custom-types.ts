// Custom step types: declared once under step_types, expanded where a step names them. What runs is always a builtin type.

import { schemaErrors } from '../params/schema.ts'
import { STEP_KEYS, STEP_TYPE_KEYS } from './fields.ts'
import { renderTemplate } from './go-template/render.ts'
import { entriesOf, type Fields, isMapField, readFields } from './keys.ts'
import { child, type Field, isNull, type MapNode, toJson, type YamlNode } from './node.ts'
import type { Report } from './report.ts'
import type { StepSource } from './step-source.ts'
import { STEP_TYPES } from './step-type-table.ts'
import { badValue, readText, wrongType } from './values.ts'

export interface CustomType {
  name: string
  /** Builtin type that the template is for. */
  type: Field
  description: Field | undefined
  schema: Record<string, unknown>
  template: Field<MapNode>
}

export type CustomTypes = ReadonlyMap<string, CustomType>

/** Reads the declarations; a broken one is reported and left out. */
export function readCustomTypes(report: Report, declared: { key: string; field: Field }[]): CustomTypes {
  const types = new Map<string, CustomType>()
  for (const { key, field } of declared) {
    const custom = readCustomType(report, key, field)
    if (custom) types.set(key, custom)
  }
  return types
}

function readCustomType(report: Report, name: string, field: Field): CustomType | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(name)) return badValue(report, field, 'is not a valid name for a step type')
  if (STEP_TYPES.has(name)) return badValue(report, field, 'is the name of a builtin step type')
  const { map } = readFields(report, field, STEP_TYPE_KEYS, 'a step type')
  const [type, schemaAt, template] = [map.get('type'), map.get('input_schema'), map.get('template')]
  for (const [key, at] of Object.entries({ type, input_schema: schemaAt, template })) {
    if (!at || isNull(at.node))
      report.error(
        'dag.missing',
        child(field.path, key),
        field.node,
        `the step type ${JSON.stringify(name)} needs ${key}`,
      )
  }
  if (!type || !schemaAt || !template) return undefined
  if (!STEP_TYPES.has(readText(report, type) ?? '')) return badValue(report, type, 'must be a builtin step type')
  if (schemaAt.node.kind !== 'map') return wrongType(report, schemaAt, 'an inline JSON Schema')
  const schema = toJson(schemaAt.node) as Record<string, unknown>
  if (!isObjectSchema(schema, schema)) return badValue(report, schemaAt, 'must be a JSON Schema of type object')
  const { node } = template
  if (node.kind !== 'map') return wrongType(report, template, 'a map of step fields')
  if (node.entries.some(entry => entry.key === 'type'))
    return badValue(report, template, 'must not hold a type: it stands beside the template')
  return { name, type, description: map.get('description'), schema, template: { node, path: template.path } }
}

/** Says that a value is an object: by its type, by a local reference, or by nothing but what objects have. */
function isObjectSchema(schema: unknown, root: Record<string, unknown>, depth = 0): boolean {
  if (typeof schema !== 'object' || schema === null || depth > 10) return false
  const { type, $ref, properties } = schema as Record<string, unknown>
  if (type !== undefined) return type === 'object' || (Array.isArray(type) && type.join() === 'object')
  if (typeof $ref === 'string') return isObjectSchema(pointedAt(root, $ref), root, depth + 1)
  return typeof properties === 'object' && properties !== null
}

/** What a local reference (`#/$defs/name`) stands for. */
function pointedAt(root: Record<string, unknown>, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined
  let found: unknown = root
  for (const part of ref.slice(2).split('/')) {
    const key = part.replace(/~1/g, '/').replace(/~0/g, '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Record<string, unknown>)[key]
  }
  return found
}

/** The fields that say what a step does: the template's business, not the call site's. */
const FORBIDDEN =
  'agent call command container exec llm messages parallel params routes script shell shell_packages value working_dir'.split(
    ' ',
  )

/** A step of a custom type with its template expanded under its own fields; any other step as it is. */
export function expandCustomType(report: Report, source: StepSource, types: CustomTypes): StepSource {
  const executorAt = source.own.map.get('executor')
  // The older `executor: {type, config}`.
  const block = executorAt && isMapField(executorAt) ? entriesOf(executorAt) : []
  const inBlock = (name: string) => block.find(({ key }) => key === name)?.field
  const typeAt = source.own.map.get('type') ?? inBlock('type') ?? executorAt
  const custom = typeAt && types.get(typeAt.node.kind === 'scalar' ? typeAt.node.text : '')
  if (!custom) return source
  for (const key of FORBIDDEN) {
    const at = source.own.map.get(key)
    if (at)
      report.error(
        'dag.unsupported',
        at.path,
        at.node,
        `a step of the custom type ${custom.name} cannot set ${key}`,
        'give its input in "with"',
      )
  }
  const [withAt, configAt] = [source.own.map.get('with'), source.own.map.get('config') ?? inBlock('config')]
  if (withAt && configAt)
    report.error(
      'dag.conflict',
      configAt.path,
      configAt.node,
      '"with" and "config" cannot be used together on one step',
    )
  const input = readInput(report, source, withAt ?? configAt, custom)
  const own: Fields = {
    ...source.own,
    map: new Map(
      [...source.own.map].filter(([key]) => !['type', 'executor', 'with', 'config', ...FORBIDDEN].includes(key)),
    ),
  }
  const expanded =
    input && new Expansion(report, { input }, source.own.node).node(custom.template.node, custom.template.path)
  const path = `${source.own.path} (template of ${custom.name})`
  const template = expanded ? readFields(report, { node: expanded, path }, STEP_KEYS, 'the template') : undefined
  const map = new Map(template?.map)
  map.set('type', custom.type)
  if (custom.description && !map.has('description')) map.set('description', custom.description)
  // What cannot be expanded is reported already; a no-op keeps the checks that follow quiet.
  if (!template) map.set('type', { node: scalar('noop', source.own.node), path })
  return { ...source, own, template: { node: source.own.node, path, map }, customType: custom.name }
}

const EXPRESSION = /\$\{[^}]+\}|\$[A-Za-z_][A-Za-z0-9_]*|`[^`]+`/
const WHOLE_EXPRESSION = new RegExp(`^(${EXPRESSION.source})$`)

/** The call site's input with the schema's defaults, checked; values that are known at run time only count as fitting. */
function readInput(
  report: Report,
  source: StepSource,
  field: Field | undefined,
  custom: CustomType,
): Record<string, unknown> | undefined {
  if (field && field.node.kind !== 'map' && !isNull(field.node)) return wrongType(report, field, 'a map')
  const given = field && field.node.kind === 'map' ? (toJson(field.node) as Record<string, unknown>) : {}
  const input = withDefaults(custom.schema, given) as Record<string, unknown>
  const unknown = new Map<string, 'whole' | 'part'>()
  findExpressions(input, '', unknown)
  const errors = schemaErrors(custom.schema, input, unknown)
  const at = field ?? { node: source.own.node, path: source.own.path }
  for (const error of errors)
    report.error('dag.bad_input', at.path, at.node, `invalid input for the step type ${custom.name}: ${error}`)
  return errors.length === 0 ? input : undefined
}

function withDefaults(schema: unknown, value: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return value
  const { properties, items } = schema as { properties?: Record<string, unknown>; items?: unknown }
  if (Array.isArray(value)) return value.map(item => withDefaults(items, item))
  if (typeof value !== 'object' || value === null || typeof properties !== 'object' || properties === null) return value
  const out: Record<string, unknown> = { ...value }
  for (const [key, property] of Object.entries(properties)) {
    const fallback =
      typeof property === 'object' && property !== null ? (property as { default?: unknown }).default : undefined
    const given = out[key] === undefined ? fallback : out[key]
    if (given !== undefined) out[key] = withDefaults(property, given)
  }
  return out
}

function findExpressions(value: unknown, path: string, found: Map<string, 'whole' | 'part'>): void {
  if (typeof value === 'string') {
    if (EXPRESSION.test(value)) found.set(path, WHOLE_EXPRESSION.test(value.trim()) ? 'whole' : 'part')
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value))
      findExpressions(inner, `${path}/${key.replace(/~/g, '~0').replace(/\//g, '~1')}`, found)
  }
}

const scalar = (value: string | number | boolean | null, near: YamlNode): YamlNode => ({
  kind: 'scalar',
  value,
  text: value === null ? '' : String(value),
  source: near.source,
  offset: near.offset,
  size: 1,
})

/** A copy of a template: texts rendered, `{$input: path}` replaced by the typed value. Problems point to the call site. */
class Expansion {
  #report: Report
  #data: { input: Record<string, unknown> }
  #site: YamlNode

  constructor(report: Report, data: { input: Record<string, unknown> }, site: YamlNode) {
    this.#report = report
    this.#data = data
    this.#site = site
  }

  node(node: YamlNode, path: string): YamlNode {
    if (node.kind === 'seq') return { ...node, items: node.items.map((item, i) => this.node(item, `${path}[${i}]`)) }
    if (node.kind === 'map') {
      const [only] = node.entries
      if (node.entries.length === 1 && only?.key === '$input') return this.#input(only.value, path)
      return {
        ...node,
        entries: node.entries.map(entry => ({ ...entry, value: this.node(entry.value, child(path, entry.key)) })),
      }
    }
    if (typeof node.value !== 'string' || !node.value.includes('{{')) return node
    const rendered = renderTemplate(node.value, this.#data)
    if (rendered.ok) return { ...node, value: rendered.value, text: rendered.value }
    this.#report.error('dag.bad_template', path, this.#site, `the template cannot be expanded: ${rendered.error}`)
    return node
  }

  #input(node: YamlNode, path: string): YamlNode {
    const name = node.kind === 'scalar' ? node.text : ''
    let value: unknown = this.#data.input
    for (const key of name.split('.')) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined
    }
    if (value === undefined)
      this.#report.error(
        'dag.bad_template',
        path,
        this.#site,
        `the template asks for input ${JSON.stringify(name)}, which is not there`,
      )
    return fromJson(value ?? null, node)
  }
}

function fromJson(value: unknown, near: YamlNode): YamlNode {
  const place = { source: near.source, offset: near.offset, size: 1 }
  if (Array.isArray(value)) return { kind: 'seq', items: value.map(item => fromJson(item, near)), ...place }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => ({
      key,
      keyOffset: near.offset,
      value: fromJson(inner, near),
    }))
    return { kind: 'map', entries, ...place }
  }
  return scalar(value as string | number | boolean | null, near)
}
