import { ok } from '@edgedag/core/result'
import { expect, it } from 'vitest'
import { createWorld } from './testing/world.ts'

const DOCS = ['guide/a', 'lab/b', 'ops/c']

/** Asks as a runner that was enrolled with this choice. */
async function runnerWith(docs?: object, later?: object) {
  const { ask, directory } = await createWorld()
  const written: string[] = []
  directory.docStore = {
    handle: request => {
      if (request.op === 'hashes') return ok(DOCS.map(id => ({ id, hash: 'a'.repeat(64) })))
      if (request.op === 'write') written.push(request.id)
      return request.op === 'read'
        ? ok({ id: request.id, title: '', description: '', createdAt: 0, updatedAt: 0, content: 'text' })
        : ok(null)
    },
  }
  const enrolment = await ask('POST', 'runners/enrolments', { body: docs === undefined ? {} : { docs } })
  const { token } = (await enrolment.json()) as { token: string }
  const enrolled = await ask('POST', 'runners/enrol', { token: '', body: { token, name: 'h' } })
  const { credential } = (await enrolled.json()) as { credential: string }
  if (later !== undefined) {
    // Its token has been seen, and is believed for a while.
    await ask('GET', 'runner/docs', { token: credential })
    const set = await ask('PUT', 'workers/h/docs', { body: later })
    expect(await set.json()).toMatchObject({ id: 'h', docs: later })
  }
  const listed = await ask('GET', 'runner/docs', { token: credential })
  return {
    listed: listed.ok ? ((await listed.json()) as { docs: { id: string }[] }).docs.map(({ id }) => id) : listed.status,
    read: async (id: string) => (await ask('GET', `runner/docs/doc?path=${id}`, { token: credential })).status,
    write: async (id: string) =>
      (await ask('PUT', 'runner/docs', { token: credential, body: { id, content: 'x' } })).status,
    written,
    shown: ((await (await ask('GET', 'workers')).json()) as { workers: { id: string; docs: object }[] }).workers,
  }
}

it('a runner reaches all documents where nothing was said at its enrolment', async () => {
  const runner = await runnerWith()
  expect(runner.listed).toEqual(DOCS)
  expect([await runner.read('ops/c'), await runner.write('ops/c')]).toEqual([200, 200])
  expect(runner.shown.find(({ id }) => id === 'h')?.docs).toEqual({ access: 'write' })
})

it('a runner of some workspaces sees and stores their documents alone', async () => {
  const runner = await runnerWith({ access: 'write', workspaces: ['ops'] })
  expect(runner.listed).toEqual(['ops/c'])
  expect([await runner.read('lab/b'), await runner.write('lab/b'), await runner.write('ops/new')]).toEqual([
    404, 403, 200,
  ])
  expect(runner.written).toEqual(['ops/new'])
  expect(runner.shown.find(({ id }) => id === 'h')?.docs).toEqual({ access: 'write', workspaces: ['ops'] })
})

it('a runner that only reads stores nothing, and one that is given none is told so', async () => {
  const reader = await runnerWith({ access: 'read' })
  expect([reader.listed, await reader.write('ops/c'), reader.written]).toEqual([DOCS, 403, []])
  const none = await runnerWith({ access: 'none' })
  expect([none.listed, await none.read('ops/c'), await none.write('ops/c')]).toEqual([403, 403, 403])
})

it('what a runner is given anew holds at once, be it more or less', async () => {
  const less = await runnerWith(undefined, { access: 'read', workspaces: ['lab'] })
  expect([less.listed, await less.read('ops/c'), await less.write('lab/b')]).toEqual([['lab/b'], 404, 403])
  expect(less.shown.find(({ id }) => id === 'h')?.docs).toEqual({ access: 'read', workspaces: ['lab'] })
  const more = await runnerWith({ access: 'none' }, { access: 'write' })
  expect([more.listed, await more.write('ops/c')]).toEqual([DOCS, 200])
})

it('a choice that is none, and a runner that there is not, are refused', async () => {
  const { ask } = await createWorld()
  expect((await ask('PUT', 'workers/nobody/docs', { body: { access: 'read' } })).status).toBe(404)
  expect((await ask('PUT', 'workers/nobody/docs', { body: { access: 'all' } })).status).toBe(400)
})
