import { describe, expect, it } from 'vitest'
import { byParams, calling, callStep, ended, withKid, words } from '../testing/calls.ts'
import { Cluster, type ClusterOptions, runDag } from '../testing/cluster.ts'
import { aStep, chain, continueOn, repeatPolicy, retryPolicy } from '../testing/dags.ts'
import type { ChildNews } from './child-types.ts'
import { CHILD_BATCH } from './children.ts'

const result = (cluster: Cluster) => JSON.parse(cluster.agent.concluded.at(-1)!.text)

describe('a call', () => {
  it('runs its child without holding room, and goes on with its result', () => {
    const dag = chain([callStep(), 'after'], withKid)
    const cluster = new Cluster(
      dag,
      calling(['A="1"'], () => 'hang'),
    )
      .accept()
      .run()
    expect(cluster.free).toBe(100)
    expect(cluster.head.status).toBe('running')
    const [order] = cluster.children.started
    cluster.event({ type: 'children_changed', news: [{ ...ended(order!), outputs: { WORD: 'x' } }] })
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(result(cluster)).toEqual({
      name: 'kid',
      dagRunId: order!.id,
      params: 'A="1"',
      outputs: { WORD: 'x' },
      status: 'succeeded',
    })
    expect(cluster.agent.starts).toEqual(['after#1'])
    expect(cluster.free).toBe(100)
  })

  it.each([
    ['failed', 'failed', 'failed'],
    ['aborted', 'failed', 'failed'],
    ['rejected', 'failed', 'failed'],
    ['partially_succeeded', 'partially_succeeded', 'partially_succeeded'],
  ] as const)('of a child that ends %s is %s, and the run %s', (status, step, run) => {
    const cluster = runDag(
      chain([callStep()], withKid),
      calling([''], () => ({ status })),
    )
    expect(cluster.statuses.go).toBe(step)
    expect(cluster.head.status).toBe(run)
  })

  it('of a DAG that is not there fails with its name', () => {
    const calls = () => ({ target: 'no-such', params: [''] })
    const cluster = runDag(chain([callStep()]), { calls })
    expect(cluster.head.status).toBe('failed')
    expect(cluster.state!.steps.get('go')!.error).toContain('no-such')
    expect(cluster.children.started).toEqual([])
  })

  it('that calls itself without end is refused at a depth', () => {
    const parent = { runId: 'p', name: 'test', step: 'go', rootRunId: 'r', rootName: 'test', depth: 32 }
    const cluster = runDag(chain([callStep()], withKid), calling([''], undefined, { spec: { parent } }))
    expect(cluster.state!.steps.get('go')!.error).toContain('call itself')
  })

  it('is retried on the same child run, under its next attempt', () => {
    const step = callStep({ retryPolicy: retryPolicy({ limit: 2 }) })
    const cluster = runDag(
      chain([step], withKid),
      calling([''], ({ attempt }) => (attempt < 3 ? { status: 'failed' } : {})),
    )
    expect(cluster.head.status).toBe('succeeded')
    expect(new Set(cluster.children.started.map(order => order.id)).size).toBe(1)
    expect(cluster.children.started.map(order => order.attempt)).toEqual([1, 2, 3])
  })

  it('with parameters that hold a secret is told apart by their tags alone, and goes on with the same child under a new key', () => {
    const sealed = (text: string, ...tags: string[]) => ({ params: 'T="*******"', sealed: { text, tags } })
    const items = [
      [sealed('s1', 'one'), sealed('s2', 'two'), sealed('s3', 'one')],
      [sealed('s4', 'one under the new key', 'one'), sealed('s5', 'two under the new key', 'two')],
    ]
    const calls: ClusterOptions['calls'] = (_, attempt) => ({
      target: 'kid',
      parallel: true,
      params: items[attempt - 1]!,
    })
    const step = callStep({ retryPolicy: retryPolicy({ limit: 1 }) })
    const cluster = runDag(chain([step], withKid), {
      calls,
      child: ({ attempt, sealed }) => (attempt === 1 && sealed === 's2' ? { status: 'failed' } : {}),
    })
    expect(cluster.head.status).toBe('succeeded')
    const { started } = cluster.children
    expect(started.map(({ sealed, attempt }) => [sealed, attempt])).toEqual([
      ['s1', 1],
      ['s2', 1],
      ['s5', 2],
    ])
    expect(started[2]!.id).toBe(started[1]!.id)
    expect(result(cluster).summary).toEqual({ total: 2, succeeded: 2, failed: 0 })
  })

  it('is a run of its own in every repetition', () => {
    const step = callStep({ repeatPolicy: repeatPolicy({ limit: 3 }) })
    const cluster = runDag(
      chain([step], withKid),
      calling([''], () => ({})),
    )
    expect(cluster.head.status).toBe('succeeded')
    expect(new Set(cluster.children.started.map(order => order.id)).size).toBe(3)
    expect(cluster.state!.children.size).toBe(3)
  })

  it('keeps a step waiting whose child waits for a person, and goes on when that goes on', () => {
    const ends: (Partial<ChildNews> | 'hang')[] = [{ status: 'waiting' }, 'hang']
    const cluster = new Cluster(
      chain([callStep(), 'after'], withKid),
      calling([''], () => ends.shift() ?? 'hang'),
    )
      .accept()
      .run()
    expect(cluster.head.status).toBe('waiting')
    expect(cluster.statuses.go).toBe('waiting')
    const order = cluster.children.started[0]!
    cluster.event({ type: 'children_changed', news: [{ ...ended(order), status: 'running', finishedAt: null }] })
    expect([cluster.head.status, cluster.statuses.go]).toEqual(['running', 'running'])
    cluster.event({ type: 'children_changed', news: [ended(order)] })
    expect(cluster.run().head.status).toBe('succeeded')
  })

  it('asks for its place in the queue again when there is work of its own, not while a child goes on', () => {
    const ends: (Partial<ChildNews> | 'hang')[] = [{ status: 'waiting' }, 'hang']
    const dag = chain([callStep(), 'after'], withKid)
    const cluster = new Cluster(dag, {
      ...calling([''], () => ends.shift() ?? 'hang'),
      spec: { slot: { queue: 'q', hold: 7 } },
    })
    cluster.accept().run()
    expect(cluster.head).toMatchObject({ status: 'waiting', slot: null })
    const order = cluster.children.started[0]!
    cluster.event({ type: 'children_changed', news: [{ ...ended(order), status: 'running', finishedAt: null }] })
    expect(cluster.head.slotWanted ?? null).toBeNull()
    cluster.event({ type: 'children_changed', news: [ended(order)] })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'running', slotWanted: { queue: 'q' } })
    expect(cluster.statuses.after).toBeUndefined()
    cluster.event({ type: 'slot_granted', slot: { queue: 'q', hold: 9 } })
    expect(cluster.run().head).toMatchObject({ status: 'succeeded', released: { hold: 9 } })
  })

  it('over its time limit stops its child and fails without a retry', () => {
    const step = callStep({ timeoutSec: 5, retryPolicy: retryPolicy({ limit: 2 }) })
    const cluster = runDag(
      chain([step], withKid),
      calling([''], () => 'hang'),
    )
    expect(cluster.children.stopped).toHaveLength(1)
    expect(cluster.state!.steps.get('go')).toMatchObject({
      status: 'failed',
      exitCode: 124,
      error: 'timed out: over its limit of 5 s',
    })
    expect(cluster.now).toBe(1_005_000)
  })

  it('by a handler runs before the run ends', () => {
    const dag = chain(['a'], { ...withKid, handlers: { exit: callStep({ name: 'onExit' }) } })
    const calls: ClusterOptions['calls'] = step => (step === 'onExit' ? { target: 'kid', params: [''] } : undefined)
    const cluster = runDag(dag, { calls, child: () => ({ status: 'failed' }) })
    expect(cluster.children.started).toHaveLength(1)
    expect(cluster.head.status).toBe('failed')
  })

  it('by the init handler holds the steps back until it is over', () => {
    const dag = chain(['a'], { ...withKid, handlers: { init: callStep({ name: 'onInit' }) } })
    const calls: ClusterOptions['calls'] = step => (step === 'onInit' ? { target: 'kid', params: [''] } : undefined)
    const cluster = new Cluster(dag, { calls, child: () => 'hang' }).accept().run()
    expect(cluster.agent.starts).toEqual([])
    expect(cluster.free).toBe(100)
    cluster.event({ type: 'children_changed', news: [ended(cluster.children.started[0]!)] })
    expect(cluster.run().head.status).toBe('succeeded')
    expect(cluster.agent.starts).toEqual(['a#1'])
  })
})

describe('children in parallel', () => {
  const fan = (rest = {}) => chain([callStep({ parallel: { items: [] }, ...rest })], withKid)

  it('are aggregated in the order of the items, whatever the order of their ends', () => {
    const cluster = new Cluster(
      fan(),
      calling(['a', 'b', 'c'], () => 'hang'),
    )
      .accept()
      .run()
    for (const order of [...cluster.children.started].reverse())
      cluster.event({
        type: 'children_changed',
        news: [
          { ...ended(order), status: order.params === 'b' ? 'failed' : 'succeeded', outputs: { W: order.params } },
        ],
      })
    cluster.run()
    const { summary, results, outputs } = result(cluster)
    expect(summary).toEqual({ total: 3, succeeded: 2, failed: 1 })
    expect(results.map((each: { params: string }) => each.params)).toEqual(['a', 'b', 'c'])
    expect(outputs).toEqual([{ W: 'a' }, { W: 'c' }])
    expect(cluster.head.status).toBe('failed')
    expect(cluster.state!.steps.get('go')!.error).toContain('1 of 3 child runs of DAG kid did not succeed')
  })

  it('of the same parameters are one', () => {
    const cluster = runDag(
      fan(),
      calling(['a', 'b', 'a', 'c', 'b'], () => ({})),
    )
    expect(cluster.children.started.map(order => order.params)).toEqual(['a', 'b', 'c'])
    expect(result(cluster).summary.total).toBe(3)
  })

  it.each([1, 3])('never run more than max_concurrent %i at once', maxConcurrent => {
    const cluster = runDag(
      fan(),
      calling(words(20), () => ({}), { maxConcurrent }),
    )
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.children.peak).toBe(maxConcurrent)
  })

  it('are started in batches, each one row', () => {
    const cluster = new Cluster(
      fan(),
      calling(words(1000), () => 'hang'),
    )
      .accept()
      .run()
    expect(cluster.children.started).toHaveLength(1000)
    const rows = cluster.journal.length
    expect(rows).toBeLessThanOrEqual(1000 / CHILD_BATCH + 6)
  })

  it('that failed run again in a retry of the run, and those that succeeded are kept', () => {
    let failing = true
    const cluster = runDag(
      fan(),
      calling(words(5), ({ params }) => (failing && params === 'w3' ? { status: 'failed' } : {})),
    )
    expect(cluster.head.status).toBe('failed')
    failing = false
    cluster.event({ type: 'retry_requested', by: 'me' })
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.children.started.slice(5).map(order => [order.params, order.attempt])).toEqual([['w3', 2]])
    expect(result(cluster).summary).toEqual({ total: 5, succeeded: 5, failed: 0 })
  })

  it('lead to a partial success where continue_on lets the run go on', () => {
    const step = callStep({ parallel: { items: [] }, continueOn: continueOn({ failure: true }) })
    const cluster = runDag(chain([step, 'after'], withKid), calling(['a', 'b'], byParams({ b: { status: 'failed' } })))
    expect(cluster.head.status).toBe('partially_succeeded')
  })

  it('whose outputs are over max_output_size fail the step that captures them', () => {
    const dag = fan({ output: { kind: 'variable', name: 'R' } })
    const cluster = runDag(
      { ...dag, maxOutputSize: 1000 },
      calling(['a', 'b'], () => ({ outputs: { X: 'x'.repeat(700) } })),
    )
    expect(cluster.state!.steps.get('go')!.error).toContain('max_output_size (1000)')
  })
})

describe('a stop', () => {
  it('reaches all children that live, starts no other, and lets the handlers run after them', () => {
    const dag = chain([callStep({ parallel: { items: [] } })], { ...withKid, handlers: { abort: aStep('onAbort') } })
    const cluster = new Cluster(
      dag,
      calling(words(100), () => 'hang', { maxConcurrent: 60 }),
    )
      .accept()
      .run()
    expect(cluster.children.living.size).toBe(60)
    cluster.event({ type: 'stop_requested', by: 'me' })
    cluster.run()
    expect(cluster.children.stopped).toHaveLength(60)
    expect(cluster.children.started).toHaveLength(60)
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.statuses).toEqual({ go: 'aborted', onAbort: 'succeeded' })
  })

  it('while the DAG is being looked up ends the step', () => {
    const cluster = new Cluster(
      chain([callStep()]),
      calling([''], () => ({})),
    )
    cluster.children.take = () => []
    cluster.accept().run()
    cluster.event({ type: 'stop_requested', by: 'me' })
    expect(cluster.head.status).toBe('aborted')
  })

  it('that abandons the run tells the children to end, and the run is packed after their last words', () => {
    const cluster = new Cluster(
      chain([callStep()], withKid),
      calling([''], () => 'hang'),
    )
    cluster.accept().run()
    const take = cluster.children.take.bind(cluster.children)
    cluster.children.take = command => (command.type === 'stop_child' ? [] : take(command))
    cluster.event({ type: 'stop_requested', by: 'me', abandon: true })
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.commands.find(command => command.type === 'stop_child')).toMatchObject({ abandon: true })
    expect(cluster.commands.some(command => command.type === 'pack')).toBe(false)
    const order = cluster.children.started[0]!
    cluster.event({ type: 'children_changed', news: [{ ...ended(order), status: 'aborted' }] })
    expect(cluster.commands.at(-1)).toEqual({ type: 'pack' })
  })

  it('of a run by its time limit stops the children and fails the run', () => {
    const cluster = runDag(
      chain([callStep()], { ...withKid, timeoutSec: 9 }),
      calling([''], () => 'hang'),
    )
    expect(cluster.children.stopped).toHaveLength(1)
    expect(cluster.head.status).toBe('failed')
    expect(cluster.statuses.go).toBe('aborted')
  })
})
