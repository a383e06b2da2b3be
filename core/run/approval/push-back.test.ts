import { describe, expect, it } from 'vitest'
import { runDetails } from '../details.ts'
import { pending } from '../pending.ts'
import { approve, gate, pushBack, watched } from '../testing/approvals.ts'
import { Cluster } from '../testing/cluster.ts'
import { aDag, aStep, chain, continueOn } from '../testing/dags.ts'
import type { Script } from '../testing/ideal-agent.ts'

describe('a push-back', () => {
  const dag = aDag([
    aStep('boot'),
    aStep('prepare', { depends: ['boot'] }),
    aStep('sidecar', { depends: ['prepare'] }),
    gate('review', { depends: ['prepare'], input: ['FIX'], rewindTo: 'prepare' }),
    aStep('aside', { depends: ['boot'] }),
    aStep('deploy', { depends: ['review'] }),
  ])

  it('runs the step that rewind_to names and all behind it again, and tells them why', () => {
    const { script, envs } = watched()
    const cluster = new Cluster(dag, { script }).accept().run()
    pushBack(cluster, 'review', { FIX: 'again', EXTRA: 'x' })
    cluster.run()
    expect(cluster.head.status).toBe('waiting')
    approve(cluster, 'review', { FIX: 'final' })
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    const once = [
      'boot#1',
      'aside#1',
      'prepare#1',
      'prepare#2',
      'sidecar#1',
      'sidecar#2',
      'review#1',
      'review#2',
      'deploy#1',
    ]
    expect([...cluster.agent.starts].sort()).toEqual(once.sort())
    expect(envs['prepare#1']).toEqual({})
    const told = JSON.parse(envs['prepare#2']!.DAG_PUSHBACK!)
    expect(told).toMatchObject({ iteration: 1, by: 'kim', inputs: { FIX: 'again' }, history: [{ iteration: 1 }] })
    expect(envs['prepare#2']).toMatchObject({ FIX: 'again', EXTRA: 'x', DAG_PUSHBACK_ITERATION: '1' })
    // The gate takes only the inputs that it declares; what was given later wins behind it.
    expect(envs['review#2']).toMatchObject({ FIX: 'again' })
    expect(envs['review#2']).not.toHaveProperty('EXTRA')
    const limited = JSON.parse(envs['review#2']!.DAG_PUSHBACK!)
    expect([limited.inputs, limited.history[0].inputs]).toEqual([{ FIX: 'again' }, { FIX: 'again' }])
    expect(envs['deploy#1']).toMatchObject({ EXTRA: 'x' })
    expect(envs['deploy#1']).not.toHaveProperty('FIX')
    expect(cluster.agent.contexts.at(-1)).toMatchObject({ results: { review: { inputs: { FIX: 'final' } } } })
  })

  it('counts its iterations and keeps their history, newest last', () => {
    const { script, envs } = watched()
    const cluster = new Cluster(chain([gate('draft'), 'publish']), { script }).accept().run()
    for (const tone of ['formal', 'short']) {
      pushBack(cluster, 'draft', { TONE: tone })
      cluster.run()
    }
    const told = JSON.parse(envs['draft#3']!.DAG_PUSHBACK!)
    expect(told).toMatchObject({ iteration: 2, inputs: { TONE: 'short' } })
    expect(told.history.map((entry: { inputs: object }) => entry.inputs)).toEqual([
      { TONE: 'formal' },
      { TONE: 'short' },
    ])
    const node = (runDetails(cluster.state!, cluster.dag).nodes as Record<string, unknown>[])[0]
    expect(node).toMatchObject({ approvalIteration: 2, pushBackInputs: { TONE: 'short' } })
    expect(node!.pushBackHistory).toHaveLength(2)
  })

  it('ends what still runs of it first, and starts nothing again before the host has said so', () => {
    const script: Script = (step, attempt) => (step === 'sidecar' && attempt === 1 ? 'hang' : {})
    const cluster = new Cluster(dag, { script }).accept().run()
    expect(cluster.statuses).toMatchObject({ review: 'waiting', sidecar: 'running' })
    cluster.online = 'nobody'
    pushBack(cluster, 'review')
    cluster.run()
    expect(cluster.statuses).toMatchObject({ review: 'waiting', sidecar: 'running' })
    expect(pending(cluster.state!, dag, cluster.context())).toMatchObject([
      { type: 'send', runnerId: 'host1', frame: { stop: { reason: 'user' } } },
    ])
    cluster.online = 'host1'
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: cluster.agent.plans() })
    cluster.run()
    expect(cluster.statuses).toMatchObject({ review: 'waiting', sidecar: 'succeeded', prepare: 'succeeded' })
    expect(cluster.agent.starts).toContain('sidecar#2')
    expect(cluster.head.status).toBe('waiting')
  })

  it('runs a step again that was cut off with it, though it does not depend on it', () => {
    const script: Script = (step, attempt) => (step === 'far' && attempt === 1 ? 'hang' : {})
    const mixed = aDag(
      [
        aStep('start'),
        gate('review', { depends: ['start'], rewindTo: 'start' }),
        aStep('far'),
        aStep('both', { depends: ['far', 'start'] }),
        aStep('end', { depends: ['review', 'both'] }),
      ],
      { maxActiveSteps: 1 },
    )
    const cluster = new Cluster(mixed, { script }).accept().run()
    expect(cluster.statuses).toMatchObject({ review: 'waiting', far: 'running' })
    pushBack(cluster, 'review')
    cluster.run()
    expect(cluster.head.status).toBe('waiting')
    approve(cluster, 'review')
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.statuses).toMatchObject({ far: 'succeeded', both: 'succeeded', end: 'succeeded' })
  })

  it('of a step that may fail clears what its failure did', () => {
    const script: Script = (step, attempt) => (step === 'check' && attempt === 1 ? { exitCode: 1 } : {})
    const tolerant = chain([
      aStep('check', { continueOn: continueOn({ failure: true }) }),
      gate('review', { rewindTo: 'check' }),
    ])
    const cluster = new Cluster(tolerant, { script }).accept().run()
    expect(cluster.statuses).toEqual({ check: 'failed', review: 'waiting' })
    pushBack(cluster, 'review')
    cluster.run()
    approve(cluster, 'review')
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
  })

  describe('beside another approval', () => {
    const script: Script = (step, attempt) => (step === 'slow' && attempt === 1 ? 'hang' : {})
    const two = aDag([
      aStep('start'),
      aStep('slow', { depends: ['start'] }),
      gate('first', { depends: ['start'], rewindTo: 'start' }),
      gate('second', { depends: ['start'] }),
      gate('apart'),
      aStep('end', { depends: ['first', 'second', 'apart', 'slow'] }),
    ])

    it('of the same step counts on where that left off, and tells both in order', () => {
      const { script, envs } = watched()
      const cluster = new Cluster(two, { script }).accept().run()
      pushBack(cluster, 'first', { A: '1' })
      cluster.run()
      pushBack(cluster, 'second', { B: '2' })
      cluster.run()
      pushBack(cluster, 'first', { A: '3' })
      cluster.run()
      expect(envs['second#3']).toMatchObject({ B: '2', DAG_PUSHBACK_ITERATION: '2' })
      const told = JSON.parse(envs['second#3']!.DAG_PUSHBACK!)
      expect(told.history).toMatchObject([
        { iteration: 1, inputs: { A: '1' } },
        { iteration: 2, inputs: { B: '2' } },
      ])
      const nodes = runDetails(cluster.state!, cluster.dag).nodes as { step: { name: string } }[]
      const shown = Object.fromEntries(nodes.map(node => [node.step.name, node]))
      expect(shown.first).toMatchObject({ approvalIteration: 3, pushBackInputs: { A: '3' } })
      expect(shown.second).toMatchObject({ approvalIteration: 3, pushBackInputs: { A: '3' } })
    })

    it.each<['approve' | 'push_back', string, string]>([
      ['push_back', 'apart', 'another push-back has begun'],
      ['push_back', 'second', 'it runs again'],
      ['approve', 'second', 'it runs again'],
    ])('that is under way is not given up for a decision to %s about %s: %s', (decision, step) => {
      const cluster = new Cluster(two, { script }).accept().run()
      expect(cluster.statuses).toMatchObject({ first: 'waiting', second: 'waiting', apart: 'waiting', slow: 'running' })
      cluster.online = 'nobody'
      pushBack(cluster, 'first')
      const { rewind } = cluster.head
      cluster.event({ type: 'decided', by: 'lee', step, decision, inputs: {} })
      expect(cluster.head.rewind).toEqual(rewind)
      expect(cluster.statuses[step]).toBe('waiting')
    })

    it('lets another step be approved that does not run again', () => {
      const cluster = new Cluster(two, { script }).accept().run()
      cluster.online = 'nobody'
      pushBack(cluster, 'first')
      approve(cluster, 'apart')
      expect(cluster.statuses).toMatchObject({ apart: 'succeeded', first: 'waiting' })
    })
  })

  it('in a retry of its step alone runs what it goes back to and all behind that, and nothing else', () => {
    const script: Script = (step, attempt) => (step === 'shaky' && attempt === 1 ? { exitCode: 1 } : {})
    const steps = [
      aStep('boot'),
      aStep('prepare', { depends: ['boot'] }),
      gate('review', { depends: ['prepare'], rewindTo: 'prepare' }),
      aStep('deploy', { depends: ['review'] }),
      aStep('shaky', { depends: ['boot'] }),
      aStep('behind', { depends: ['shaky'] }),
    ]
    const cluster = new Cluster(aDag(steps), { script }).accept().run()
    approve(cluster, 'review')
    cluster.run()
    expect(cluster.head.status).toBe('failed')
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'review' })
    cluster.run()
    pushBack(cluster, 'review')
    cluster.run()
    expect(cluster.statuses).toMatchObject({ prepare: 'succeeded', review: 'waiting', deploy: 'not_started' })
    approve(cluster, 'review')
    cluster.run()
    expect(cluster.statuses).toMatchObject({ review: 'succeeded', deploy: 'succeeded', shaky: 'failed' })
    expect(cluster.head.status).toBe('failed')
    const again = [
      'boot#1',
      'shaky#1',
      'prepare#1',
      'review#1',
      'deploy#1',
      'review#2',
      'prepare#2',
      'review#3',
      'deploy#2',
    ]
    expect([...cluster.agent.starts].sort()).toEqual(again.sort())
  })

  it('is given up when the run is stopped meanwhile', () => {
    const script: Script = step => (step === 'sidecar' ? 'hang' : {})
    const cluster = new Cluster(dag, { script }).accept().run()
    cluster.online = 'nobody'
    pushBack(cluster, 'review')
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.online = 'host1'
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: cluster.agent.plans() })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'aborted', rewind: null })
  })
})
