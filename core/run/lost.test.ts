import { describe, expect, it } from 'vitest'
import { MAX_UNACKED_RESULTS } from '../protocol/frames.ts'
import { LOST_GRACE_MS } from './lost.ts'
import { reasonOf } from './summary.ts'
import { begun, lastFrame } from './testing/begun.ts'
import { Cluster } from './testing/cluster.ts'
import { aStep, chain, retryPolicy } from './testing/dags.ts'
import type { Script } from './testing/ideal-agent.ts'

describe('a host that comes back without a plan', () => {
  it('has lost its running step, which is tried again as its policy says', () => {
    const flaky = aStep('b', { retryPolicy: retryPolicy({}) })
    const cluster = begun(chain(['a', flaky, 'c']), {
      script: ((step, attempt) => (step === 'b' && attempt === 1 ? 'hang' : {})) as Script,
    })
    cluster.agents.delete('host1')
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'y', plans: [] })
    expect(cluster.state!.steps.get('b')).toMatchObject({ status: 'retrying', lost: true, attempt: 1 })
    cluster.run()
    expect(cluster.agent.starts[0]).toBe('b#2')
  })

  it('may have run the steps behind it: they are not started by themselves', () => {
    const flaky = aStep('b', { retryPolicy: retryPolicy({}) })
    const names = Array.from({ length: MAX_UNACKED_RESULTS + 2 }, (_, i) => `s${i}`)
    const cluster = begun(chain(['a', flaky, ...names]), {
      script: ((step, attempt) => (step === 'b' && attempt === 1 ? 'hang' : {})) as Script,
    })
    cluster.agents.delete('host1')
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'y', plans: [] })
    expect([...cluster.state!.steps.values()].filter(record => record.maybe)).toHaveLength(MAX_UNACKED_RESULTS)
    cluster.run()
    expect(cluster.agent.starts).toEqual(['b#2'])
    expect(cluster.statuses).toMatchObject({ b: 'succeeded', s0: 'failed', s1: 'aborted' })
    expect(cluster.state!.steps.get('s0')?.lost).toBe(true)
  })

  it('starts those with on_lost: retry_now', () => {
    const flaky = aStep('b', { retryPolicy: retryPolicy({}) })
    const eager = aStep('c', { onLost: 'retry_now' })
    const cluster = begun(chain(['a', flaky, eager]), {
      script: ((step, attempt) => (step === 'b' && attempt === 1 ? 'hang' : {})) as Script,
    })
    cluster.agents.delete('host1')
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'y', plans: [] })
    cluster.run()
    expect(cluster.agent.starts).toEqual(['b#2', 'c#2'])
    expect(cluster.head.status).toBe('succeeded')
  })

  it('is sent a plan again that it never acknowledged, unchanged and with the context', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    cluster.agents.delete('host1')
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'y', plans: [] })
    expect(lastFrame(cluster)).toMatchObject({ context: { runId: 'r1' }, plans: [{ plan: 'p1', fence: 1 }] })
    expect(cluster.run().head.status).toBe('succeeded')
  })

  it('keeps what it lists', () => {
    const cluster = begun()
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: cluster.agent.plans() })
    expect(cluster.statuses['b']).toBe('running')
  })
})

describe('a silent host', () => {
  it('keeps its steps for the grace, then they are lost and tried again elsewhere', () => {
    const flaky = aStep('b', { retryPolicy: retryPolicy({}) })
    const cluster = begun(chain(['a', flaky]), {
      script: ((step, attempt) => (step === 'b' && attempt === 1 ? 'hang' : {})) as Script,
    })
    const listed = cluster.agent.plans()
    cluster.event({ type: 'runner_lost', runnerId: 'host1', since: cluster.now })
    expect(cluster.statuses['b']).toBe('running')
    expect(reasonOf(cluster.state!)).toMatch(/silent since/)
    cluster.online = 'host2'
    cluster.now += LOST_GRACE_MS
    cluster.fireTimers()
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', runnerId: 'host2' })
    expect(cluster.agent.starts).toEqual(['b#2'])
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: listed })
    expect(lastFrame(cluster)).toMatchObject({ stale: [listed[0]!.plan], end: 'finished' })
  })

  it('goes on where it was when it is heard within the grace', () => {
    const cluster = begun()
    cluster.event({ type: 'runner_lost', runnerId: 'host1', since: cluster.now })
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: cluster.agent.plans() })
    expect(cluster.head.lost).toBeNull()
    expect(cluster.state!.timers.size).toBe(0)
  })

  it('does not keep a step with on_lost: retry_now waiting', () => {
    const eager = aStep('b', { onLost: 'retry_now', retryPolicy: retryPolicy({}) })
    const cluster = begun(chain(['a', eager]), {
      script: ((step, attempt) => (step === 'b' && attempt === 1 ? 'hang' : {})) as Script,
    })
    cluster.online = 'host2'
    cluster.event({ type: 'runner_lost', runnerId: 'host1', since: cluster.now })
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.agent.starts).toEqual(['b#2'])
  })
})
