import { z } from '@hono/zod-openapi'
import { describe, expectTypeOf, it } from 'vitest'
import { type Answer, type BodyOf, done, json, withoutJson } from './answer.ts'
import { problem } from './problem.ts'
import { route } from './route.ts'

const head = { method: 'get', path: '/x', permission: 'public', tag: 'x', summary: 'x' } as const
const answers = { 200: z.object({ a: z.number(), b: z.string().optional() }), 204: 'None' } as const

describe('what a handler may answer', () => {
  it('is a body of its description, none where there is a text, or a problem', () => {
    route({ ...head, answers }, () => json({ a: 1 }))
    route({ ...head, answers }, async () => (Date.now() > 0 ? json({ a: 1, b: 'x' }) : problem('not_found', 'x')))
    route({ ...head, answers }, () => done(204))
    expectTypeOf<Answer<{ a: number }>>().toExtend<Answer<BodyOf<typeof answers>>>()
  })

  it('is nothing else', () => {
    // @ts-expect-error a member is absent
    route({ ...head, answers }, () => json({ b: 'x' }))
    // @ts-expect-error a member has another type
    route({ ...head, answers }, async () => json({ a: 'x' }))
    // @ts-expect-error a response of which nothing is known
    route({ ...head, answers }, () => new Response('x'))
    // @ts-expect-error no JSON where JSON is due
    route({ ...head, answers: { 200: answers[200] } }, () => withoutJson(new Response('x')))
  })
})
