// What must hold in every reachable state; used by tests and the simulator, and cheap enough for a nightly check of stored runs.
import type { Dag } from '../spec/dag.ts'
import { emptyIndex, indexOf, noteCall, noteLog, notePlan, noteStep, noteTimer, type RunIndex } from './derived.ts'
import { graphOf, nodeOf } from './graph.ts'
import { livingChildren } from './pending.ts'
import { againKey } from './readiness.ts'
import type { RunState } from './state.ts'
import { TERMINAL_RUN_STATUSES } from './status.ts'

/** Sentences about what is wrong; empty: all holds. `before` adds the comparisons between two states of one run. */
export function checkInvariants(state: RunState, dag: Dag, before?: RunState): string[] {
  return [
    ...owners(state),
    ...running(state, dag),
    ...ended(state),
    ...dependencies(state, dag),
    ...calls(state),
    ...recount(state, dag),
    ...growth(state, before),
  ]
}

function* owners(state: RunState): Generator<string> {
  const held = new Set<string>()
  for (const plan of state.plans.values()) {
    if (plan.fence > state.head.fence) yield `plan ${plan.id} has a fence above the run's`
    for (const item of plan.items) {
      if (item.kind !== 'step') continue
      if (held.has(item.step)) yield `step ${item.step} stands in two active plans`
      held.add(item.step)
    }
  }
}

function* running(state: RunState, dag: Dag): Generator<string> {
  const planned = new Set(
    [...state.plans.values()].flatMap(plan => plan.items.flatMap(item => (item.kind === 'step' ? [item.step] : []))),
  )
  for (const record of state.steps.values()) {
    if (!nodeOf(graphOf(dag), record.name)) yield `step ${record.name} is not in the DAG`
    if (record.result > record.attempt) yield `step ${record.name} has a result of an attempt that was never made`
    if (record.status !== 'running' && record.status !== 'retrying') continue
    const call = state.calls.get(record.name)
    const isCalling = call !== undefined && call.phase !== 'over' && call.attempt === record.attempt
    const waits = record.again === true || state.timers.has(againKey(record.name)) || isCalling
    if (!planned.has(record.name) && !waits)
      yield `step ${record.name} is ${record.status} with neither a plan nor a timer`
  }
}

function* ended(state: RunState): Generator<string> {
  const { head } = state
  const over = TERMINAL_RUN_STATUSES.has(head.status)
  if (over !== (head.phase === 'ended')) yield `status ${head.status} does not go with phase ${head.phase}`
  if (!over) return
  if (state.plans.size > 0) yield 'an ended run has active plans'
  if (state.timers.size > 0) yield 'an ended run has timers'
  if (head.room > 0 || head.asked > 0) yield 'an ended run holds or wants room'
  if (head.slot) yield 'an ended run holds a queue slot'
  for (const { name, status } of state.steps.values()) {
    if (status === 'running' || status === 'retrying') yield `step ${name} is ${status} in an ended run`
  }
}

/** The numbers of a call are those of its children. */
function* calls(state: RunState): Generator<string> {
  for (const call of state.calls.values()) {
    if (call.phase === 'over' || call.phase === 'gathering') continue
    const living = [...livingChildren(state, call)]
    if (living.length !== call.active) yield `call ${call.step} counts ${call.active} children, ${living.length} live`
    if (call.limit > 0 && call.active > call.limit) yield `call ${call.step} runs more children than its limit`
    const settled = call.good + call.partial + call.bad
    if (call.phase === 'concluding' && call.active > 0) yield `call ${call.step} concludes while children live`
    // What is over its time concludes with what was begun.
    const isWhole = call.error === undefined && !call.timedOut
    if (call.phase === 'concluding' && isWhole && settled !== call.total)
      yield `call ${call.step} concludes with ${settled} of ${call.total} children over`
  }
}

/** Nothing has run before what it depends on was over. */
function* dependencies(state: RunState, dag: Dag): Generator<string> {
  if (state.head.only !== null) return
  for (const step of dag.steps) {
    if (state.steps.get(step.name)?.status !== 'running') continue
    for (const name of step.depends) {
      const status = state.steps.get(name)?.status ?? 'not_started'
      if (status === 'not_started' || status === 'running' || status === 'retrying')
        yield `step ${step.name} runs before ${name} is over`
    }
  }
}

function* recount(state: RunState, dag: Dag): Generator<string> {
  const fresh = emptyIndex(graphOf(dag))
  const lookup = (name: string) => state.steps.get(name)
  for (const record of state.steps.values()) noteStep(fresh, undefined, record, lookup)
  for (const plan of state.plans.values()) notePlan(fresh, plan, 1, lookup)
  for (const timer of state.timers.values()) noteTimer(fresh, timer, 1)
  for (const log of state.logs.values()) noteLog(fresh, undefined, log)
  for (const call of state.calls.values()) noteCall(fresh, undefined, call)
  const [kept, counted] = [printable(indexOf(state, dag)), printable(fresh)]
  if (kept !== counted) yield `the index does not match its records: ${kept} instead of ${counted}`
}

function printable(index: RunIndex): string {
  const { counts, covered, readyCount, activeCount, waits, holds, openLogs, activeChildren, stoppingChildren } = index
  const ready = [...index.ready]
  return JSON.stringify({
    counts,
    covered,
    readyCount,
    activeCount,
    waits,
    holds,
    openLogs,
    activeChildren,
    stoppingChildren,
    openCalls: [...index.openCalls].sort(),
    ready,
    unseen: [...index.unseen].sort(),
  })
}

function* growth(state: RunState, before: RunState | undefined): Generator<string> {
  if (!before) return
  if (state.head.fence < before.head.fence) yield 'the fence went back'
  if (state.head.seq < before.head.seq) yield 'the journal number went back'
  if (state.head.attempt < before.head.attempt) yield "the run's attempt went back"
  for (const record of before.steps.values()) {
    if ((state.steps.get(record.name)?.attempt ?? 0) < record.attempt)
      yield `the attempt of step ${record.name} went back`
  }
}
