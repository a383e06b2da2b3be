import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@cfworker/json-schema'
import { z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { json } from '../../worker/api/answer.ts'
import { answerDifferences } from '../../worker/api/check-answer.ts'
import { openApiDocument } from '../../worker/api/openapi.ts'
import { type Route, route } from '../../worker/api/route.ts'
import { ROUTES } from '../../worker/api/routes/index.ts'

// The schema of the OpenAPI Initiative (Apache-2.0), https://spec.openapis.org/oas/3.1/schema/2022-10-07
const SCHEMA = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/openapi/schema-3.1.json'), 'utf8'))
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, { description?: string }> }>>
  components: { schemas: Record<string, unknown> }
}

const validator = new Validator(SCHEMA, '2020-12', false)
const wrongsOf = (document: unknown) => validator.validate(document).errors.map(error => error.error)
const document = () => structuredClone(openApiDocument(ROUTES, '1.2.3', '/api/v1')) as Document

function refsOf(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return []
  const { $ref } = value as { $ref?: unknown }
  return [...(typeof $ref === 'string' ? [$ref] : []), ...Object.values(value).flatMap(refsOf)]
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', () => {
    expect(wrongsOf(document())).toEqual([])
  })

  it('would not be if a response had no description', () => {
    const broken = document()
    delete broken.paths['/health']?.get?.responses['200']?.description
    expect(wrongsOf(broken)).not.toEqual([])
  })

  it('refers to nothing that is not there', () => {
    const { components, ...rest } = document()
    const names = new Set(Object.keys(components.schemas).map(name => `#/components/schemas/${name}`))
    expect(refsOf({ components, rest }).filter(ref => !names.has(ref))).toEqual([])
  })

  it('says of every JSON answer what is in it', () => {
    const open = ROUTES.flatMap(({ spec }) =>
      Object.values(spec.answers).flatMap(answer =>
        answer instanceof z.ZodObject && Object.keys(answer.shape).length === 0 ? [`${spec.method} ${spec.path}`] : [],
      ),
    )
    expect(open).toEqual([])
  })
})

describe('an answer beside its description', () => {
  const { spec } = route(
    {
      method: 'get',
      path: '/x',
      permission: 'public',
      tag: 'x',
      summary: 'x',
      answers: { 200: z.object({ a: z.number(), of: z.array(z.object({ b: z.string().optional() })) }), 204: 'None' },
    },
    () => json({ a: 1, of: [] }),
  ) as Route
  it.each([
    ['fits', json({ a: 1, of: [{ b: 'x' }, {}] }), []],
    ['lacks a member', json({ of: [] }), [expect.stringContaining('a')]],
    ['has one of another type', json({ a: 1, of: [{ b: 2 }] }), [expect.stringContaining('of[0].b')]],
    ['has one that is not described', json({ a: 1, of: [{ c: 1 }] }), ['of.0.c: is not described']],
    ['has a status that is not described', json({ a: 1, of: [] }, 201), ['status 201 is not described']],
    ['is no JSON', new Response('x'), [expect.stringContaining('instead of JSON')]],
    ['has no body where none is due', new Response(null, { status: 204 }), []],
    ['refuses without a problem', new Response('x', { status: 400 }), ['400 without a problem document']],
    ['does not know the caller', new Response(null, { status: 401 }), []],
  ])('%s', async (_what, answer, differences) => {
    expect(await answerDifferences(spec, answer)).toEqual(differences)
  })
})
