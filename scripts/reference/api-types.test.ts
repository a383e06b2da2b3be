import { describe, expect, it } from 'vitest'
import { type ApiDocument, apiTypes, bodyTypes, typeOf } from './api-types.ts'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

describe('the TypeScript type of a schema', () => {
  it.each([
    [{ type: 'integer' }, 'number'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, "('a' | 'b')[]"],
    [{ type: 'array' }, 'unknown[]'],
    [{ allOf: [ref('A'), { type: 'object', properties: { b: { type: 'boolean' } } }] }, 'A & {\n  b?: boolean\n}'],
    [{ allOf: [{ anyOf: [ref('A'), ref('B')] }, ref('C')] }, '(A | B) & C'],
    [{ type: 'object', properties: { 'a-b': {} }, required: ['a-b'] }, "{\n  'a-b': unknown\n}"],
    [{ type: 'object', additionalProperties: ref('A') }, 'Record<string, A>'],
    [{ type: 'object', additionalProperties: {} }, 'Record<string, unknown>'],
    [{}, 'unknown'],
  ])('%j', (schema, type) => {
    expect(typeOf(schema)).toBe(type)
  })

  it('is refused where the schema has a type that there is not', () => {
    expect(() => typeOf({ type: 'text' })).toThrow('text')
  })
})

describe('the file of types', () => {
  const answer = (schema: object) => ({ '200': { content: { 'application/json': { schema } } } })
  const document: ApiDocument = {
    paths: {
      '/a': { get: { responses: { ...answer(ref('A')), default: {} } }, delete: { responses: { '204': {} } } },
    },
    components: {
      schemas: {
        A: { type: 'object', description: 'Ends */ nothing', properties: { b: ref('B') }, required: ['b'] },
        B: { type: 'string' },
        Body: { type: 'object' },
      },
    },
  }
  const file = apiTypes(document)

  it('has the answers by route, and the components that they reach', () => {
    expect(file).toContain("  'GET /a': A\n  'DELETE /a': undefined\n")
    expect(file).toContain('export type A = {\n  b: B\n}\n')
    expect(file).toContain('export type B = string\n')
    expect(file).not.toContain('Body')
  })

  it('says what a component is for, and no description ends its comment', () => {
    expect(file).toContain('/** Ends *\\/ nothing */')
  })
})

describe('the file of bodies', () => {
  const body = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } }, responses: {} })
  const loose = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: {} }
  const map = { type: 'object', additionalProperties: { type: 'string' } }

  it('names the keys of a body and no others, also where the route takes more; a map stays one', () => {
    const file = bodyTypes({
      paths: { '/a': { post: body(loose), get: { responses: {} } }, '/b': { put: body(map) } },
      components: { schemas: {} },
    })
    expect(file).toContain("  'POST /a': {\n    a?: string\n  }\n  'PUT /b': Record<string, string>\n")
    expect(file).not.toContain('GET')
  })
})
