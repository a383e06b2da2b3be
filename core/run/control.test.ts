import { describe, expect, it } from 'vitest'
import { pending } from './pending.ts'
import { reasonOf } from './summary.ts'
import { begun, lastFrame } from './testing/begun.ts'
import { Cluster, runDag } from './testing/cluster.ts'
import { aDag, aStep, chain, continueOn, repeatPolicy, retryPolicy } from './testing/dags.ts'
import type { Script } from './testing/ideal-agent.ts'

describe('stop', () => {
  const handlers = Object.fromEntries(
    (['success', 'failure', 'abort', 'exit'] as const).map(kind => [kind, aStep(kind)]),
  )

  it('aborts the running step and what was to come, then runs the abort and exit handlers', () => {
    const cluster = begun(chain(['a', 'b', 'c'], { handlers }))
    cluster.event({ type: 'stop_requested', by: 'kim' })
    expect(cluster.head.status).toBe('running')
    expect(reasonOf(cluster.state!)).toBe('stopping')
    cluster.run()
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.statuses).toEqual({
      a: 'succeeded',
      b: 'aborted',
      c: 'aborted',
      onAbort: 'succeeded',
      onExit: 'succeeded',
    })
  })

  it('is owed to the agent until it has answered', () => {
    const cluster = begun()
    cluster.online = 'nobody'
    cluster.event({ type: 'stop_requested', by: 'kim' })
    expect(pending(cluster.state!, cluster.dag, cluster.context())).toMatchObject([
      { type: 'send', runnerId: 'host1', frame: { stop: { reason: 'user' } } },
    ])
    cluster.online = 'host1'
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: cluster.agent.plans() })
    cluster.run()
    expect(cluster.head.status).toBe('aborted')
  })

  it('keeps the result of a run whose steps were all over before the answer', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    cluster.agent.work()
    cluster.online = 'nobody'
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.online = 'host1'
    cluster.run()
    expect(cluster.head.status).toBe('succeeded')
  })

  it('ends a run that waits for a host at once, without handlers', () => {
    const cluster = new Cluster(chain(['a'], { handlers }), { capacity: 0 }).accept()
    expect(cluster.head.status).toBe('queued')
    cluster.event({ type: 'stop_requested', by: 'kim' })
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.statuses).toEqual({ a: 'aborted' })
  })

  it('ends a delayed run, and one whose host comes back without having got the plan', () => {
    const delayed = new Cluster(chain(['a'], { delaySec: 60 })).accept()
    delayed.event({ type: 'stop_requested', by: 'kim' })
    expect(delayed.head.status).toBe('aborted')
    const unheard = new Cluster(chain(['a', 'b'], { handlers })).accept()
    unheard.online = 'nobody'
    unheard.event({ type: 'stop_requested', by: 'kim' })
    expect(unheard.head.status).toBe('running')
    unheard.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: [] })
    expect(unheard.head.status).toBe('aborted')
    expect(unheard.statuses).toEqual({ a: 'aborted', b: 'aborted' })
  })

  it('ends a retry pause, and nothing is started again', () => {
    const dag = chain([aStep('bad', { retryPolicy: retryPolicy({ limit: 3, intervalSec: 60 }) })])
    const cluster = new Cluster(dag, { script: () => ({ exitCode: 1 }) }).accept()
    while (cluster.state!.timers.size === 0) cluster.tick()
    cluster.event({ type: 'stop_requested', by: 'kim' })
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.statuses).toEqual({ bad: 'aborted' })
  })

  it('aborts a loop that would have gone on', () => {
    const cluster = new Cluster(chain([aStep('loop', { repeatPolicy: repeatPolicy({}) })])).accept()
    cluster.settle()
    cluster.agent.work()
    cluster.online = 'nobody'
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.online = 'host1'
    cluster.run()
    expect(cluster.statuses).toEqual({ loop: 'aborted' })
    expect(cluster.head.status).toBe('aborted')
  })

  it('kills a running handler, and the exit handler still runs', () => {
    const script: Script = step => (step === 'onSuccess' ? 'hang' : {})
    const cluster = new Cluster(chain(['a'], { handlers }), { script }).accept().run()
    cluster.event({ type: 'stop_requested', by: 'kim' })
    cluster.run()
    expect(cluster.statuses).toMatchObject({ onSuccess: 'aborted', onExit: 'succeeded' })
    expect(cluster.head.status).toBe('aborted')
  })

  it('with abandon ends the run at once; the host is told to kill when it is heard again', () => {
    const cluster = begun(chain(['a', 'b', 'c'], { handlers }))
    const listed = cluster.agent.plans()
    cluster.online = 'nobody'
    cluster.event({ type: 'stop_requested', by: 'kim', abandon: true })
    expect(cluster.head.status).toBe('aborted')
    expect(cluster.state!.steps.get('b')).toMatchObject({ status: 'failed', lost: true })
    cluster.event({ type: 'runner_hello', runnerId: 'host1', bootId: 'x', plans: listed })
    expect(lastFrame(cluster)).toMatchObject({ end: 'finished', stale: [listed[0]!.plan] })
  })
})

describe('the timeout of a run', () => {
  const dag = chain(['a', 'b', 'c'], { timeoutSec: 5, handlers: { failure: aStep('f'), exit: aStep('x') } })

  it('is kept by the agent: running steps are aborted, the run fails, handlers run', () => {
    const cluster = begun(dag)
    cluster.agent.timeOut()
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'failed', error: 'the run timed out after 5 s' })
    expect(cluster.statuses).toEqual({
      a: 'succeeded',
      b: 'aborted',
      c: 'aborted',
      onFailure: 'succeeded',
      onExit: 'succeeded',
    })
  })

  it('tells the agent what is left of it', () => {
    expect(begun(dag).agent.contexts[0]?.timeoutMs).toBe(5000)
  })

  it('is enforced by the run 30 s later when the agent does not act', () => {
    const cluster = begun(dag)
    cluster.now += 5000
    cluster.fireTimers()
    expect(cluster.head.timedOut).toBe(false)
    cluster.now += 30_000
    cluster.fireTimers()
    cluster.run()
    expect(cluster.head.status).toBe('failed')
    expect(cluster.statuses['b']).toBe('aborted')
  })

  it('ends a retry pause on its own, since the agent has nothing of the run', () => {
    const bad = aStep('bad', { retryPolicy: retryPolicy({ intervalSec: 60 }) })
    const cluster = runDag(chain([bad], { timeoutSec: 5 }), { script: () => ({ exitCode: 1 }) })
    expect(cluster.head).toMatchObject({ status: 'failed', finishedAt: 1_005_000 })
  })
})

describe('the time limit of a step', () => {
  const dag = chain(['a', aStep('b', { timeoutSec: 5 }), 'c'])

  it('is kept by the agent, and its timer goes with the step', () => {
    const script: Script = step => (step === 'b' ? { outcome: 'timed_out' } : {})
    const cluster = new Cluster(dag, { script }).accept().run()
    expect(cluster.state!.steps.get('b')).toMatchObject({ status: 'failed', exitCode: 124 })
    expect(cluster.now).toBe(1_000_000)
  })

  it('is enforced by the run 30 s later when the agent does not act', () => {
    const cluster = begun(dag)
    cluster.now += 35_000
    cluster.fireTimers()
    expect(cluster.statuses).toEqual({ a: 'succeeded', b: 'failed', c: 'aborted' })
    expect(lastFrame(cluster)).toMatchObject({ stale: ['p1'], end: 'finished' })
  })
})

describe('reports', () => {
  it('change nothing when they come twice, and are answered alike', () => {
    const cluster = begun()
    const before = cluster.journal.length
    const report = { type: 'report' as const, runnerId: 'host1', seq: cluster.head.runners[0]!.seq, events: [] }
    expect(cluster.event(report)).toMatchObject([{ type: 'send', frame: { ack: report.seq } }])
    expect(cluster.journal).toHaveLength(before)
  })

  it('carry plans again as long as it is not known that they arrived', () => {
    const cluster = new Cluster(aDag([aStep('a'), aStep('b')])).accept()
    const report = cluster.agent.report()!
    const event = { type: 'report' as const, runnerId: 'host1', seq: report.seq, events: report.events }
    const [first] = cluster.event(event)
    const [again] = cluster.event(event)
    expect(first).toMatchObject({ frame: { plans: [{ plan: 'p2' }] } })
    expect(again).toEqual(first)
  })

  it('of an old fence are answered with stale', () => {
    const cluster = begun()
    const events = [{ type: 'started' as const, plan: 'p1', fence: 77, at: 0, step: 'c', attempt: 1 }]
    const [send] = cluster.event({ type: 'report', runnerId: 'host1', seq: 99, events })
    expect(send).toMatchObject({ frame: { ack: 99, stale: ['p1'] } })
    expect(cluster.statuses['c']).toBeUndefined()
  })

  it('of a host whose clock has jumped keep a step inside its run, its end behind its start, and its start behind what it depends on', () => {
    const cluster = new Cluster(chain(['a', 'b'])).accept()
    const begin = cluster.head.startedAt!
    const early = begin - 3_600_000
    cluster.now = begin + 500
    const of = { plan: 'p1', fence: 1, attempt: 1 }
    const ended = {
      ...of,
      type: 'finished' as const,
      at: early,
      startedAt: early,
      outcome: 'succeeded',
      exitCode: 0,
    } as const
    const told = [{ ...of, type: 'started' as const, at: begin + 7_200_000, step: 'a' }]
    cluster.event({ type: 'report', runnerId: 'host1', seq: 1, events: told })
    const ends = [
      { ...ended, step: 'a' },
      { ...ended, step: 'b' },
    ]
    cluster.event({ type: 'report', runnerId: 'host1', seq: 2, events: ends })
    expect(cluster.state!.steps.get('a')).toMatchObject({ startedAt: begin + 500, finishedAt: begin + 500 })
    expect(cluster.state!.steps.get('b')).toMatchObject({ startedAt: begin + 500, finishedAt: begin + 500 })
  })

  it('of a refusal lead to a new request for room after a pause', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    const events = [{ type: 'plan_ended' as const, plan: 'p1', fence: 1, at: 0, reason: 'refused' as const }]
    cluster.event({ type: 'report', runnerId: 'host1', seq: 1, events })
    expect(cluster.head.room).toBe(0)
    cluster.now += 1000
    cluster.agent.jobs = []
    cluster.agent.outbox = []
    cluster.fireTimers()
    expect(cluster.state!.plans.get('p2')).toMatchObject({ items: [{ kind: 'prepare' }, { step: 'a', attempt: 1 }] })
  })

  it('of plans that end without anything done are answered by new ones three times, then after longer and longer pauses', () => {
    const cluster = new Cluster(chain(['a'])).accept()
    cluster.agent.take = () => {}
    const pauses: number[] = []
    for (let seq = 1; seq <= 12; seq += 1) {
      const [plan] = cluster.state!.plans.values()
      const event = {
        type: 'plan_ended' as const,
        plan: plan!.id,
        fence: plan!.fence,
        at: 0,
        reason: 'completed' as const,
      }
      cluster.event({ type: 'report', runnerId: 'host1', seq, events: [event] })
      const timer = cluster.state!.timers.get('room')
      pauses.push(timer === undefined ? 0 : timer.due - cluster.now)
      if (timer === undefined) continue
      expect(cluster.head).toMatchObject({
        room: 0,
        reason: expect.stringMatching(/host host1 ended \d+ plans in a row/),
      })
      expect(cluster.state!.plans.size).toBe(0)
      cluster.now = timer.due
      cluster.fireTimers()
    }
    expect(pauses).toEqual([0, 0, 0, ...[1, 2, 4, 8, 16, 32, 60, 60, 60].map(sec => sec * 1000)])
    const [plan] = cluster.state!.plans.values()
    const step = { plan: plan!.id, fence: plan!.fence, at: 0, step: 'a', attempt: 1 }
    const events = [
      {
        type: 'prepared' as const,
        plan: plan!.id,
        fence: plan!.fence,
        at: 0,
        workDir: '/w',
        params: [],
        paramsDisplay: '',
        conditions: [],
      },
      { type: 'started' as const, ...step },
      { type: 'finished' as const, ...step, outcome: 'succeeded' as const, exitCode: 0 },
      { type: 'plan_ended' as const, plan: plan!.id, fence: plan!.fence, at: 0, reason: 'completed' as const },
    ]
    cluster.event({ type: 'report', runnerId: 'host1', seq: 13, events })
    expect(cluster.head).toMatchObject({ status: 'succeeded', emptyEnds: 0 })
  })

  it('bring log segments after the end, and the run is packed once they are complete', () => {
    const script: Script = () => ({ stdout: { bytes: 100, lines: 2 } })
    const cluster = runDag(chain(['a']), { script })
    expect(cluster.commands.some(command => command.type === 'pack')).toBe(false)
    const segment = {
      type: 'segment' as const,
      at: 0,
      step: 'a',
      attempt: 1,
      stream: 'stdout' as const,
      lines: 1,
      sha256: '',
    }
    const part = (seq: number) => ({ ...segment, seq, offset: seq * 50, bytes: 50 })
    cluster.event({ type: 'report', runnerId: 'host1', seq: 50, events: [part(0), part(0)] })
    expect(cluster.commands.some(command => command.type === 'pack')).toBe(false)
    const commands = cluster.event({ type: 'report', runnerId: 'host1', seq: 51, events: [part(1)] })
    expect(commands.map(command => command.type)).toEqual(['send', 'pack'])
  })
})

describe('retry of a run', () => {
  const once: Script = (step, attempt) => ({ exitCode: step === 'b' && attempt === 1 ? 1 : 0 })

  it('runs again what did not succeed and what stands behind it, under new attempt numbers', () => {
    const steps = [
      aStep('a'),
      aStep('b', { depends: ['a'], continueOn: continueOn({ failure: true }) }),
      aStep('c', { depends: ['b'] }),
      aStep('d'),
    ]
    const cluster = runDag(aDag(steps, { handlers: { exit: aStep('x') } }), { script: once })
    expect(cluster.head.status).toBe('partially_succeeded')
    const { attemptId } = cluster.head
    cluster.event({ type: 'retry_requested', by: 'kim' })
    cluster.run()
    expect(cluster.head).toMatchObject({ status: 'succeeded', attempt: 2, trigger: 'retry' })
    expect(cluster.head.attemptId).not.toBe(attemptId)
    expect(cluster.agent.starts).toEqual(['a#1', 'd#1', 'b#1', 'c#1', 'onExit#1', 'b#2', 'c#2', 'onExit#2'])
    expect(Object.keys(cluster.agent.contexts[1]!.results)).toEqual(['a', 'd'])
  })

  it('of one step runs that step alone', () => {
    const cluster = runDag(chain(['a', 'b', 'c']), { script: once })
    cluster.event({ type: 'retry_requested', by: 'kim', step: 'b' })
    cluster.run()
    expect(cluster.agent.starts).toEqual(['a#1', 'b#1', 'b#2'])
    expect(cluster.statuses).toEqual({ a: 'succeeded', b: 'succeeded', c: 'aborted' })
  })

  it('is not for a run that is still going', () => {
    const cluster = begun()
    const before = cluster.journal.length
    cluster.event({ type: 'retry_requested', by: 'kim' })
    expect(cluster.journal).toHaveLength(before)
  })

  it('takes the new queue slot and gives it back', () => {
    const cluster = runDag(chain(['a']), { script: () => ({ exitCode: 1 }), spec: { slot: { queue: 'q', hold: 1 } } })
    expect(cluster.head).toMatchObject({ slot: null, released: { queue: 'q', hold: 1 } })
    cluster.event({ type: 'retry_requested', by: 'kim', slot: { queue: 'q', hold: 2 } })
    cluster.run()
    expect(cluster.commands.filter(command => command.type === 'release_slot')).toMatchObject([
      { hold: 1 },
      { hold: 2 },
    ])
  })
})

describe('a status set by hand', () => {
  it('changes the step and then the run, once it is over', () => {
    const cluster = runDag(chain(['a']), { script: () => ({ exitCode: 1 }) })
    cluster.event({ type: 'step_status_set', by: 'kim', step: 'a', status: 'succeeded' })
    expect(cluster.head.status).toBe('succeeded')
    expect(cluster.state!.steps.get('a')).toMatchObject({ status: 'succeeded', manual: 'kim' })
  })

  it('is refused while the run is going', () => {
    const cluster = begun()
    cluster.event({ type: 'step_status_set', by: 'kim', step: 'b', status: 'succeeded' })
    expect(cluster.statuses['b']).toBe('running')
  })
})
