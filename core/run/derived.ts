// In-memory indexes over a run's records, so that a transition looks only at what it changes and at its dependents.
// They are never stored: rebuilt from the records at load, kept up by applyChanges, forked (not copied) by each transition.
import type { Dag } from '../spec/dag.ts'
import type { CallRecord, ChildRecord } from './children/call-record.ts'
import { gateOf } from './gate.ts'
import { type Graph, graphOf } from './graph.ts'
import type { LogRecord } from './log-record.ts'
import type { PlanRecord, RunState, TimerRecord } from './state.ts'
import type { StepStatus } from './status.ts'
import type { StepRecord } from './step-record.ts'

interface Numbers {
  get(i: number): number
  set(i: number, value: number): void
}

export interface RunIndex {
  graph: Graph
  /** Dependencies of a step that are not over yet. */
  undecided: Numbers
  /** Dependencies of a step that do not let it run (yet). */
  blocked: Numbers
  /** Bit per step: it could be planned now. */
  ready: Uint32Array
  readyCount: number
  /** Steps (not handlers) by status. */
  counts: Record<StepStatus, number>
  /** Failed steps that continue_on lets pass. */
  covered: number
  /** Plan that holds a node. */
  planOf: { get(name: string): string | null; set(name: string, plan: string | null): void }
  /** Active plans by runner. */
  active: Map<string, number>
  activeCount: number
  /** Plans that the runner is not known to have. */
  unseen: Set<string>
  /** Nodes that wait for a timer, and those of them that keep their room. */
  waits: number
  holds: number
  /** Logs whose bytes are not all here. */
  openLogs: number
  /** Steps whose call is not over. */
  openCalls: Set<string>
  /** Children that were started and are not over, and those of them that are being stopped. */
  activeChildren: number
  stoppingChildren: number
  /** The newest time that was noted of a node, plan or timer, epoch ms; it never goes down. */
  latest: number
  /** Newest record of a child run by its id; shared by all forks, so a draft looks at its own changes first. */
  childKeys: Map<string, string>
}

const indexes = new WeakMap<RunState, RunIndex>()

/** The index of a loaded state; built on first use. */
export function indexOf(state: RunState, dag: Dag): RunIndex {
  const known = indexes.get(state)
  if (known) return known
  const index = emptyIndex(graphOf(dag))
  for (const record of state.steps.values()) noteStep(index, undefined, record, name => state.steps.get(name))
  for (const plan of state.plans.values()) notePlan(index, plan, 1, name => state.steps.get(name))
  for (const timer of state.timers.values()) noteTimer(index, timer, 1)
  for (const log of state.logs.values()) noteLog(index, undefined, log)
  for (const call of state.calls.values()) noteCall(index, undefined, call)
  for (const child of state.children.values()) noteChild(index, child)
  indexes.set(state, index)
  return index
}

/** The index if it has been built: applyChanges keeps it up. */
export const builtIndex = (state: RunState): RunIndex | undefined => indexes.get(state)

/** An index of a run to which nothing has happened. */
export function emptyIndex(graph: Graph): RunIndex {
  const size = graph.steps.length
  const undecided = Int32Array.from(graph.depends, list => list.length)
  const planOf = new Map<string, string>()
  const ready = new Uint32Array((size + 31) >> 5)
  const roots = graph.depends.flatMap((list, i) => (list.length === 0 ? [i] : []))
  for (const i of roots) ready[i >> 5]! |= 1 << (i & 31)
  return {
    graph,
    undecided: numbers(undecided),
    blocked: numbers(undecided.slice()),
    ready,
    readyCount: roots.length,
    counts: { ...NO_COUNTS, not_started: size },
    covered: 0,
    planOf: {
      get: name => planOf.get(name) ?? null,
      set: (name, plan) => void (plan === null ? planOf.delete(name) : planOf.set(name, plan)),
    },
    active: new Map(),
    activeCount: 0,
    unseen: new Set(),
    waits: 0,
    holds: 0,
    openLogs: 0,
    openCalls: new Set(),
    activeChildren: 0,
    stoppingChildren: 0,
    latest: 0,
    childKeys: new Map(),
  }
}

const NO_COUNTS: Record<StepStatus, number> = {
  not_started: 0,
  running: 0,
  failed: 0,
  aborted: 0,
  succeeded: 0,
  skipped: 0,
  partially_succeeded: 0,
  waiting: 0,
  rejected: 0,
  retrying: 0,
}

function numbers(values: Int32Array): Numbers {
  return {
    get: i => values[i]!,
    set: (i, value) => {
      values[i] = value
    },
  }
}

/** A layer over an index for one transition; writing to it leaves the base as it is. */
export function forkIndex(base: RunIndex): RunIndex {
  const plans = new Map<string, string | null>()
  return {
    ...base,
    undecided: layer(base.undecided),
    blocked: layer(base.blocked),
    ready: base.ready.slice(),
    counts: { ...base.counts },
    planOf: {
      get: name => {
        const own = plans.get(name)
        return own === undefined ? base.planOf.get(name) : own
      },
      set: (name, plan) => void plans.set(name, plan),
    },
    active: new Map(base.active),
    unseen: new Set(base.unseen),
    openCalls: new Set(base.openCalls),
  }
}

function layer(base: Numbers): Numbers {
  const own = new Map<number, number>()
  return { get: i => own.get(i) ?? base.get(i), set: (i, value) => void own.set(i, value) }
}

type Lookup = (name: string) => StepRecord | undefined

/** Takes in a new version of a node's record. `lookup` must already give the new one. */
export function noteStep(index: RunIndex, before: StepRecord | undefined, after: StepRecord, lookup: Lookup): void {
  const { graph } = index
  noteTime(index, Math.max(after.startedAt ?? 0, after.finishedAt ?? 0, after.retriedAt ?? 0))
  const i = graph.position.get(after.name)
  if (i === undefined) return
  const step = graph.steps[i]!
  index.counts[before?.status ?? 'not_started'] -= 1
  index.counts[after.status] += 1
  index.covered += coveredFailure(after) - coveredFailure(before)
  const was = gateOf(before, step)
  const is = gateOf(after, step)
  if (was !== is) {
    const undecided = Number(is === 'open') - Number(was === 'open')
    const blocked = Number(is !== 'pass') - Number(was !== 'pass')
    for (const d of graph.dependents[i]!) {
      index.undecided.set(d, index.undecided.get(d) + undecided)
      index.blocked.set(d, index.blocked.get(d) + blocked)
      refreshReady(index, d, lookup)
    }
  }
  refreshReady(index, i, lookup)
}

function noteTime(index: RunIndex, at: number): void {
  if (at > index.latest) index.latest = at
}

const coveredFailure = (record: StepRecord | undefined) => (record?.status === 'failed' && record.covered ? 1 : 0)

/** Takes in a plan that appears (+1) or goes (-1). */
export function notePlan(index: RunIndex, plan: PlanRecord, by: 1 | -1, lookup: Lookup): void {
  if (by === 1) noteTime(index, plan.at ?? 0)
  index.activeCount += by
  index.active.set(plan.runnerId, (index.active.get(plan.runnerId) ?? 0) + by)
  if (by === 1 && !plan.seen) index.unseen.add(plan.id)
  if (by === -1) index.unseen.delete(plan.id)
  for (const item of plan.items) {
    if (item.kind !== 'step') continue
    if (by === 1) index.planOf.set(item.step, plan.id)
    else if (index.planOf.get(item.step) === plan.id) index.planOf.set(item.step, null)
    const i = index.graph.position.get(item.step)
    if (i !== undefined) refreshReady(index, i, lookup)
  }
}

export function noteTimer(index: RunIndex, timer: TimerRecord, by: 1 | -1): void {
  if (by === 1) noteTime(index, timer.at ?? 0)
  if (timer.kind !== 'again') return
  index.waits += by
  if (timer.hold) index.holds += by
}

export function noteLog(index: RunIndex, before: LogRecord | undefined, after: LogRecord): void {
  index.openLogs += Number(!logComplete(after)) - Number(before !== undefined && !logComplete(before))
}

export function noteCall(index: RunIndex, before: CallRecord | undefined, after: CallRecord): void {
  if (after.phase === 'over') index.openCalls.delete(after.step)
  else index.openCalls.add(after.step)
  index.activeChildren += after.active - (before?.active ?? 0)
  index.stoppingChildren += stopping(after) - stopping(before)
}

const stopping = (call: CallRecord | undefined) => (call?.phase === 'stopping' ? call.active : 0)

/** A run that is attached anew has a record of a later round. */
export function noteChild(index: RunIndex, child: ChildRecord): void {
  index.childKeys.set(child.id, child.key)
}

/** All bytes of the stream are inline or in segments. */
export function logComplete(log: LogRecord): boolean {
  return log.bytes !== null && (log.text !== undefined || log.sealed >= log.bytes)
}

function refreshReady(index: RunIndex, i: number, lookup: Lookup): void {
  const name = index.graph.steps[i]!.name
  const record = lookup(name)
  const wants =
    record === undefined || record.status === 'not_started' ? index.blocked.get(i) === 0 : record.again === true
  const ready = wants && index.planOf.get(name) === null
  const mask = 1 << (i & 31)
  const was = (index.ready[i >> 5]! & mask) !== 0
  if (ready === was) return
  index.ready[i >> 5]! ^= mask
  index.readyCount += ready ? 1 : -1
}

/** The first step in plan order that could be planned, from a position on; -1: none. */
export function firstReady(index: RunIndex, from: number): number {
  for (let word = from >> 5; word < index.ready.length; word += 1) {
    let bits = index.ready[word]!
    if (word === from >> 5) bits &= -1 << (from & 31)
    if (bits !== 0) return (word << 5) + (31 - Math.clz32(bits & -bits))
  }
  return -1
}
