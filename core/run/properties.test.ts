import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentEvent } from '../protocol/frames.ts'
import type { Dag, HandlerKind, Step } from '../spec/dag.ts'
import { applyChanges } from './apply.ts'
import { encodeCheckpoint, loadRun } from './checkpoint.ts'
import { runDetails } from './details.ts'
import { logLines } from './event-log.ts'
import type { RunEvent } from './events.ts'
import { graphOf, nodeOf } from './graph.ts'
import { checkInvariants } from './invariants.ts'
import { runOutputs } from './outputs.ts'
import { nextDue, pending } from './pending.ts'
import type { RunState } from './state.ts'
import { TERMINAL_RUN_STATUSES } from './status.ts'
import { summarise } from './summary.ts'
import { Cluster } from './testing/cluster.ts'
import { aDag, aSpec, aStep, continueOn, repeatPolicy, retryPolicy } from './testing/dags.ts'
import type { Calls } from './testing/ideal-agent.ts'
import type { ChildScript } from './testing/ideal-children.ts'
import { transition } from './transition.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
const HANDLERS: HandlerKind[] = ['init', 'success', 'failure', 'abort', 'exit', 'wait']

const policies = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.record({ retryPolicy: fc.record({ limit: fc.nat(2), intervalSec: fc.constantFrom(0, 1, 20) }).map(retryPolicy) }),
  fc.constant({ repeatPolicy: repeatPolicy({ limit: 2, intervalSec: 1 }) }),
  fc.record({
    continueOn: fc.record({ failure: fc.boolean(), skipped: fc.boolean(), markSuccess: fc.boolean() }).map(continueOn),
  }),
  fc.constant({ onLost: 'retry_now' as const, retryPolicy: retryPolicy({}) }),
  fc.constant({ timeoutSec: 10 }),
  fc.constant({ approval: { prompt: '', input: [], required: [] } }),
) as fc.Arbitrary<Partial<Step>>

/** What a step calls; most call nothing. */
const calls = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.constantFrom({ call: 'kid' }, { call: 'stored' }, { call: 'no-such' }),
) as fc.Arbitrary<Partial<Step>>
const kid = aDag([aStep('k')], { name: 'kid' })

/** Random graphs: each step may depend on earlier ones. */
const dags: fc.Arbitrary<Dag> = fc
  .record({
    steps: fc.array(fc.tuple(fc.nat(63), policies, calls), { minLength: 1, maxLength: NAMES.length }),
    handlers: fc.subarray(HANDLERS),
    handlerCalls: calls,
    maxActiveSteps: fc.nat(3),
    timeoutSec: fc.constantFrom(0, 0, 0, 30),
    delaySec: fc.constantFrom(0, 0, 0, 3),
  })
  .map(({ steps, handlers, handlerCalls, ...rest }) => {
    const list = steps.map(([mask, policy, call], i) =>
      aStep(NAMES[i]!, { ...policy, ...call, depends: NAMES.slice(0, i).filter((_, k) => mask & (1 << k)) }),
    )
    const made = handlers.map(kind => [kind, aStep(kind, handlerCalls)])
    return aDag(list, { ...rest, handlers: Object.fromEntries(made), localDags: [kid] })
  })

const nodeNames = fc.constantFrom(...NAMES, 'onInit', 'onExit', 'onFailure', '__proto__', 'nobody')
/** `#n`: the n-th child that was ever started. */
const CHILD_IDS = fc.constantFrom('#0', '#1', '#2', '#5', 'nobody')
const inPlan = {
  plan: fc.constantFrom('p1', 'p2', 'p3', 'p4', 'p9', '__proto__'),
  fence: fc.integer({ min: 1, max: 5 }),
  at: fc.nat(),
}
const ofStep = { ...inPlan, step: nodeNames, attempt: fc.integer({ min: 0, max: 4 }) }
const outcomes = fc.constantFrom('succeeded', 'failed', 'skipped', 'aborted', 'timed_out', 'lost')
const agentEvents = fc.oneof(
  fc.record({
    type: fc.constant('prepared'),
    ...inPlan,
    params: fc.constant([]),
    paramsDisplay: fc.constant(''),
    conditions: fc.array(fc.record({ condition: fc.constant('c'), met: fc.boolean() }), { maxLength: 1 }),
    workDir: fc.constant('/w'),
  }),
  fc.record({ type: fc.constant('started'), ...ofStep }),
  fc.record({ type: fc.constant('finished'), ...ofStep, outcome: outcomes, exitCode: fc.integer({ min: -1, max: 3 }) }),
  fc.record({
    type: fc.constant('plan_ended'),
    ...inPlan,
    reason: fc.constantFrom('completed', 'step', 'stopped', 'run_timeout', 'refused', 'unprepared', 'lost'),
  }),
  fc.record({
    type: fc.constant('children'),
    ...ofStep,
    target: fc.constantFrom('kid', 'stored'),
    parallel: fc.boolean(),
    from: fc.constantFrom(0, 2),
    items: fc.array(fc.record({ params: fc.constantFrom('x', 'y', 'z') }), { maxLength: 3 }),
    last: fc.boolean(),
    maxConcurrent: fc.constantFrom(1, 2, undefined),
  }),
  fc.record({ type: fc.constant('stopped'), at: fc.nat(), stop: fc.constantFrom('00000001', 'x') }),
) as fc.Arbitrary<AgentEvent>
const runners = fc.constantFrom('host1', 'host2')
const events = fc.oneof(
  fc.record({ type: fc.constant('accepted'), spec: fc.constant(aSpec()) }),
  fc.record({
    type: fc.constant('assigned'),
    assignment: fc.record({ runnerId: runners, hostname: fc.constant('h'), room: fc.integer({ min: 1, max: 3 }) }),
  }),
  fc.record({ type: fc.constant('unassigned'), reason: fc.constant('full') }),
  fc.record({
    type: fc.constant('report'),
    runnerId: runners,
    seq: fc.integer({ min: 0, max: 30 }),
    events: fc.array(agentEvents, { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant('runner_hello'),
    runnerId: runners,
    bootId: fc.constant('b'),
    plans: fc.array(fc.record({ plan: inPlan.plan, fence: inPlan.fence }), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('runner_lost'), runnerId: runners, since: fc.nat(2_000_000) }),
  fc.record({
    type: fc.constant('timer'),
    timer: fc.constantFrom(
      'delay',
      'timeout',
      'room',
      'children',
      'grace/host1',
      ...NAMES.map(name => `again/${name}`),
    ),
  }),
  fc.record({ type: fc.constant('stop_requested'), by: fc.constant('u'), abandon: fc.boolean() }),
  fc.record({
    type: fc.constant('retry_requested'),
    by: fc.constant('u'),
    step: fc.option(nodeNames, { nil: undefined }),
    onward: fc.boolean(),
    child: fc.option(fc.record({ id: CHILD_IDS }), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('child_retry_requested'), by: fc.constant('u'), child: fc.record({ id: CHILD_IDS }) }),
  fc.record({
    type: fc.constant('step_status_set'),
    by: fc.constant('u'),
    step: nodeNames,
    status: fc.constantFrom('succeeded', 'failed'),
  }),
  fc.record({
    type: fc.constant('call_resolved'),
    step: nodeNames,
    attempt: fc.integer({ min: 0, max: 3 }),
    error: fc.constantFrom('gone', undefined),
  }),
  fc.record({
    type: fc.constant('children_changed'),
    news: fc.array(
      fc.record({
        id: CHILD_IDS,
        amended: fc.constantFrom(true, undefined),
        attempt: fc.integer({ min: 0, max: 3 }),
        status: fc.constantFrom(
          'running',
          'waiting',
          'queued',
          'succeeded',
          'failed',
          'aborted',
          'partially_succeeded',
        ),
        startedAt: fc.constantFrom(1, null),
        finishedAt: fc.constantFrom(2, null),
        runner: fc.constantFrom('host1', null),
        outputs: fc.constantFrom({ A: 'b' }, undefined),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.constant({ type: 'logs_settled' }),
) as fc.Arbitrary<RunEvent>

/** Events are mixed with honest work of an agent, so that deep states are reached. */
const moves = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.constant('work' as const) }, fc.constant('clock' as const), events),
  { maxLength: 40 },
)
const results = fc.infiniteStream(fc.constantFrom(0, 0, 0, 1))
const childEnds = fc.infiniteStream(
  fc.constantFrom<ReturnType<ChildScript>[]>({}, {}, { status: 'failed' }, { status: 'partially_succeeded' }, 'hang'),
)

/** What the steps of a DAG call, with three children of which two are the same. */
const callsOf =
  (dag: Dag): Calls =>
  node => {
    const step = nodeOf(graphOf(dag), node)
    return step?.call === undefined ? undefined : { target: step.call, params: ['x', 'y', 'x'], maxConcurrent: 2 }
  }

/** News name children by their number. */
function named(event: RunEvent, cluster: Cluster): RunEvent {
  const idOf = (id: string) => cluster.children.started[Number(id.slice(1))]?.id ?? id
  if (event.type === 'child_retry_requested' || (event.type === 'retry_requested' && event.child)) {
    const { id, ...child } = event.child!
    return { ...event, child: { ...child, id: idOf(id) } }
  }
  if (event.type !== 'children_changed') return event
  return { ...event, news: event.news.map(news => ({ ...news, id: idOf(news.id) })) }
}

describe('transition', () => {
  it('takes any event in any state without breaking an invariant, and replay gives the same state', () => {
    fc.assert(
      fc.property(dags, moves, results, childEnds, (dag, sequence, codes, ends) => {
        const script = () => ({ exitCode: codes.next().value as number })
        const child = () => ends.next().value as ReturnType<ChildScript>
        const cluster = new Cluster(dag, { script, capacity: 2, calls: callsOf(dag), child }).accept()
        for (const move of sequence) {
          if (move === 'work') cluster.tick()
          else if (move === 'clock') cluster.now += 20_000
          else cluster.event(named(move, cluster))
          readOut(cluster)
        }
        expect(JSON.parse(encodeCheckpoint(loadRun(null, cluster.journal)!))).toEqual(
          JSON.parse(encodeCheckpoint(cluster.state!)),
        )
      }),
      { numRuns: 400 },
    )
  })

  it('brings every run with an honest agent to an end', () => {
    fc.assert(
      fc.property(dags, results, fc.nat(2), childEnds, (dag, codes, room, ends) => {
        const cluster = new Cluster(dag, {
          script: () => ({ exitCode: codes.next().value as number }),
          capacity: room + 1,
          calls: callsOf(dag),
          child: () => {
            const end = ends.next().value as ReturnType<ChildScript>
            return end === 'hang' ? {} : end
          },
        })
          .accept()
          .run()
        const parked = cluster.head.status === 'waiting'
        expect(parked || TERMINAL_RUN_STATUSES.has(cluster.head.status)).toBe(true)
        expect(cluster.free).toBe(room + 1)
      }),
      { numRuns: 300 },
    )
  })

  it('changes nothing for reports that come again or late', () => {
    fc.assert(
      fc.property(dags, results, fc.nat(30), (dag, codes, steps) => {
        const cluster = new Cluster(dag, { script: () => ({ exitCode: codes.next().value as number }) }).accept()
        const reports: Extract<RunEvent, { type: 'report' }>[] = []
        for (let i = 0; i < steps; i += 1) {
          const report = cluster.agent.report()
          if (report) reports.push({ type: 'report', runnerId: 'host1', seq: report.seq, events: report.events })
          if (!cluster.tick()) break
        }
        const before = encodeCheckpoint(cluster.state!)
        for (const report of reports.toReversed()) {
          const { changes } = transition(cluster.state, dag, report, cluster.context())
          if (report.seq <= cluster.head.runners[0]!.seq) expect(changes).toBeNull()
        }
        expect(encodeCheckpoint(cluster.state!)).toBe(before)
      }),
      { numRuns: 100 },
    )
  })

  it('never changes the state that it is given', () => {
    fc.assert(
      fc.property(dags, moves, events, (dag, sequence, event) => {
        const cluster = new Cluster(dag, { capacity: 2, checked: false, calls: callsOf(dag) }).accept()
        for (const move of sequence) if (move === 'work') cluster.tick()
        const before = encodeCheckpoint(cluster.state!)
        const { changes } = transition(cluster.state, dag, named(event, cluster), cluster.context())
        expect(encodeCheckpoint(cluster.state!)).toBe(before)
        expect(checkInvariants(cluster.state!, dag)).toEqual([])
        if (changes) applyChanges(cluster.state, changes)
        expect(checkInvariants(cluster.state!, dag)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

/** All views of a state must be total as well. */
function readOut(cluster: Cluster): void {
  const state = cluster.state as RunState
  pending(state, cluster.dag, cluster.context())
  nextDue(state, cluster.dag, cluster.now)
  summarise(state, cluster.dag)
  runDetails(state, cluster.dag)
  runOutputs(state, cluster.dag)
  logLines(JSON.parse(cluster.journal.at(-1)!))
}
