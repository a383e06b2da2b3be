// One transition in the making: reads fall through to the state, writes stay here until close() turns them into changes.
// The state and its index are never touched, so a transition that is thrown away leaves no trace.
import type { Dag, Step } from '../spec/dag.ts'
import type { CallRecord, ChildRecord } from './children/call-record.ts'
import type { RunCommand } from './commands.ts'
import type { TransitionContext } from './context.ts'
import {
  emptyIndex,
  firstReady,
  forkIndex,
  indexOf,
  noteCall,
  noteLog,
  notePlan,
  noteStep,
  noteTimer,
  type RunIndex,
} from './derived.ts'
import { type Graph, graphOf, nodeOf } from './graph.ts'
import { EDGE_RUNNER } from './lane.ts'
import type { LogRecord, SegmentRecord } from './log-record.ts'
import type { Changes, PlanRecord, RunHead, RunState, TimerRecord } from './state.ts'
import type { StepRecord } from './step-record.ts'
import { freshStep } from './step-record.ts'

export interface Draft {
  dag: Dag
  graph: Graph
  ctx: TransitionContext
  base: RunState | undefined
  head: RunHead
  index: RunIndex
  /** The report that is being answered. */
  answering: { runnerId: string; seq: number } | null
  /** Plans to be ended, by runner. */
  stale: Map<string, Set<string>>
  commands: RunCommand[]
  /** Something other than bookkeeping of reports changed. */
  steps: Map<string, StepRecord>
  plans: Map<string, PlanRecord | null>
  seen: Set<string>
  timers: Map<string, TimerRecord | null>
  logs: Map<string, LogRecord>
  segments: Map<string, SegmentRecord>
  calls: Map<string, CallRecord>
  children: Map<string, ChildRecord | null>
  /** Newest records of children by id, as far as this draft has written them. */
  childKeys: Map<string, string>
}

/** Opens a draft over a state, or (with `head`) over nothing. */
export function openDraft(base: RunState | undefined, dag: Dag, ctx: TransitionContext, head?: RunHead): Draft {
  const graph = graphOf(dag)
  return {
    dag,
    graph,
    ctx,
    base,
    head: head ?? { ...base!.head },
    index: base ? forkIndex(indexOf(base, dag)) : emptyIndex(graph),
    answering: null,
    stale: new Map(),
    commands: [],
    steps: new Map(),
    plans: new Map(),
    seen: new Set(),
    timers: new Map(),
    logs: new Map(),
    segments: new Map(),
    calls: new Map(),
    children: new Map(),
    childKeys: new Map(),
  }
}

// ---- nodes

export const findNode = (d: Draft, name: string): Step | undefined => nodeOf(d.graph, name)
export const isHandler = (d: Draft, name: string): boolean => d.graph.handlers.has(name)

/** Records of nodes to which something has happened. */
export function allSteps(d: Draft): StepRecord[] {
  const list = [...d.steps.values()]
  for (const record of d.base?.steps.values() ?? []) if (!d.steps.has(record.name)) list.push(record)
  return list
}

export const stepRecord = (d: Draft, name: string): StepRecord | undefined =>
  d.steps.get(name) ?? d.base?.steps.get(name)
export const stepOrFresh = (d: Draft, name: string): StepRecord => stepRecord(d, name) ?? freshStep(name)

export function putStep(d: Draft, record: StepRecord): void {
  const before = stepRecord(d, record.name)
  d.steps.set(record.name, record)
  noteStep(d.index, before, record, name => stepRecord(d, name))
}

// ---- plans

export function planRecord(d: Draft, id: string): PlanRecord | undefined {
  const own = d.plans.get(id)
  return own === undefined ? d.base?.plans.get(id) : (own ?? undefined)
}

/** Active plans, oldest first; O(active plans). */
export function activePlans(d: Draft): PlanRecord[] {
  const list: PlanRecord[] = []
  for (const plan of d.base?.plans.values() ?? []) if (!d.plans.has(plan.id)) list.push(plan)
  for (const plan of d.plans.values()) if (plan) list.push(plan)
  return list
}

export function addPlan(d: Draft, plan: PlanRecord): void {
  d.plans.set(plan.id, plan)
  notePlan(d.index, plan, 1, name => stepRecord(d, name))
}

export function removePlan(d: Draft, plan: PlanRecord): void {
  d.plans.set(plan.id, null)
  d.seen.delete(plan.id)
  notePlan(d.index, plan, -1, name => stepRecord(d, name))
}

/** Remembers that the runner has the plan. */
export function markSeen(d: Draft, id: string): void {
  // What the edge holds is lost with its memory: its plans are sent again until they have ended.
  if (planRecord(d, id)?.runnerId === EDGE_RUNNER) return
  if (!d.index.unseen.delete(id)) return
  d.seen.add(id)
}

export function markStale(d: Draft, runnerId: string, plan: string): void {
  const set = d.stale.get(runnerId) ?? new Set()
  d.stale.set(runnerId, set.add(plan))
}

// ---- timers

export function timerRecord(d: Draft, key: string): TimerRecord | undefined {
  const own = d.timers.get(key)
  return own === undefined ? d.base?.timers.get(key) : (own ?? undefined)
}

export function allTimers(d: Draft): TimerRecord[] {
  const list: TimerRecord[] = []
  for (const timer of d.base?.timers.values() ?? []) if (!d.timers.has(timer.key)) list.push(timer)
  for (const timer of d.timers.values()) if (timer) list.push(timer)
  return list
}

export function setTimer(d: Draft, timer: TimerRecord): void {
  clearTimer(d, timer.key)
  const noted = { at: d.ctx.now, ...timer }
  d.timers.set(timer.key, noted)
  noteTimer(d.index, noted, 1)
}

export function clearTimer(d: Draft, key: string): void {
  const timer = timerRecord(d, key)
  if (!timer) return
  d.timers.set(key, null)
  noteTimer(d.index, timer, -1)
}

// ---- logs

export const logRecord = (d: Draft, key: string): LogRecord | undefined => d.logs.get(key) ?? d.base?.logs.get(key)

export function putLog(d: Draft, log: LogRecord): void {
  noteLog(d.index, logRecord(d, log.key), log)
  d.logs.set(log.key, log)
}

export const hasSegment = (d: Draft, key: string): boolean =>
  d.segments.has(key) || (d.base?.segments.has(key) ?? false)

// ---- calls and their children

export const callRecord = (d: Draft, step: string): CallRecord | undefined =>
  d.calls.get(step) ?? d.base?.calls.get(step)

export function putCall(d: Draft, call: CallRecord): void {
  noteCall(d.index, callRecord(d, call.step), call)
  d.calls.set(call.step, call)
}

export function childRecord(d: Draft, key: string): ChildRecord | undefined {
  const own = d.children.get(key)
  return own === undefined ? d.base?.children.get(key) : (own ?? undefined)
}

export function putChild(d: Draft, child: ChildRecord): void {
  d.children.set(child.key, child)
  d.childKeys.set(child.id, child.key)
}

export const removeChild = (d: Draft, key: string): void => void d.children.set(key, null)

/** The newest record of a child run. */
export function childById(d: Draft, id: string): ChildRecord | undefined {
  const key = d.childKeys.get(id) ?? d.index.childKeys.get(id)
  return key === undefined ? undefined : childRecord(d, key)
}

// ---- the ready set

export const nextReady = (d: Draft, from = 0): number => firstReady(d.index, from)

/** The changes that the draft amounts to, or null when there are none. */
export function closeDraft(d: Draft): Changes | null {
  const plansAdded = [...d.plans.values()].filter(plan => plan !== null).map(plan => withSeen(d, plan))
  const changes: Changes = {
    head: changedHead(d),
    ...some(
      'steps',
      [...d.steps.values()].filter(step => d.base?.steps.get(step.name) !== step),
    ),
    ...some('plans', plansAdded),
    ...some(
      'plansSeen',
      [...d.seen].filter(id => !d.plans.has(id)),
    ),
    ...some('plansRemoved', removed(d.plans, d.base?.plans)),
    ...some(
      'timers',
      [...d.timers.values()].filter(timer => timer !== null),
    ),
    ...some('timersRemoved', removed(d.timers, d.base?.timers)),
    ...some('logs', [...d.logs.values()]),
    ...some('segments', [...d.segments.values()]),
    ...some('calls', [...d.calls.values()]),
    ...some(
      'children',
      [...d.children.values()].filter(child => child !== null),
    ),
    ...some('childrenRemoved', removed(d.children, d.base?.children)),
  }
  const empty = Object.keys(changes).length === 1 && Object.keys(changes.head).length === 0
  if (empty) return null
  changes.head.seq = d.head.seq + 1
  return changes
}

const withSeen = (d: Draft, plan: PlanRecord): PlanRecord => (d.seen.has(plan.id) ? { ...plan, seen: true } : plan)

function some<K extends string, T>(key: K, list: T[]): Record<K, T[]> | Record<never, never> {
  return list.length > 0 ? ({ [key]: list } as Record<K, T[]>) : {}
}

function removed<T>(own: Map<string, T | null>, base: Map<string, T> | undefined): string[] {
  return [...own].filter(([key, value]) => value === null && base?.has(key)).map(([key]) => key)
}

function changedHead(d: Draft): Partial<RunHead> {
  if (!d.base) return { ...d.head }
  const before = d.base.head
  const keys = Object.keys(d.head) as (keyof RunHead)[]
  return Object.fromEntries(
    keys.filter(key => d.head[key] !== before[key]).map(key => [key, d.head[key]]),
  ) as Partial<RunHead>
}

/** Hosts must hear the run's context anew before its next plan: it has a result that none of them has told. */
export function tellContext(d: Draft): void {
  d.head.contextRev = (d.head.contextRev ?? 0) + 1
}
