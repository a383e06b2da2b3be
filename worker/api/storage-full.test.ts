import { expect, it } from 'vitest'
import { isStorageFull } from './storage-full.ts'

const HIDDEN = new Error('internal error; reference = abc')
const host = (answer: () => Response) => ({ dagFolder: { fetch: async () => answer() } })
const saying = (full: boolean) => host(() => Response.json({ full }))

it.each([
  ['its own words', {}, new Error('database or disk is full: SQLITE_FULL'), true],
  ['a failure that the runtime hides, with a full disk', saying(true), HIDDEN, true],
  ['a failure that the runtime hides, with room', saying(false), HIDDEN, false],
  ['a failure that the runtime hides, without a host', {}, HIDDEN, false],
  ['a host that does not know', host(() => new Response(null, { status: 404 })), HIDDEN, false],
  ['a host that fails', host(() => new Response('no')), HIDDEN, false],
  ['another failure on a full disk', saying(true), new Error('x is not a function'), false],
])('tells a full disk by %s', async (_, deps, error, full) => {
  expect(await isStorageFull(deps, error)).toBe(full)
})
