import { describe, expect, it } from 'vitest'
import { runDetails } from '../details.ts'
import { OWN_QUEUE } from '../give-back.ts'
import { NOTHING_DELIVERED, pending } from '../pending.ts'
import { summarise } from '../summary.ts'
import { approve, gate, reject, watched } from '../testing/approvals.ts'
import { Cluster } from '../testing/cluster.ts'
import { aDag, aStep, chain } from '../testing/dags.ts'
import type { Script } from '../testing/ideal-agent.ts'

const handlers = {
  success: aStep('onSuccess'),
  failure: aStep('onFailure'),
  abort: aStep('onAbort'),
  exit: aStep('onExit'),
  wait: aStep('onWait'),
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
