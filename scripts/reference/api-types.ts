// TypeScript types of what the REST API answers and takes, written from its OpenAPI document, for the CLI and the dashboard.

export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  items?: Schema
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  description?: string
}

interface Content {
  content?: Record<string, { schema: Schema }>
}

export interface ApiDocument {
  paths: Record<string, Record<string, { requestBody?: Content; responses: Record<string, Content> }>>
  components: { schemas: Record<string, Schema> }
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

const nameOf = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)

/** Several types as one; those with operators of their own in parentheses where `&` binds them. */
const either = (types: string[]): string => [...new Set(types)].join(' | ')
/** Members of objects and what stands in parentheses are out of the way. */
function isCompound(type: string): boolean {
  let depth = 0
  for (const [at, char] of [...type].entries()) {
    if ('{(<['.includes(char)) depth++
    else if ('})>]'.includes(char)) depth--
    else if (depth === 0 && (char === '|' || char === '&') && type[at - 1] === ' ') return true
  }
  return false
}
const grouped = (type: string): string => (isCompound(type) ? `(${type})` : type)

const comment = (text: string | undefined, indent: string): string =>
  text === undefined ? '' : `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n`

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`)

/** In a closed type nothing stands but what is named: a server may take more, a client of ours that sends more has misspelled it. */
function objectType(schema: Schema, indent: string, isClosed: boolean): string {
  const { properties = {}, required = [], additionalProperties } = schema
  const names = Object.keys(properties)
  const more =
    typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0
      ? typeOf(additionalProperties, indent, isClosed)
      : 'unknown'
  if (names.length === 0) return additionalProperties === false ? 'Record<string, never>' : `Record<string, ${more}>`
  const inner = `${indent}  `
  const lines = names.map(name => {
    const property = properties[name]!
    const optional = required.includes(name) ? '' : '?'
    return `${comment(property.description, inner)}${inner}${keyOf(name)}${optional}: ${typeOf(property, inner, isClosed)}\n`
  })
  const known = `{\n${lines.join('')}${indent}}`
  return additionalProperties === undefined || additionalProperties === false || (isClosed && more === 'unknown')
    ? known
    : `${known} & Record<string, ${more}>`
}

function ofType(type: string, schema: Schema, indent: string, isClosed: boolean): string {
  switch (type) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'array':
      return schema.items === undefined ? 'unknown[]' : `${grouped(typeOf(schema.items, indent, isClosed))}[]`
    case 'object':
      return objectType(schema, indent, isClosed)
    default:
      throw new Error(`The OpenAPI document has a type that is not known here: ${type}`)
  }
}

/**
 * The TypeScript type of a JSON Schema, as the API uses it; `isClosed`: without the keys that are not named.
 * @throws Error for a type that JSON Schema does not have
 */
export function typeOf(schema: Schema, indent = '', isClosed = false): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref)
  const part = (each: Schema): string => typeOf(each, indent, isClosed)
  if (schema.allOf !== undefined) return schema.allOf.map(each => grouped(part(each))).join(' & ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return either(choices.map(part))
  if (schema.enum !== undefined) return either(schema.enum.map(literal))
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.type === undefined)
    return schema.properties === undefined ? 'unknown' : objectType(schema, indent, isClosed)
  return either([schema.type].flat().map(type => ofType(type, schema, indent, isClosed)))
}

const literal = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value))

/** Components that are reached from these types, by name. */
function reached(document: ApiDocument, roots: Schema[]): string[] {
  const names = new Set<string>()
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return
    const ref = (value as Schema).$ref
    if (typeof ref === 'string' && !names.has(nameOf(ref))) {
      names.add(nameOf(ref))
      visit(document.components.schemas[nameOf(ref)])
    }
    for (const member of Object.values(value)) visit(member)
  }
  for (const root of roots) visit(root)
  return [...names].sort()
}

interface Operation {
  key: string
  bodies: Schema[]
}

function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.filter(method => methods[method] !== undefined).map(method => ({
      key: `${method.toUpperCase()} ${path}`,
      bodies: Object.entries(methods[method]!.responses).flatMap(([status, { content }]) => {
        const body = content?.['application/json'] ?? content?.['application/x-ndjson']
        return status === 'default' || body === undefined ? [] : [body.schema]
      }),
    })),
  )
}

/** An alias, never an interface: only an alias may go where a record is taken. */
const component = (name: string, schema: Schema): string =>
  `${comment(schema.description, '')}export type ${name} = ${typeOf(schema)}\n`

/** The file of types: one for each named component of an answer, and all answers by `METHOD /path`. */
export function apiTypes(document: ApiDocument): string {
  const operations = operationsOf(document)
  const names = reached(
    document,
    operations.flatMap(({ bodies }) => bodies),
  )
  const lines = operations.map(({ key, bodies }) => {
    const type = bodies.length === 0 ? 'undefined' : either(bodies.map(body => typeOf(body, '  ')))
    return `  '${key}': ${type}\n`
  })
  return [
    '// What the REST API answers. Generated from the schemas of its routes: node scripts/reference/main.ts writes it.\n',
    ...names.map(name => component(name, document.components.schemas[name]!)),
    `/** Bodies of successful answers, of NDJSON a line; undefined: none, or no JSON. */\nexport type Answers = {\n${lines.join('')}}\n`,
  ].join('\n')
}

/** The file of the bodies that requests carry, by `METHOD /path`. */
export function bodyTypes(document: ApiDocument): string {
  const lines = Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap(method => {
      const schema = methods[method]?.requestBody?.content?.['application/json']?.schema
      return schema === undefined ? [] : [`  '${method.toUpperCase()} ${path}': ${typeOf(schema, '  ', true)}\n`]
    }),
  )
  return [
    '// What requests to the REST API carry. Generated from the schemas of its routes: node scripts/reference/main.ts writes it.\n',
    `/** JSON bodies; routes without one are left out. */\nexport type Bodies = {\n${lines.join('')}}\n`,
  ].join('\n')
}
