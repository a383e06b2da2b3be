import type { DAGRunDetails } from '@edgedag/core/api/generated/answers'
import { describe, expect, it } from 'vitest'
import { summary } from './testing/fake-dag.ts'
import { fakeDetails, fakeNode } from './testing/fake-details.ts'
import { createWorld, START } from './testing/world.ts'

type Json = Record<string, unknown>
const bodyOf = async (answer: Response) => (await answer.json()) as Json
const details = (fields: Partial<DAGRunDetails>) => fakeDetails({ sourceFileName: 'hello', ...fields })

describe('starting', () => {
  it('hands everything to the DAG, and the run is found at once', async () => {
    const { ask, addDag } = await createWorld()
    const dag = await addDag('hello')
    const body = { params: 'WHO=kim', dagRunId: 'r1', labels: ['a'], tags: 'b, c', singleton: true, later: 'x' }
    expect(await bodyOf(await ask('POST', 'dags/hello/start', { role: 'operator', body }))).toEqual({ dagRunId: 'r1' })
    expect(dag.requests).toEqual([
      {
        trigger: 'manual',
        mode: 'start',
        params: 'WHO=kim',
        runId: 'r1',
        labels: ['a', 'b', 'c'],
        singleton: true,
        by: 'operator-key',
      },
    ])
    expect(await bodyOf(await ask('GET', 'dag-runs/hello/r1'))).toMatchObject({
      dagRunDetails: { name: 'hello', dagRunId: 'r1', nodes: [{ step: { name: 'a' }, statusLabel: 'not_started' }] },
    })
  })

  it('finds runs under a name of their own too', async () => {
    const { ask, addDag } = await createWorld()
    await addDag('hello')
    await ask('POST', 'dags/hello/start', { body: { dagRunId: 'r1', dagName: 'special' } })
    expect((await ask('GET', 'dag-runs/special/r1')).status).toBe(200)
    expect((await ask('GET', 'dag-runs/else/r1')).status).toBe(404)
  })

  it('with a used id is 409, whichever DAG used it', async () => {
    const { ask, addDag, runs } = await createWorld()
    await addDag('hello')
    await ask('POST', 'dags/hello/start', { body: { dagRunId: 'r1' } })
    const again = await ask('POST', 'dags/hello/start', { body: { dagRunId: 'r1' } })
    expect([again.status, await bodyOf(again)]).toMatchObject([
      409,
      { message: 'dag-run ID r1 already exists for DAG hello' },
    ])
    runs.known.set('r2', details({}))
    expect((await ask('POST', 'dags/hello/start', { body: { dagRunId: 'r2' } })).status).toBe(409)
  })

  it('of an inline text stores it under its name and pins the very text', async () => {
    const { ask, directory, dagOf } = await createWorld()
    const spec = 'steps:\n  - command: echo hi\n'
    expect(
      (await ask('POST', 'dag-runs', { body: { name: 'once', spec, source: { runner: 'r-1', dir: '/w' } } })).status,
    ).toBe(200)
    const dag = dagOf(directory.inlineDagId('once'))
    expect(dag.record).toMatchObject({ fileName: '', spec, source: { runner: 'r-1', dir: '/w' } })
    expect(dag.requests).toMatchObject([{ mode: 'start', dagName: 'once', spec }])
    expect((await ask('GET', 'dag-runs/once/latest')).status).toBe(200)
    const broken = await ask('POST', 'dag-runs/enqueue', { body: { name: 'once', spec: 'steps: 5' } })
    expect([broken.status, await bodyOf(broken)]).toMatchObject([
      400,
      { code: 'bad_request', problems: [expect.anything()] },
    ])
  })

  it('and waiting answers the details at the end, or 408 and lets the run go on', async () => {
    const { ask, addDag, runs, clock } = await createWorld()
    const dag = await addDag('hello')
    const start = dag.start.bind(dag)
    dag.start = request => {
      const started = start(request)
      runs.known.set('r1', details({ dagRunId: 'r1', status: 4 }))
      return started
    }
    const run = dag.run.bind(dag)
    dag.run = id => {
      const row = run(id)
      return row !== null && clock.now > START + 60 ? { ...row, status: 'succeeded' } : row
    }
    const answer = await ask('POST', 'dags/hello/start-sync', { body: { dagRunId: 'r1', timeout: 10 } })
    expect(await bodyOf(answer)).toMatchObject({ dagRun: { dagRunId: 'r1', status: 4 } })
    dag.run = run
    const late = await ask('POST', 'dags/hello/start-sync', { body: { dagRunId: 'r3', timeout: 10 } })
    expect([late.status, await bodyOf(late)]).toMatchObject([408, { code: 'timeout', dagRunId: 'r3' }])
  })
})

describe('reading', () => {
  it('shows a queued run with the steps of its file and dashes for their times', async () => {
    const { ask, addDag } = await createWorld()
    await addDag('hello')
    await ask('POST', 'dags/hello/enqueue', { body: { dagRunId: 'q1' } })
    expect(await bodyOf(await ask('GET', 'dag-runs/hello/q1'))).toMatchObject({
      dagRunDetails: {
        statusLabel: 'queued',
        startedAt: '',
        queuedAt: '2026-11-21T11:32:55Z',
        labels: null,
        tags: null,
        nodes: [{ startedAt: '-', finishedAt: '-', doneCount: 0, step: { commands: [expect.anything()] } }],
      },
    })
  })

  it('gives history with the status of each step in each run', async () => {
    const { ask, addDag, runs } = await createWorld()
    const dag = await addDag('hello')
    dag.rows.push(summary({ runId: 'r2' }), summary({ runId: 'r1' }))
    runs.known.set('r2', details({ dagRunId: 'r2', nodes: [fakeNode('a', 4), fakeNode('b', 1)] }))
    runs.known.set('r1', details({ dagRunId: 'r1', nodes: [fakeNode('a', 2)] }))
    expect(await bodyOf(await ask('GET', 'dags/hello/dag-runs'))).toMatchObject({
      dagRuns: [{ dagRunId: 'r2' }, { dagRunId: 'r1' }],
      gridData: [
        { name: 'a', history: [4, 2] },
        { name: 'b', history: [1, 0] },
      ],
    })
  })

  it('pages through lists with cursors that belong to their filters', async () => {
    const { ask, addDag, queries } = await createWorld()
    const dag = await addDag('hello')
    for (const id of ['r3', 'r2', 'r1']) dag.rows.push(summary({ runId: id, dagId: 'dag-1' }))
    const first = await bodyOf(await ask('GET', 'dag-runs?limit=2&status=4&status=2&labels=a,b&fromDate=10&toDate=20'))
    expect(first.dagRuns).toMatchObject([{ dagRunId: 'r3' }, { dagRunId: 'r2' }])
    expect(queries).toEqual([
      { status: ['succeeded', 'failed'], labels: ['a', 'b'], from: 10_000, to: 20_999, limit: 2 },
    ])
    const filters = 'limit=2&status=4&status=2&labels=a,b&fromDate=10&toDate=20'
    const second = await bodyOf(await ask('GET', `dag-runs?${filters}&cursor=${first.nextCursor}`))
    expect(second).toEqual({ dagRuns: [expect.objectContaining({ dagRunId: 'r1' })] })
    expect((await ask('GET', `dag-runs?limit=2&cursor=${first.nextCursor}`)).status).toBe(400)
  })

  it('answers outputs and the spec of the start', async () => {
    const { ask, addDag } = await createWorld()
    const dag = await addDag('hello')
    dag.rows.push(summary({ runId: 'r1', dagId: 'dag-1' }))
    expect(await bodyOf(await ask('GET', 'dag-runs/hello/r1/outputs'))).toMatchObject({ outputs: {} })
    expect(await bodyOf(await ask('GET', 'dag-runs/hello/r1/spec'))).toEqual({ spec: dag.record?.spec })
  })
})

describe('acting', () => {
  const world = async () => {
    const made = await createWorld()
    const dag = await made.addDag('hello')
    dag.rows.push(summary({ runId: 'r1', dagId: 'dag-1' }))
    made.runs.known.set('r1', details({ dagRunId: 'r1' }))
    return { ...made, dag }
  }

  it('stops a running run, and says who asked', async () => {
    const { ask, runs } = await world()
    expect((await ask('POST', 'dag-runs/hello/r1/stop')).status).toBe(200)
    await ask('POST', 'dag-runs/hello/r1/stop', { body: { abandon: true } })
    expect(runs.stops).toEqual([
      { runId: 'r1', by: 'admin-key' },
      { runId: 'r1', by: 'admin-key', abandon: true },
    ])
  })

  it.each([
    ['a finished run', { status: 'succeeded', finishedAt: START }],
    ['a run that waits for a person', { status: 'waiting' }],
    ['a queued run', { status: 'queued', queuedAt: START }],
    ['a run that has not come to life', { runId: 'new' }],
  ] as const)('%s is not running', async (_, fields) => {
    const { ask, dag } = await world()
    dag.rows.push(summary({ runId: 'other', dagId: 'dag-1', ...fields }))
    const answer = await ask('POST', `dag-runs/hello/${'runId' in fields ? fields.runId : 'other'}/stop`)
    expect([answer.status, await bodyOf(answer)]).toMatchObject([
      400,
      { code: 'not_running', message: 'DAG is not running' },
    ])
  })

  it('stops a run that left its queue and waits for a runner', async () => {
    const { ask, dag, runs } = await world()
    dag.rows.push(summary({ runId: 'w', dagId: 'dag-1', status: 'queued', queuedAt: START }))
    runs.known.set('w', details({ dagRunId: 'w' }))
    expect((await ask('POST', 'dag-runs/hello/w/stop')).status).toBe(200)
  })

  it('stops all running runs and leaves queued ones', async () => {
    const { ask, dag, runs } = await world()
    dag.rows.push(summary({ runId: 'q', dagId: 'dag-1', status: 'queued', queuedAt: START }))
    expect(await bodyOf(await ask('POST', 'dags/hello/stop-all'))).toEqual({ errors: null })
    expect(runs.stops.map(({ runId }) => runId)).toEqual(['r1'])
  })

  it('retries all or one step', async () => {
    const { ask, dag } = await world()
    await ask('POST', 'dag-runs/hello/r1/retry', { body: {} })
    await ask('POST', 'dag-runs/hello/latest/retry', { body: { dagRunId: 'r1', stepName: 'a' } })
    expect(dag.retries).toEqual([
      { runId: 'r1', by: 'admin-key' },
      { runId: 'r1', by: 'admin-key', step: 'a' },
    ])
  })

  it('dequeues only what is queued', async () => {
    const { ask, dag } = await world()
    expect(await bodyOf(await ask('GET', 'dag-runs/hello/r1/dequeue'))).toMatchObject({
      message: 'DAGRun status is not queued: running',
    })
    dag.rows.push(summary({ runId: 'q', dagId: 'dag-1', status: 'queued', queuedAt: START }))
    expect((await ask('GET', 'dag-runs/hello/q/dequeue')).status).toBe(200)
    expect((await ask('GET', 'dag-runs/hello/q/dequeue')).status).toBe(404)
  })

  it('deletes and sets step statuses', async () => {
    const { ask, runs } = await world()
    expect((await ask('PATCH', 'dag-runs/hello/r1/steps/a%20b/status', { body: { status: 4 } })).status).toBe(200)
    expect(runs.statuses).toMatchObject([{ step: 'a b', status: 'succeeded' }])
    expect((await ask('PATCH', 'dag-runs/hello/r1/steps/nope/status', { body: { status: 2 } })).status).toBe(404)
    expect((await ask('DELETE', 'dag-runs/hello/r1')).status).toBe(204)
    expect((await ask('DELETE', 'dag-runs/hello/r1')).status).toBe(404)
  })

  it('forwards live sockets to the object of the run, by its real id', async () => {
    const { ask, forwarded } = await world()
    const headers = { upgrade: 'websocket' }
    await ask('GET', 'live?topic=run:hello:latest&since=3', { headers })
    await ask('GET', 'live?topic=runs', { headers })
    expect(forwarded.map(({ kind, url }) => [kind, new URL(url).search])).toEqual([
      ['run', '?topic=run%3Ahello%3Ar1&since=3'],
      ['index', '?topic=runs'],
    ])
    expect((await ask('GET', 'live?topic=run:hello:nope', { headers })).status).toBe(404)
    expect((await ask('GET', 'live?topic=everything', { headers })).status).toBe(400)
  })
})

describe('queues', () => {
  it('are configured, listed and described, a DAG of its own only while it has runs', async () => {
    const { ask, addDag } = await createWorld()
    expect((await ask('GET', 'queues/q')).status).toBe(404)
    expect((await ask('PUT', 'queues/q', { body: { maxConcurrency: 2 } })).status).toBe(200)
    expect(await bodyOf(await ask('GET', 'queues/q'))).toMatchObject({ name: 'q', type: 'global', maxConcurrency: 2 })
    const dag = await addDag('slow')
    dag.rows.push(
      summary({ runId: 'r1', dagName: 'slow' }),
      summary({ runId: 'q1', dagName: 'slow', status: 'queued', queuedAt: START }),
    )
    expect(await bodyOf(await ask('GET', 'queues'))).toMatchObject({
      queues: [{ name: 'q' }, { name: 'slow', type: 'dag-based', maxConcurrency: 1, runningCount: 1, queuedCount: 1 }],
      summary: { totalQueues: 2, totalRunning: 1, totalQueued: 1, totalCapacity: 3, utilizationPercentage: 33 },
    })
    expect(await bodyOf(await ask('GET', 'queues/slow/items'))).toMatchObject({
      items: [{ dagRunId: 'q1', queuedAt: expect.any(String) }],
    })
  })
})
