// Edges between steps: chain order, declared dependencies, routers; and the proof that they make no circle.

import type { Step } from './dag.ts'
import { nearest } from './keys.ts'
import type { Report } from './report.ts'
import { type BuiltStep, readDepends } from './step.ts'
import { pathOf } from './step-list.ts'
import { lookup } from './step-names.ts'

export interface GraphInput {
  type: 'chain' | 'graph'
  /** False for a map of steps: nothing is implied between its members. */
  ordered: boolean
}

/** Fills `depends` of every step, compiles routers, resolves `rewind_to`, and refuses circles. Names must be given already. */
export function linkSteps(report: Report, steps: BuiltStep[], input: GraphInput): void {
  const names = lookup(steps)
  if (input.type === 'chain' && input.ordered) linkChain(steps)
  for (const built of steps) linkDepends(report, built, names, input.type)
  linkRouters(report, steps, names, input.type)
  if (report.full) return
  const byName = new Map(steps.map(built => [built.step.name, built]))
  const circle = findCircle(steps.map(built => built.step))
  if (circle) {
    const first = byName.get(circle[0] ?? '')
    const message = `the steps depend on each other in a cycle: ${circle.join(' -> ')}`
    report.error(
      'dag.cycle',
      first ? pathOf(first.source, 'depends') : 'steps',
      first?.source.own.node,
      message,
      'remove one of these dependencies',
    )
    return
  }
  for (const built of steps) resolveRewind(report, built, names, byName)
}

/** A group waits for all of the entry before it. */
function linkChain(steps: BuiltStep[]): void {
  let before: string[] = []
  let members: string[] = []
  let group: number | undefined
  for (const { step, source } of steps) {
    if (source.group !== group) {
      before = members
      members = []
      group = source.group
    }
    step.depends = [...before]
    members.push(step.name)
  }
}

function linkDepends(
  report: Report,
  { step, source }: BuiltStep,
  names: Map<string, string>,
  type: 'chain' | 'graph',
): void {
  const depends = readDepends(report, source)
  if (!depends) return
  if (type === 'chain') {
    const hint = 'set type: graph'
    report.error('dag.conflict', depends.field.path, depends.field.node, 'depends is not allowed in a chain', hint)
    return
  }
  for (const { name, field } of depends.names) {
    if (report.full) return
    const target = names.get(name)
    if (target === undefined) {
      const message = `step ${JSON.stringify(step.name)} depends on unknown step ${JSON.stringify(name)}`
      report.error('dag.unknown_step', field.path, field.node, message, nearest(name, names.keys()))
    } else addDependency(step, target)
  }
}

function addDependency(step: Step, target: string): void {
  if (!step.depends.includes(target)) step.depends.push(target)
}

/** Each target waits for its router, runs only when its pattern matches, and lets joins after an untaken branch go on. */
function linkRouters(report: Report, steps: BuiltStep[], names: Map<string, string>, type: 'chain' | 'graph'): void {
  const byName = new Map(steps.map(built => [built.step.name, built.step]))
  const routed = new Map<string, string>()
  for (const { step: router, source } of steps) {
    if (!router.router) continue
    const at = source.own.map.get('routes')
    const complain = (message: string, hint?: string) =>
      report.error('dag.bad_route', at?.path ?? source.own.path, at?.node ?? source.own.node, message, hint)
    if (type === 'chain') complain('a router needs type: graph', 'set type: graph')
    for (const route of router.router.routes) {
      route.targets = route.targets.flatMap(name => {
        if (report.full) return []
        const target = byName.get(names.get(name) ?? '')
        if (!target)
          complain(
            `the route ${JSON.stringify(route.pattern)} leads to unknown step ${JSON.stringify(name)}`,
            nearest(name, names.keys()),
          )
        else if (routed.has(target.name))
          complain(`step ${JSON.stringify(target.name)} is the target of more than one route`)
        else if (target === router) complain('a router cannot route to itself')
        else {
          routed.set(target.name, router.name)
          addDependency(target, router.name)
          target.preconditions.push({ condition: router.router?.value ?? '', expected: route.pattern, negate: false })
          tolerateSkip(target)
          return [target.name]
        }
        return []
      })
    }
    tolerateSkip(router)
  }
}

function tolerateSkip(step: Step): void {
  step.continueOn = { failure: false, exitCodes: [], output: [], markSuccess: false, ...step.continueOn, skipped: true }
}

function resolveRewind(
  report: Report,
  { step, source }: BuiltStep,
  names: Map<string, string>,
  byName: Map<string, BuiltStep>,
): void {
  const wanted = step.approval?.rewindTo
  if (wanted === undefined || !step.approval) return
  const target = names.get(wanted)
  const path = `${pathOf(source, 'approval')}.rewind_to`
  const node = source.own.map.get('approval')?.node ?? source.own.node
  if (target === undefined) {
    report.error(
      'dag.unknown_step',
      path,
      node,
      `rewind_to names unknown step ${JSON.stringify(wanted)}`,
      nearest(wanted, names.keys()),
    )
  } else if (target !== step.name && !upstream(step, byName).has(target)) {
    report.error(
      'dag.bad_value',
      path,
      node,
      `rewind_to must be the step itself or one that it depends on, not ${JSON.stringify(wanted)}`,
    )
  } else step.approval.rewindTo = target
}

function upstream(step: Step, byName: Map<string, BuiltStep>): Set<string> {
  const seen = new Set<string>()
  const todo = [...step.depends]
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    todo.push(...(byName.get(name)?.step.depends ?? []))
  }
  return seen
}

/** A circle as a path that returns to its start, or undefined. Iterative: 5,000 steps in a row are no deep recursion. */
export function findCircle(steps: readonly { name: string; depends: readonly string[] }[]): string[] | undefined {
  const waiting = new Map(steps.map(step => [step.name, step.depends.length]))
  const dependents = new Map<string, string[]>()
  for (const step of steps) {
    for (const name of step.depends) {
      const list = dependents.get(name)
      if (list) list.push(step.name)
      else dependents.set(name, [step.name])
    }
  }
  const ready = steps.filter(step => step.depends.length === 0).map(step => step.name)
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    waiting.delete(name)
    for (const dependent of dependents.get(name) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1
      waiting.set(dependent, left)
      if (left === 0) ready.push(dependent)
    }
  }
  if (waiting.size === 0) return undefined
  const byName = new Map(steps.map(step => [step.name, step]))
  const path: string[] = []
  const seen = new Set<string>()
  let at: string | undefined = [...waiting.keys()][0]
  while (at !== undefined && !seen.has(at)) {
    path.push(at)
    seen.add(at)
    at = byName.get(at)?.depends.find(name => waiting.has(name))
  }
  return at === undefined ? path : [...path.slice(path.indexOf(at)), at]
}
