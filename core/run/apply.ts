// Applying a transition's changes to a loaded state: the only way that a state ever changes.
import { builtIndex, noteCall, noteChild, noteLog, notePlan, noteStep, noteTimer, type RunIndex } from './derived.ts'
import { type Changes, RUN_SCHEMA_VERSION, type RunHead, type RunState } from './state.ts'

/**
 * Applies changes in place and keeps the state's index up; costs O(changes). With no state the changes must be those of
 * `accepted`, whose head is whole. Answers the state.
 */
export function applyChanges(state: RunState | undefined, changes: Changes): RunState {
  const target = state ?? newState(changes.head as RunHead)
  if (state) Object.assign(target.head, changes.head)
  const index = builtIndex(target)
  applySteps(target, index, changes)
  applyPlans(target, index, changes)
  applyTimers(target, index, changes)
  for (const log of changes.logs ?? []) {
    if (index) noteLog(index, target.logs.get(log.key), log)
    target.logs.set(log.key, log)
  }
  for (const segment of changes.segments ?? []) target.segments.set(segment.key, segment)
  applyChildren(target, index, changes)
  return target
}

function newState(head: RunHead): RunState {
  return {
    schemaVersion: RUN_SCHEMA_VERSION,
    head: { ...head },
    steps: new Map(),
    plans: new Map(),
    timers: new Map(),
    logs: new Map(),
    segments: new Map(),
    calls: new Map(),
    children: new Map(),
  }
}

function applyChildren(state: RunState, index: RunIndex | undefined, changes: Changes): void {
  for (const key of changes.childrenRemoved ?? []) state.children.delete(key)
  for (const child of changes.children ?? []) {
    state.children.set(child.key, child)
    if (index) noteChild(index, child)
  }
  for (const call of changes.calls ?? []) {
    const before = state.calls.get(call.step)
    state.calls.set(call.step, call)
    if (index) noteCall(index, before, call)
  }
}

function applySteps(state: RunState, index: RunIndex | undefined, changes: Changes): void {
  const lookup = (name: string) => state.steps.get(name)
  for (const record of changes.steps ?? []) {
    const before = state.steps.get(record.name)
    state.steps.set(record.name, record)
    if (index) noteStep(index, before, record, lookup)
  }
}

function applyPlans(state: RunState, index: RunIndex | undefined, changes: Changes): void {
  const lookup = (name: string) => state.steps.get(name)
  for (const id of changes.plansRemoved ?? []) {
    const plan = state.plans.get(id)
    state.plans.delete(id)
    if (plan && index) notePlan(index, plan, -1, lookup)
  }
  for (const plan of changes.plans ?? []) {
    const before = state.plans.get(plan.id)
    if (before && index) notePlan(index, before, -1, lookup)
    state.plans.set(plan.id, plan)
    if (index) notePlan(index, plan, 1, lookup)
  }
  for (const id of changes.plansSeen ?? []) {
    const plan = state.plans.get(id)
    if (plan) state.plans.set(id, { ...plan, seen: true })
    index?.unseen.delete(id)
  }
}

function applyTimers(state: RunState, index: RunIndex | undefined, changes: Changes): void {
  const drop = (key: string) => {
    const timer = state.timers.get(key)
    if (timer && index) noteTimer(index, timer, -1)
    state.timers.delete(key)
  }
  for (const key of changes.timersRemoved ?? []) drop(key)
  for (const timer of changes.timers ?? []) {
    drop(timer.key)
    state.timers.set(timer.key, timer)
    if (index) noteTimer(index, timer, 1)
  }
}
