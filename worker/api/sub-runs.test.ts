import type { SubRun } from '@edgedag/core/run/children/sub-runs'
import { describe, expect, it } from 'vitest'
import { summary } from './testing/fake-dag.ts'
import { fakeDetails } from './testing/fake-details.ts'
import { createWorld, START } from './testing/world.ts'

const child = (n: number, fields: Partial<SubRun> = {}): SubRun => ({
  step: n < 3 ? 'one' : 'two',
  dagName: 'kid',
  dagRunId: `c${n}`,
  params: `N="${n}"`,
  status: n === 1 ? 'failed' : 'succeeded',
  startedAt: START,
  finishedAt: START + 1000,
  repeated: false,
  ...fields,
})

/** Run r1 of `hello` has called c0 to c4, and c0 has called g0. */
async function family() {
  const world = await createWorld()
  const dag = await world.addDag('hello')
  dag.rows.push(summary({ runId: 'r1', dagId: 'dag-hello', dagName: 'hello', fileName: 'hello', status: 'succeeded' }))
  const { runs } = world
  for (const id of ['c0', 'c1', 'g0'])
    runs.called.set(id, summary({ runId: id, dagId: 'dag-hello', dagName: 'kid', status: 'running', root: 'r1' }))
  runs.lists.set(
    'r1',
    [0, 1, 2, 3, 4].map(n => child(n)),
  )
  runs.lists.set('c0', [child(0, { dagRunId: 'g0' })])
  for (const id of ['c0', 'c1', 'g0'])
    runs.known.set(id, fakeDetails({ name: 'kid', dagRunId: id, rootDAGRunId: 'r1', rootDAGRunName: 'hello' }))
  const get = async (path: string) => {
    const answer = await world.ask('GET', `dag-runs/hello/r1/${path}`)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return { ...world, get }
}

describe('called runs', () => {
  it.each([
    ['', ['c0', 'c1', 'c2', 'c3', 'c4'], 5],
    ['?step=two', ['c3', 'c4'], 2],
    ['?status=2,3', ['c1'], 1],
    ['?limit=2&offset=1', ['c1', 'c2'], 5],
    ['?parentSubDAGRunId=c0', ['g0'], 1],
  ])('are listed: sub-dag-runs%s', async (query, ids, total) => {
    const { get } = await family()
    const { body } = await get(`sub-dag-runs${query}`)
    expect((body.subRuns as { dagRunId: string }[]).map(run => run.dagRunId)).toEqual(ids)
    expect(body.total).toBe(total)
  })

  it('have their status as number and word, and their times as text', async () => {
    const { get } = await family()
    const { body } = await get('sub-dag-runs?limit=1&offset=1')
    expect(body.subRuns).toEqual([
      expect.objectContaining({ dagName: 'kid', dagRunId: 'c1', params: 'N="1"', status: 2, statusLabel: 'failed' }),
    ])
  })

  it.each([
    ['?status=nine', 400],
    ['?limit=0', 400],
    ['?parentSubDAGRunId=..', 400],
    ['?parentSubDAGRunId=stranger', 404],
  ])('are not listed for sub-dag-runs%s: %i', async (query, status) => {
    const { get } = await family()
    expect((await get(`sub-dag-runs${query}`)).status).toBe(status)
  })

  it('are found below their root at any depth, and nowhere else', async () => {
    const { get, ask, runs, addDag } = await family()
    for (const id of ['c0', 'g0'])
      expect((await get(`sub-dag-runs/${id}`)).body).toMatchObject({ dagRunDetails: { dagRunId: id } })
    expect((await get('sub-dag-runs/stranger')).status).toBe(404)
    runs.called.set('of-another', summary({ runId: 'of-another', dagName: 'kid', root: 'r2' }))
    expect((await get('sub-dag-runs/of-another')).status).toBe(404)
    await addDag('kid')
    expect((await ask('GET', 'dag-runs/kid/c0')).status).toBe(404)
  })

  it('can be stopped one by one, by those who may', async () => {
    const { ask, runs } = await family()
    const path = 'dag-runs/hello/r1/sub-dag-runs/c0/stop'
    expect((await ask('POST', path, { role: 'viewer' })).status).toBe(403)
    expect((await ask('POST', path, { role: 'operator' })).status).toBe(200)
    expect(runs.stops).toEqual([{ runId: 'c0', by: 'operator-key' }])
  })
})
