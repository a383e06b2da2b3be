import { describe, expect, it } from 'vitest'
import { summary } from './testing/fake-dag.ts'
import { createWorld, START } from './testing/world.ts'

/** A DAG `slow` of whose runs one is running and two wait. */
async function withLine() {
  const world = await createWorld()
  const dag = await world.addDag('slow')
  const queued = (runId: string) => summary({ runId, dagName: 'slow', status: 'queued', queuedAt: START })
  dag.rows.push(summary({ runId: 'r1', dagName: 'slow' }), queued('q2'), queued('q1'))
  return { ...world, dag }
}

describe('changing a queue', () => {
  it('clears what waits and leaves what runs', async () => {
    const { ask, dag } = await withLine()
    expect(await (await ask('POST', 'queues/slow/clear')).json()).toEqual({ cleared: 2 })
    expect(dag.rows.map(row => row.runId)).toEqual(['r1'])
    expect(await (await ask('POST', 'queues/slow/clear')).json()).toEqual({ cleared: 0 })
  })

  it('takes out one run, or the first', async () => {
    const { ask, dag } = await withLine()
    expect(await (await ask('DELETE', 'queues/slow/items/next')).json()).toEqual({ dagRunId: 'q1' })
    expect(await (await ask('DELETE', 'queues/slow/items/q2')).json()).toEqual({ dagRunId: 'q2' })
    expect((await ask('DELETE', 'queues/slow/items/q2')).status).toBe(404)
    expect(dag.rows).toHaveLength(1)
  })

  it.each([
    ['a place that is none', 'POST', 'queues/slow/items/q1/move', { to: 'middle' }, 400],
    ['a run that does not wait', 'POST', 'queues/slow/items/nobody/move', { to: 'first' }, 404],
    ['a priority that is none', 'PUT', 'queues/slow/items/q1/priority', { priority: 'urgent' }, 400],
    ['a queue that nobody has', 'POST', 'queues/nobody/pause', {}, 404],
    ['a name with a slash, as a file may have it', 'POST', 'queues/a%2Fb/pause', {}, 404],
    ['a name of two lines', 'POST', 'queues/a%0Ab/pause', {}, 400],
    ['a run for a queue that could not be asked for', 'POST', 'dags/slow/enqueue', { queue: '..' }, 400],
    ['a run for a queue with a slash', 'POST', 'dags/slow/enqueue', { queue: 'a/b' }, 200],
    ['a move', 'POST', 'queues/slow/items/q1/move', { before: 'q2' }, 200],
    ['a priority', 'PUT', 'queues/slow/items/q1/priority', { priority: 'high' }, 200],
    ['a pause', 'POST', 'queues/slow/pause', {}, 200],
  ])('answers %s as it should', async (_what, method, path, body, status) => {
    const { ask } = await withLine()
    expect((await ask(method, path, { body })).status).toBe(status)
  })

  it('needs the role for it', async () => {
    const { ask } = await withLine()
    expect((await ask('POST', 'queues/slow/clear', { role: 'viewer' })).status).toBe(403)
    expect((await ask('POST', 'queues/slow/pause', { role: 'operator' })).status).toBe(403)
    expect((await ask('POST', 'queues/slow/clear', { role: 'operator' })).status).toBe(200)
  })
})

describe('queues of the configuration file', () => {
  const file = '/etc/edgedag.yaml'
  const sync = (queues: { name: string; maxConcurrency: number }[]) => ({ body: { file, queues } })

  it('are the file’s: they take over, are not changed elsewhere, and say where', async () => {
    const { ask } = await createWorld()
    const set = (name: string, maxConcurrency: number | null) =>
      ask('PUT', `queues/${name}`, { body: { maxConcurrency } })
    expect((await set('both', 2)).status).toBe(200)
    expect((await set('mine', 2)).status).toBe(200)
    expect((await ask('PUT', 'source/queues', sync([{ name: 'both', maxConcurrency: 5 }]))).status).toBe(200)
    for (const max of [1, null]) {
      const refused = await set('both', max)
      expect(refused.status).toBe(409)
      expect(await refused.text()).toContain(file)
    }
    expect((await set('mine', null)).status).toBe(200)
    expect((await ask('PUT', 'source/queues', sync([]))).status).toBe(200)
    expect((await set('both', 1)).status).toBe(200)
  })

  it.each([
    ['a size of none', [{ name: 'a', maxConcurrency: 0 }]],
    ['a name of two lines', [{ name: 'a\nb', maxConcurrency: 1 }]],
    ['too many', Array.from({ length: 1_001 }, (_, i) => ({ name: `q${i}`, maxConcurrency: 1 }))],
  ])('are refused with %s', async (_what, queues) => {
    const { ask } = await createWorld()
    expect((await ask('PUT', 'source/queues', sync(queues))).status).toBe(400)
  })

  it('are an administrator’s to bring in', async () => {
    const { ask } = await createWorld()
    expect((await ask('PUT', 'source/queues', { ...sync([]), role: 'developer' })).status).toBe(403)
  })
})

describe('searching and cleaning up', () => {
  it.each(['dags/search', 'search/dags', 'search/logs', 'search/dags/slow/matches'])('%s needs a text', async path => {
    const { ask } = await withLine()
    expect((await ask('GET', path)).status).toBe(400)
    expect((await ask('GET', `${path}?q=%20`)).status).toBe(400)
    expect((await ask('GET', `${path}?q=${'x'.repeat(300)}`)).status).toBe(400)
  })

  it('asks before it deletes, and only developers may', async () => {
    const { ask, dag } = await withLine()
    dag.rows.push(summary({ runId: 'old', dagName: 'slow', status: 'succeeded', finishedAt: START }))
    const cleanup = (dryRun: boolean, role = 'admin') =>
      ask('POST', 'dags/slow/dag-runs/cleanup', { role: role as 'admin', body: { retentionDays: 0, dryRun } })
    expect((await cleanup(false, 'operator')).status).toBe(403)
    expect(await (await cleanup(true)).json()).toEqual({ dagRunIds: ['old'], count: 1 })
    expect(dag.rows).toHaveLength(4)
    expect(await (await cleanup(false)).json()).toEqual({ dagRunIds: ['old'], count: 1 })
    expect(dag.rows).toHaveLength(3)
    expect((await ask('POST', 'dags/nope/dag-runs/cleanup', { body: { retentionDays: 0 } })).status).toBe(404)
    expect((await ask('POST', 'dags/slow/dag-runs/cleanup', { body: { retentionDays: -1 } })).status).toBe(400)
  })
})
