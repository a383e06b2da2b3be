// A new run that takes over steps of a former one (edit and retry): which steps it may take over, and what it takes over of them.
import type { Dag, Step } from '../spec/dag.ts'
import { type Draft, putStep } from './draft.ts'
import type { RunState } from './state.ts'
import { isGoodStatus } from './status.ts'
import { freshStep, type ImportedStep } from './step-record.ts'

export interface ImportPlan {
  /** Steps that need not run again: they succeeded, as did all before them, and are written as they were. */
  skipped: string[]
  /** Steps that may be left out besides, if it is asked for: they succeeded, but are written otherwise now. */
  optional: string[]
  /** Why the others have to run. */
  ineligible: { stepName: string; reason: string }[]
}

/** Looks at the steps of `next` in the light of a former run. `wanted`: left out besides those that are unchanged. */
export function planImports(
  state: RunState,
  former: Dag,
  next: Dag,
  wanted: ReadonlySet<string> = new Set(),
): ImportPlan {
  const before = new Map(former.steps.map(step => [step.name, step]))
  const steps = new Map(next.steps.map(step => [step.name, step]))
  const reasons = new Map<string, string | null>()
  const changed = (step: Step): boolean => !sameStep(before.get(step.name), step)
  for (const { name } of inOrder(next)) {
    const step = steps.get(name)!
    const open = step.depends.find(
      one => reasons.get(one) !== null || (steps.has(one) && changed(steps.get(one)!) && !wanted.has(one)),
    )
    reasons.set(name, ownReason(state, name) ?? (open === undefined ? null : `it depends on ${open}, which runs again`))
  }
  const plan: ImportPlan = { skipped: [], optional: [], ineligible: [] }
  for (const step of next.steps) {
    const reason = reasons.get(step.name) ?? null
    if (reason !== null) plan.ineligible.push({ stepName: step.name, reason })
    else (changed(step) ? plan.optional : plan.skipped).push(step.name)
  }
  return plan
}

function ownReason(state: RunState, name: string): string | null {
  const record = state.steps.get(name)
  if (!record || !isGoodStatus(record.status))
    return `it has not succeeded in the former run (${record?.status ?? 'not there'})`
  return record.sealed === undefined ? null : 'its output holds a secret, which stays with the former run'
}

const sameStep = (a: Step | undefined, b: Step): boolean =>
  a !== undefined && JSON.stringify({ ...a, description: '' }) === JSON.stringify({ ...b, description: '' })

/** Steps, each behind those it depends on. The graph has no circle. */
function inOrder(dag: Dag): Step[] {
  const steps = new Map(dag.steps.map(step => [step.name, step]))
  const waits = new Map(dag.steps.map(step => [step.name, step.depends.filter(name => steps.has(name)).length]))
  const behind = new Map<string, string[]>()
  for (const step of dag.steps)
    for (const name of step.depends) behind.set(name, [...(behind.get(name) ?? []), step.name])
  const order: Step[] = []
  const queue = dag.steps.filter(step => waits.get(step.name) === 0)
  for (let step = queue.shift(); step; step = queue.shift()) {
    order.push(step)
    for (const name of behind.get(step.name) ?? []) {
      const left = (waits.get(name) ?? 0) - 1
      waits.set(name, left)
      if (left === 0) queue.push(steps.get(name)!)
    }
  }
  return order
}

/** What is taken over of these steps; those that are not there are left out. */
export function importedSteps(state: RunState, names: readonly string[]): ImportedStep[] {
  return names.flatMap(name => {
    const record = state.steps.get(name)
    if (!record || !isGoodStatus(record.status) || record.sealed !== undefined) return []
    const { status, startedAt, finishedAt, exitCode, commands, host } = record
    const { outputs, structured, stdoutPath, stderrPath, approval } = record
    const kept = {
      startedAt,
      finishedAt,
      exitCode,
      commands,
      host,
      outputs,
      structured,
      stdoutPath,
      stderrPath,
      approval,
    }
    const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
    return [{ name, status, ...known } as ImportedStep]
  })
}

/** Puts taken over steps into a run that has just been accepted. */
export function takeImports(d: Draft, imports: readonly ImportedStep[], from: string): void {
  for (const step of imports)
    if (d.graph.position.has(step.name) && isGoodStatus(step.status))
      putStep(d, { ...freshStep(step.name), ...step, doneCount: 1, imported: from })
}
