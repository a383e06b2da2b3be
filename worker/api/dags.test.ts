import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../auth/hash.ts'
import { createWorld } from './testing/world.ts'

const SPEC = 'description: says hello\nsteps:\n  - name: a\n    command: echo hi\n'
const OTHER = 'steps:\n  - name: b\n    command: echo other\n'
const BROKEN = 'steps:\n  - name: a\n    comand: x\n    command: echo hi\n'

type Json = Record<string, unknown>
const bodyOf = async (answer: Response) => (await answer.json()) as Json

describe('DAGs', () => {
  it('are created, listed, shown with their file name and hash, and deleted', async () => {
    const { ask, removed } = await createWorld()
    expect((await ask('POST', 'dags', { body: { name: 'hello', spec: SPEC } })).status).toBe(201)
    expect((await ask('POST', 'dags', { body: { name: 'hello', spec: SPEC } })).status).toBe(409)
    expect(await bodyOf(await ask('GET', 'dags'))).toMatchObject({
      dags: [
        { fileName: 'hello', suspended: false, errors: [], latestDAGRun: { dagRunId: '', statusLabel: 'not_started' } },
      ],
      pagination: { currentPage: 1, nextPage: 1, prevPage: 1, totalPages: 1, totalRecords: 1 },
    })
    expect(await bodyOf(await ask('GET', 'dags/hello'))).toMatchObject({
      fileName: 'hello',
      spec: SPEC,
      hash: await sha256Hex(SPEC),
      errors: [],
      dag: { name: 'hello', description: 'says hello', steps: [{ name: 'a' }] },
      latestDAGRun: { dagRunId: '', nodes: [{ step: { name: 'a' }, status: 0 }] },
    })
    expect((await ask('DELETE', 'dags/hello')).status).toBe(204)
    expect(removed).toHaveLength(1)
    for (const path of ['dags/hello', 'dags/hello/spec', 'dags/hello/dag-runs'])
      expect((await ask('GET', path)).status).toBe(404)
  })

  it('without a spec get one that runs', async () => {
    const { ask } = await createWorld()
    await ask('POST', 'dags', { body: { name: 'new' } })
    expect(await bodyOf(await ask('GET', 'dags/new'))).toMatchObject({ errors: [] })
  })

  it('that are broken are refused when created, and still shown when a file brings them', async () => {
    const { ask, addDag } = await createWorld()
    const refused = await ask('POST', 'dags', { body: { name: 'bad', spec: BROKEN } })
    expect(refused.status).toBe(400)
    expect(await bodyOf(refused)).toMatchObject({
      code: 'invalid_spec',
      problems: [expect.objectContaining({ line: 3 })],
    })
    expect((await ask('GET', 'dags/bad')).status).toBe(404)
    await addDag('bad', BROKEN)
    expect(await bodyOf(await ask('GET', 'dags/bad'))).toMatchObject({
      dag: { steps: [] },
      errors: [expect.stringContaining('comand')],
    })
  })

  it('keep their history when renamed, and never take a name that is in use', async () => {
    const { ask, addDag } = await createWorld()
    const dag = await addDag('hello')
    await addDag('taken')
    expect((await ask('POST', 'dags/hello/rename', { body: { newFileName: 'taken' } })).status).toBe(409)
    expect((await ask('POST', 'dags/hello/rename', { body: { newFileName: 'moved' } })).status).toBe(200)
    expect(dag.record?.fileName).toBe('moved')
    expect((await ask('GET', 'dags/moved')).status).toBe(200)
    expect((await ask('POST', 'dags/hello/rename', { body: { newFileName: 'x' } })).status).toBe(404)
  })

  it('with active runs are not deleted', async () => {
    const { ask, addDag } = await createWorld()
    await addDag('hello')
    await ask('POST', 'dags/hello/start')
    expect((await ask('DELETE', 'dags/hello')).status).toBe(400)
  })

  it('are suspended and resumed', async () => {
    const { ask, addDag } = await createWorld()
    const dag = await addDag('hello')
    await ask('POST', 'dags/hello/suspend', { body: { suspend: true } })
    expect(dag.record?.suspended).toBe(true)
  })

  it('are validated without being stored', async () => {
    const { ask } = await createWorld()
    expect(await bodyOf(await ask('POST', 'dags/validate', { body: { spec: SPEC } }))).toMatchObject({
      valid: true,
      errors: null,
      dag: { name: 'validated-dag' },
    })
    expect(await bodyOf(await ask('POST', 'dags/validate', { body: { spec: BROKEN } }))).toMatchObject({
      valid: false,
      errors: [expect.stringContaining('line 3')],
    })
  })
})

describe('saving a spec', () => {
  it('answers the new hash', async () => {
    const { ask, addDag } = await createWorld()
    const dag = await addDag('hello', SPEC)
    expect(await bodyOf(await ask('PUT', 'dags/hello/spec', { body: { spec: OTHER } }))).toEqual({
      errors: null,
      hash: await sha256Hex(OTHER),
    })
    expect(dag.record?.spec).toBe(OTHER)
  })

  it('of a broken text stores nothing and says why', async () => {
    const { ask, addDag } = await createWorld()
    const dag = await addDag('hello', SPEC)
    const answer = await ask('PUT', 'dags/hello/spec', { body: { spec: BROKEN } })
    expect(answer.status).toBe(200)
    expect(await bodyOf(answer)).toMatchObject({
      errors: [expect.stringContaining('comand')],
      hash: await sha256Hex(SPEC),
    })
    expect(dag.record?.spec).toBe(SPEC)
  })

  it('over a text that changed meanwhile is a conflict with both hashes', async () => {
    const { ask, addDag } = await createWorld()
    await addDag('hello', SPEC)
    const answer = await ask('PUT', 'dags/hello/spec', { body: { spec: OTHER, hash: 'f'.repeat(64) } })
    expect(answer.status).toBe(409)
    expect(await bodyOf(answer)).toMatchObject({
      code: 'conflict',
      expected: 'f'.repeat(64),
      actual: await sha256Hex(SPEC),
    })
  })
})

describe('with a folder as source', () => {
  const folderOf = (answer: (method: string, path: string, body: Json) => Response) => {
    const calls: [string, string, Json][] = []
    const fetch = async (request: Request) => {
      const body = (await request.json().catch(() => ({}))) as Json
      const path = new URL(request.url).pathname
      calls.push([request.method, path, body])
      return answer(request.method, path, body)
    }
    return { calls, dagFolder: { fetch } }
  }
  const taken = () => Response.json({ hash: 'h' })

  it('every write goes to the folder first', async () => {
    const { calls, dagFolder } = folderOf(taken)
    const { ask } = await createWorld({ dagFolder })
    const hash = await sha256Hex(SPEC)
    await ask('POST', 'dags', { body: { name: 'hello', spec: SPEC } })
    await ask('PUT', 'dags/hello/spec', { body: { spec: OTHER, hash } })
    await ask('PUT', 'dags/hello/spec', { body: { spec: SPEC } })
    await ask('POST', 'dags/hello/rename', { body: { newFileName: 'moved' } })
    await ask('DELETE', 'dags/moved')
    expect(calls).toEqual([
      ['PUT', '/hello', { spec: SPEC, ifHash: null }],
      ['PUT', '/hello', { spec: OTHER, ifHash: hash }],
      ['PUT', '/hello', { spec: SPEC }],
      ['POST', '/rename', { from: 'hello', to: 'moved' }],
      ['DELETE', '/moved', {}],
    ])
  })

  it('a file that changed outside is a conflict with both hashes, and nothing is stored', async () => {
    const { dagFolder } = folderOf(() => Response.json({ actual: 'outside' }, { status: 409 }))
    const { ask, addDag } = await createWorld({ dagFolder })
    const dag = await addDag('hello', SPEC)
    const hash = await sha256Hex(SPEC)
    const answer = await ask('PUT', 'dags/hello/spec', { body: { spec: OTHER, hash } })
    expect([answer.status, await bodyOf(answer)]).toMatchObject([409, { expected: hash, actual: 'outside' }])
    expect(dag.record?.spec).toBe(SPEC)
  })

  it('a rename that the folder refuses leaves the name as it was', async () => {
    const { dagFolder } = folderOf(() => new Response(null, { status: 409 }))
    const { ask, addDag } = await createWorld({ dagFolder })
    await addDag('hello', SPEC)
    expect((await ask('POST', 'dags/hello/rename', { body: { newFileName: 'moved' } })).status).toBe(409)
    expect((await ask('GET', 'dags/hello')).status).toBe(200)
  })
})

describe('syncing a directory', () => {
  const sync = { runner: 'r-1', dir: '/dags' }

  it('stores files, lists broken ones with their errors, and removes those of this directory only', async () => {
    const { ask, addDag, dagOf, directory } = await createWorld()
    const body = {
      ...sync,
      files: [
        { fileName: 'a', spec: SPEC },
        { fileName: 'bad', spec: BROKEN },
      ],
    }
    expect(await bodyOf(await ask('POST', 'source/sync', { body }))).toMatchObject({
      files: [
        { fileName: 'a', errors: [] },
        { fileName: 'bad', errors: [expect.stringContaining('comand')] },
      ],
    })
    expect(dagOf(directory.dagId('a', false)!).record).toMatchObject({ spec: SPEC, source: sync })
    expect(dagOf(directory.dagId('bad', false)!).record).toMatchObject({ spec: BROKEN })
    const other = await addDag('other')
    if (other.record !== null) other.record.source = { runner: 'r-1', dir: '/elsewhere' }
    const removed = await ask('POST', 'source/sync', { body: { ...sync, removed: ['a', 'other', 'unknown'] } })
    expect(await bodyOf(removed)).toMatchObject({ removed: ['a'] })
    expect([...directory.files.keys()]).toEqual(['bad', 'other'])
  })

  it('that is complete removes what is gone, but nothing that came another way', async () => {
    const { ask, addDag, directory } = await createWorld()
    await addDag('by-hand')
    await ask('POST', 'source/sync', {
      body: {
        ...sync,
        files: [
          { fileName: 'a', spec: SPEC },
          { fileName: 'b', spec: SPEC },
        ],
      },
    })
    const answer = await ask('POST', 'source/sync', {
      body: { ...sync, files: [{ fileName: 'b', spec: SPEC }], complete: true },
    })
    expect(await bodyOf(answer)).toMatchObject({ removed: ['a'] })
    expect([...directory.files.keys()].sort()).toEqual(['b', 'by-hand'])
  })

  it('names its runner by id or by name, and is refused for one that is not enrolled', async () => {
    const { ask, dagOf, directory } = await createWorld()
    const files = [{ fileName: 'a', spec: SPEC }]
    expect((await ask('POST', 'source/sync', { body: { runner: 'nobody', dir: '/dags', files } })).status).toBe(400)
    await ask('POST', 'source/sync', { body: { runner: 'host-0', dir: '/dags', files } })
    expect(dagOf(directory.dagId('a', false)!).record?.source).toEqual(sync)
  })

  it('still owns its files when its host was enrolled anew', async () => {
    const { ask, directory } = await createWorld()
    await ask('POST', 'source/sync', { body: { ...sync, files: [{ fileName: 'a', spec: SPEC }] } })
    directory.runnerRecords.push({
      runnerId: 'r-2',
      name: 'host-0',
      labels: {},
      createdAt: 1,
      revokedAt: null,
      drainingSince: null,
    })
    const answer = await ask('POST', 'source/sync', { body: { runner: 'host-0', dir: '/dags', complete: true } })
    expect(await bodyOf(answer)).toMatchObject({ removed: ['a'] })
  })

  it('stores the good files beside one with an impossible name', async () => {
    const { ask } = await createWorld()
    const files = [
      { fileName: 'a b', spec: SPEC },
      { fileName: 'ok', spec: SPEC },
    ]
    expect(await bodyOf(await ask('POST', 'source/sync', { body: { ...sync, files } }))).toMatchObject({
      files: [
        { fileName: 'a b', errors: [expect.stringContaining('name')] },
        { fileName: 'ok', errors: [] },
      ],
    })
  })
})
