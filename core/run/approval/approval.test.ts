import { describe, expect, it } from 'vitest'
import { runDetails } from '../details.ts'
import { OWN_QUEUE } from '../give-back.ts'
import { NOTHING_DELIVERED, pending } from '../pending.ts'
import { summarise } from '../summary.ts'
import { Cluster } from '../testing/cluster.ts'
import { aDag, aStep, chain, continueOn } from '../testing/dags.ts'
import type { Script } from '../testing/ideal-agent.ts'

const gate = (name: string, rest: { input?: string[]; rewindTo?: string; depends?: string[] } = {}) =>
  aStep(name, {
    depends: rest.depends ?? [],
    approval: { prompt: '', input: rest.input ?? [], required: [], ...(rest.rewindTo && { rewindTo: rest.rewindTo }) },
  })
const handlers = {
  success: aStep('onSuccess'),
  failure: aStep('onFailure'),
  abort: aStep('onAbort'),
  exit: aStep('onExit'),
  wait: aStep('onWait'),
}

const approve = (cluster: Cluster, step: string, inputs: Record<string, string> = {}, by = 'kim') =>
  cluster.event({ type: 'decided', by, step, decision: 'approve', inputs })
const pushBack = (cluster: Cluster, step: string, inputs: Record<string, string> = {}) =>
  cluster.event({ type: 'decided', by: 'kim', step, decision: 'push_back', inputs })
const reject = (cluster: Cluster, step: string, reason = 'no') =>
  cluster.event({ type: 'decided', by: 'kim', step, decision: 'reject', reason })

/** Starts of a step's attempts, with the variables that the Run gave. */
function watched(results: Script = () => ({})): { script: Script; envs: Record<string, Record<string, string>> } {
  const envs: Record<string, Record<string, string>> = {}
  const script: Script = (step, attempt, env) => {
    envs[`${step}#${attempt}`] = env
    return results(step, attempt, env)
  }
  return { script, envs }
}

describe('a run that waits for an approval', () => {
  const dag = chain(['build', gate('review'), 'ship'], { handlers, timeoutSec: 100 })

  it('parks with nothing held: no room, no slot, no timer, nothing owed', () => {
    const cluster = new Cluster(dag, { spec: { slot: { queue: 'q', hold: 7 } }, capacity: 3 }).accept().run()
    expect(cluster.head).toMatchObject({ status: 'waiting', room: 0, slot: null, released: { queue: 'q', hold: 7 } })
    expect(cluster.free).toBe(3)
    expect(cluster.state!.timers.size).toBe(0)
    const delivered = { ...NOTHING_DELIVERED, told: cluster.head.tell, released: 7 }
    expect(pending(cluster.state!, dag, cluster.context(), delivered)).toEqual([])
    expect(cluster.statuses).toMatchObject({ review: 'waiting', onWait: 'succeeded' })
    expect(runDetails(cluster.state!, dag).reason).toBe('waiting for approval: review')
  })

  it('goes on after the approval, on the same host, with what is left of its time limit', () => {
    const cluster = new Cluster(dag).accept().run()
    const started = cluster.head.startedAt!
    cluster.now += 90 * 86_400_000
    approve(cluster, 'review', { TICKET: 'T-1' })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', startedAt: started, attempt: 1 })
    expect(cluster.agent.starts).toEqual(['build#1', 'review#1', 'onWait#1', 'ship#1', 'onSuccess#1', 'onExit#1'])
    const [first, second] = cluster.agent.contexts
    expect(first!.rev).toBeUndefined()
    expect(second).toMatchObject({ attempt: 1, results: { review: { inputs: { TICKET: 'T-1' } } } })
    expect(second!.rev).toBeGreaterThan(0)
    expect(second!.timeoutMs).toBe(first!.timeoutMs)
  })

  it('asks its queue for a place before it goes on, and gives back one that came too late', () => {
    const cluster = new Cluster(dag, { spec: { slot: { queue: 'q', hold: 7 } } }).accept().run()
    expect(approve(cluster, 'review')).toContainEqual({ type: 'acquire_slot', queue: 'q', since: cluster.now })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'queued', slotWanted: { queue: 'q' }, room: 0 })
    cluster.event({ type: 'slot_granted', slot: { queue: 'q', hold: 9 } })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', released: { queue: 'q', hold: 9 } })
    const late = cluster.event({ type: 'slot_granted', slot: { queue: 'q', hold: 11 } })
    expect(late).toEqual([{ type: 'release_slot', queue: 'q', hold: 11 }])
  })

  it('asks its Dag by its line alone where the place is of the own queue, and under a number that grows', () => {
    const own = { queue: OWN_QUEUE, hold: 9e15 }
    const cluster = new Cluster(dag, { spec: { slot: own } }).accept().run()
    expect(approve(cluster, 'review').map(command => command.type)).not.toContain('acquire_slot')
    cluster.run()
    expect(summarise(cluster.state!, dag)).toMatchObject({ status: 'queued', wantsPlace: own.hold + 1 })
    expect(cluster.head).toMatchObject({ room: 0, tell: cluster.head.seq })
    cluster.event({ type: 'slot_granted', slot: own })
    expect(cluster.head.status).toBe('queued')
    cluster.event({ type: 'slot_granted', slot: { queue: OWN_QUEUE, hold: own.hold + 1 } })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', slot: null })
    expect(summarise(cluster.state!, dag).wantsPlace).toBeUndefined()
    const sent = cluster.commands.map(command => command.type)
    for (const type of ['acquire_slot', 'release_slot', 'leave_queue'] as const) expect(sent).not.toContain(type)
  })

  it('takes itself out of the queue when it is stopped before it has its place', () => {
    const cluster = new Cluster(chain([gate('review'), 'ship']), { spec: { slot: { queue: 'q', hold: 7 } } })
    cluster.accept().run()
    approve(cluster, 'review')
    expect(cluster.event({ type: 'stop_requested', by: 'kim' })).toContainEqual({ type: 'leave_queue', queue: 'q' })
    expect(cluster.head.status).toBe('aborted')
  })

  it('shows the host that it waits for when that is away', () => {
    const cluster = new Cluster(chain([gate('review'), 'ship'])).accept().run()
    cluster.online = 'host2'
    cluster.event({ type: 'decided', by: 'kim', step: 'review', decision: 'approve', inputs: {} })
    expect(cluster.commands).toContainEqual({ type: 'acquire_room', count: 1, runnerId: 'host1' })
    expect(cluster.head).toMatchObject({ status: 'queued', runnerId: 'host1', reason: 'no room' })
  })

  it('is aborted by a stop, with its handlers', () => {
    const cluster = new Cluster(dag).accept().run()
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.run()
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.statuses).toMatchObject({
      review: 'aborted',
      ship: 'aborted',
      onAbort: 'succeeded',
      onExit: 'succeeded',
    })
  })

  it('ignores a decision about a step that does not wait', () => {
    const cluster = new Cluster(dag).accept().run()
    approve(cluster, 'ship')
    reject(cluster, 'nope')
    expect(cluster.head.status).toBe('waiting')
    approve(cluster, 'review')
    cluster.run()
    reject(cluster, 'review')
    expect(cluster.head.status).toBe('succeeded')
  })
})

describe('several approvals', () => {
  const dag = aDag(
    [gate('a'), gate('b'), aStep('behind-a', { depends: ['a'] }), aStep('end', { depends: ['a', 'b'] })],
    {
      handlers,
    },
  )

  it('all have to be given before a parked run goes on; the wait handler ran once', () => {
    const { script, envs } = watched()
    const cluster = new Cluster(dag, { script }).accept().run()
    expect(envs['onWait#1']).toMatchObject({ DAG_RUN_STATUS: 'waiting', DAG_WAITING_STEPS: 'a,b' })
    approve(cluster, 'a')
    cluster.run()
    expect(cluster.head.status).toBe('waiting')
    expect(cluster.statuses['behind-a']).toBeUndefined()
    approve(cluster, 'b')
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.statuses['onWait']).toBe('succeeded')
    expect(cluster.agent.starts.filter(start => start.startsWith('onWait'))).toHaveLength(1)
  })

  it('are void after one was rejected', () => {
    const cluster = new Cluster(dag).accept().run()
    reject(cluster, 'a', 'too risky')
    cluster.run()
    expect(cluster.head.status).toBe('rejected')
    expect(cluster.statuses).toMatchObject({
      a: 'rejected',
      b: 'aborted',
      'behind-a': 'aborted',
      onFailure: 'succeeded',
    })
    expect(cluster.state!.steps.get('a')).toMatchObject({
      error: 'rejected by kim: too risky',
      approval: { rejected: { by: 'kim', reason: 'too risky' } },
    })
  })

  it('one after the other run the wait handler each time', () => {
    const cluster = new Cluster(chain([gate('a'), 'x', gate('b'), 'y'], { handlers })).accept().run()
    approve(cluster, 'a')
    cluster.run()
    expect(cluster.head.status).toBe('waiting')
    approve(cluster, 'b')
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.agent.starts.filter(start => start.startsWith('onWait'))).toEqual(['onWait#1', 'onWait#2'])
  })

  it('given while other steps still run let their dependents go on at once', () => {
    const script: Script = step => (step === 'slow' ? 'hang' : {})
    const busy = aDag([gate('a'), aStep('slow'), aStep('behind', { depends: ['a'] })])
    const cluster = new Cluster(busy, { script }).accept().run()
    expect(cluster.head.status).toBe('running')
    approve(cluster, 'a', { X: '1' })
    cluster.run()
    expect(cluster.statuses).toMatchObject({ slow: 'running', behind: 'succeeded' })
    expect(cluster.agent.contexts.at(-1)).toMatchObject({ results: { a: { inputs: { X: '1' } } } })
  })
})

describe('a rejected run', () => {
  it('asks again when it is retried', () => {
    const cluster = new Cluster(chain(['build', gate('review'), 'ship'])).accept().run()
    reject(cluster, 'review')
    expect(cluster.head.status).toBe('rejected')
    cluster.event({ type: 'retry_requested', by: 'kim' })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'waiting', attempt: 2 })
    expect(cluster.agent.starts).toEqual(['build#1', 'review#1', 'review#2'])
    expect(cluster.state!.steps.get('review')!.approval).toEqual({ since: cluster.now })
  })
})

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
