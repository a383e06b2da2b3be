// Words that come late, twice or never, as the simulator found them: each case was once a wrong or a stuck run.
import { describe, expect, it } from 'vitest'
import { pending } from './pending.ts'
import { Cluster } from './testing/cluster.ts'
import { aStep, chain, continueOn, repeatPolicy, retryPolicy } from './testing/dags.ts'

const hang = { script: () => 'hang' as const }
const hello = (plans: { plan: string; fence: number }[], rest = {}) =>
  ({ type: 'runner_hello', runnerId: 'host1', bootId: 'b', plans, ...rest }) as const

describe('a hello', () => {
  it('that was overtaken does not end a plan that was made after it', () => {
    const cluster = new Cluster(chain(['a', 'b']), hang).accept().settle()
    const { at } = [...cluster.state!.plans.values()][0]!
    cluster.event(hello([], { at: at! - 1, carried: true }))
    expect(cluster.statuses).toMatchObject({ a: 'running' })
    cluster.event(hello([], { at: at! + 1, carried: true }))
    expect(cluster.statuses).toMatchObject({ a: 'failed' })
  })

  it('makes an older word of a loss void', () => {
    const cluster = new Cluster(chain(['a']), hang).accept().settle()
    const plans = cluster.agent.plans()
    cluster.event(hello(plans, { at: cluster.now }))
    cluster.event({ type: 'runner_lost', runnerId: 'host1', since: cluster.now - 1 })
    expect(cluster.head.lost).toBeNull()
    cluster.event({ type: 'runner_lost', runnerId: 'host1', since: cluster.now })
    expect(cluster.head.lost).not.toBeNull()
  })
})

describe('room', () => {
  it('that came before the answer that there is none is not waited for', () => {
    const cluster = new Cluster(chain(['a']), hang).accept()
    cluster.event({ type: 'unassigned', reason: 'busy' })
    expect(cluster.head.waitingRoom).toBe(false)
  })

  it('is asked for again by a run that believes to wait', () => {
    const cluster = new Cluster(chain(['a']), { capacity: 0 }).accept()
    expect(cluster.head.waitingRoom).toBe(true)
    expect(pending(cluster.state!, cluster.dag, cluster.context())).toContainEqual(
      expect.objectContaining({ type: 'acquire_room', count: 1 }),
    )
  })
})

it('gives context and preparation again to a host that has lost both', () => {
  const repeated = aStep('a', { repeatPolicy: repeatPolicy({ limit: 1 }) })
  const cluster = new Cluster(chain([repeated, 'b'])).accept().settle()
  cluster.agent.work()
  cluster.settle()
  const plan = [...cluster.state!.plans.values()].at(-1)!
  expect(plan.items.map(item => item.kind)).toEqual(['step'])
  const fresh = new Cluster(cluster.dag, hang)
  fresh.state = cluster.state
  const ended = { type: 'plan_ended', plan: plan.id, fence: plan.fence, at: cluster.now, reason: 'unprepared' } as const
  const commands = fresh.event({ type: 'report', runnerId: 'host1', seq: 50, events: [ended] })
  const frame = commands.find(command => command.type === 'send')?.frame
  expect(frame?.context).toBeDefined()
  expect(frame?.plans?.[0]?.items[0]).toEqual({ kind: 'prepare' })
})

it('loses nothing behind a failure that had ended the plan, however silent the host is', () => {
  const flaky = aStep('b', {
    retryPolicy: retryPolicy({ limit: 1, intervalSec: 20 }),
    continueOn: continueOn({ failure: true }),
  })
  const dag = chain(['a', flaky, aStep('c', { onLost: 'retry_now', retryPolicy: retryPolicy({}) })])
  const cluster = new Cluster(dag, { script: step => (step === 'b' ? { exitCode: 1 } : {}) }).accept().settle()
  cluster.agent.work()
  cluster.agent.work()
  const { inFlight } = cluster.agent
  const report = cluster.agent.report() ?? inFlight!
  const events = report.events.filter(event => event.type !== 'plan_ended')
  cluster.event({ type: 'report', runnerId: 'host1', seq: report.seq, events })
  cluster.event({ type: 'runner_lost', runnerId: 'host1', since: cluster.now })
  expect(cluster.state!.steps.get('c')).toBeUndefined()
})

it('numbers no attempt again that may have begun before its run was abandoned', () => {
  const cluster = new Cluster(chain(['a', 'b']), hang).accept()
  cluster.event({ type: 'stop_requested', by: 'me', abandon: true })
  expect([...cluster.state!.steps.values()].map(({ name, attempt }) => `${name}#${attempt}`)).toEqual(['b#1', 'a#1'])
})

it('tells every host that a run has had of its end, under the number of its journal row', () => {
  const cluster = new Cluster(chain(['a'])).accept().run()
  const last = cluster.commands.filter(command => command.type === 'send').at(-1)!
  expect(last.frame).toMatchObject({ end: 'finished', rev: cluster.head.seq })
})
