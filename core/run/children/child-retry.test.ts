import { describe, expect, it } from 'vitest'
import { Cluster, type ClusterOptions } from '../testing/cluster.ts'
import { aDag, aStep, chain, retryPolicy } from '../testing/dags.ts'
import { retryOfChild } from './child-retry.ts'
import type { ChildNews, ChildOrder } from './child-types.ts'

const kid = aDag([aStep('k')], { name: 'kid' })

/** A run whose first step calls `kid` with a, b and c; `fails` says how each child ends. */
function family(fails: (order: ChildOrder) => Partial<ChildNews> | 'hang', rest = {}, call = {}) {
  const step = aStep('go', { type: 'dag', call: 'kid', parallel: { items: [] }, ...rest })
  const options: ClusterOptions = {
    calls: name => (name === 'go' ? { target: 'kid', params: ['a', 'b', 'c'], parallel: true, ...call } : undefined),
    child: fails,
  }
  const cluster = new Cluster(chain([step, 'after'], { localDags: [kid] }), options).accept().run()
  const orders = () => cluster.children.started.map(({ params, attempt }) => `${params}#${attempt}`)
  const idOf = (params: string) => cluster.children.started.find(order => order.params === params)!.id
  return { cluster, orders, idOf }
}
const summaryOf = (cluster: Cluster) => JSON.parse(cluster.agent.concluded.at(-1)!.text).summary

describe('retry of one child of a run that has ended', () => {
  it('runs that one alone; the step takes the others as they were', () => {
    let failing = true
    const { cluster, orders, idOf } = family(({ params }) => (failing && params !== 'a' ? { status: 'failed' } : {}))
    failing = false
    const child = { id: idOf('b'), step: 'k' }
    expect(retryOfChild(cluster.state!, child.id)).toEqual({ ok: true, value: { now: false, step: 'go' } })
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'go', onward: true, child })
    cluster.run()
    expect(orders().slice(3)).toEqual(['b#2'])
    expect(cluster.children.started.at(-1)!.again).toEqual({ step: 'k' })
    expect(summaryOf(cluster)).toEqual({ total: 3, succeeded: 2, failed: 1 })
    expect([cluster.head.status, cluster.statuses.after]).toEqual(['failed', 'aborted'])

    cluster.event({ type: 'retry_requested', by: 'kim', step: 'go', onward: true, child: { id: idOf('c') } })
    cluster.run()
    expect(orders().slice(4)).toEqual(['c#2'])
    expect([cluster.head.status, cluster.statuses.after]).toEqual(['succeeded', 'succeeded'])
  })

  it('runs a child that was a success once more, and a whole retry afterwards is as ever', () => {
    const { cluster, orders, idOf } = family(({ params, attempt }) =>
      params === 'c' && attempt === 1 ? { status: 'failed' } : {},
    )
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'go', onward: true, child: { id: idOf('a') } })
    cluster.run()
    expect(orders().slice(3)).toEqual(['a#2'])
    expect(cluster.head.status).toBe('failed')
    cluster.event({ type: 'retry_requested', by: 'kim' })
    cluster.run()
    expect(orders().slice(4)).toEqual(['c#2'])
    expect(cluster.head.status).toBe('succeeded')
  })

  it('goes on with that child alone where the step has retries of its own', () => {
    let ends = 0
    const { cluster, orders, idOf } = family(
      ({ params, attempt }) => {
        if (params === 'a' && attempt < 3) return { status: 'failed' }
        if (params === 'c' && ends === 0) return { status: 'failed' }
        return {}
      },
      { retryPolicy: retryPolicy({ limit: 1 }) },
    )
    expect(orders().slice(3)).toEqual(['a#2', 'c#2'])
    ends = 1
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'go', onward: true, child: { id: idOf('a') } })
    cluster.run()
    expect(orders().slice(5)).toEqual(['a#3'])
    expect(cluster.head.status).toBe('failed')
  })

  it('does not start what a stop had kept from starting', () => {
    const { cluster, orders, idOf } = family(({ attempt }) => (attempt === 1 ? 'hang' : {}), {}, { maxConcurrent: 1 })
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.run()
    expect(cluster.head.status).toBe('aborted')
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'go', onward: true, child: { id: idOf('a') } })
    cluster.run()
    expect(orders()).toEqual(['a#1', 'a#2'])
    expect(summaryOf(cluster)).toEqual({ total: 3, succeeded: 1, failed: 2 })
  })
})

describe('retry of one child of a run that goes on', () => {
  it('is taken in at once, and the step ends when that one is over too', () => {
    const { cluster, orders, idOf } = family(({ params, attempt }) => {
      if (params === 'a') return 'hang'
      return params === 'b' && attempt === 1 ? { status: 'failed' } : {}
    })
    expect(cluster.head.status).toBe('running')
    expect(retryOfChild(cluster.state!, idOf('b'))).toEqual({ ok: true, value: { now: true } })
    cluster.event({ type: 'child_retry_requested', by: 'kim', child: { id: idOf('b'), step: 'k', onward: true } })
    cluster.run()
    expect(orders().slice(3)).toEqual(['b#2'])
    expect(cluster.children.started.at(-1)!.again).toEqual({ step: 'k', onward: true })
    const a = cluster.children.started[0]!
    cluster.event({ type: 'children_changed', news: [succeeded(a)] })
    cluster.run()
    expect([cluster.head.status, summaryOf(cluster).succeeded]).toEqual(['succeeded', 3])
  })

  it.each([
    ['that is running', 'a', {}, 'is running, or about to be'],
    ['over the limit of its step', 'b', { maxConcurrent: 1 }, 'runs 1 children at once at most'],
  ])('of one %s is refused', (_, params, call, words) => {
    const { cluster, orders, idOf } = family(
      order =>
        order.params === 'b' ? { status: 'failed' } : order.params === 'a' && 'maxConcurrent' in call ? {} : 'hang',
      {},
      call,
    )
    const refusal = retryOfChild(cluster.state!, idOf(params))
    expect(refusal).toMatchObject({ ok: false, error: { message: expect.stringContaining(words) } })
    const before = orders()
    cluster.event({ type: 'child_retry_requested', by: 'kim', child: { id: idOf(params) } })
    cluster.run()
    expect(orders()).toEqual(before)
  })

  it('of one that the run has not called is refused', () => {
    const { cluster } = family(() => ({}))
    expect(retryOfChild(cluster.state!, 'stranger')).toMatchObject({ ok: false, error: { code: 'not_found' } })
  })
})

it('a child whose step was set by hand is kept by the next retry of its parent', () => {
  const { cluster, orders, idOf } = family(({ params }) => (params === 'b' ? { status: 'failed' } : {}))
  const b = cluster.children.started.find(order => order.id === idOf('b'))!
  cluster.event({ type: 'children_changed', news: [succeeded(b)] })
  expect(cluster.state!.children.get('go/0/1')!.status).toBe('failed')
  cluster.event({ type: 'children_changed', news: [{ ...succeeded(b), amended: true }] })
  expect(cluster.state!.children.get('go/0/1')).toMatchObject({ status: 'succeeded' })
  cluster.event({ type: 'retry_requested', by: 'kim' })
  cluster.run()
  expect(orders()).toHaveLength(3)
  expect([cluster.head.status, summaryOf(cluster).succeeded]).toEqual(['succeeded', 3])
})

const succeeded = ({ id, attempt }: ChildOrder): ChildNews => ({
  ...{ id, attempt, status: 'succeeded', startedAt: 1, finishedAt: 2, runner: 'host1' },
})
