// The shape of a DAG, computed once per pinned DAG: positions, dependencies and dependents by position in plan order.
import type { Dag, Step } from '../spec/dag.ts'
import { type SideKind, sideNodes } from './mail-nodes.ts'

export interface Graph {
  steps: Step[]
  /** Position of a step by name. */
  position: Map<string, number>
  depends: number[][]
  dependents: number[][]
  /** Handlers and mails of the run, by node name. */
  handlers: Map<string, { kind: SideKind; step: Step }>
}

const cache = new WeakMap<Dag, Graph>()

/** The graph of a pinned DAG (memoised by identity: a pinned DAG never changes). */
export function graphOf(dag: Dag): Graph {
  const known = cache.get(dag)
  if (known) return known
  const position = new Map(dag.steps.map((step, i) => [step.name, i]))
  const depends = dag.steps.map(step =>
    [...new Set(step.depends.map(name => position.get(name) ?? -1))].filter(i => i >= 0),
  )
  const dependents: number[][] = dag.steps.map(() => [])
  depends.forEach((list, i) => {
    for (const dependency of list) dependents[dependency]!.push(i)
  })
  const graph = { steps: dag.steps, position, depends, dependents, handlers: sideNodes(dag) }
  cache.set(dag, graph)
  return graph
}

/** The step behind a node name, be it a step or a handler. */
export function nodeOf(graph: Graph, name: string): Step | undefined {
  const i = graph.position.get(name)
  return i === undefined ? graph.handlers.get(name)?.step : graph.steps[i]
}

/** Steps and all that depend on them, directly or not. Names that are no steps are left out. */
export function downstream({ position, steps, dependents }: Graph, from: Iterable<string>): Set<string> {
  const names = new Set<string>()
  const queue = [...from].flatMap(name => position.get(name) ?? [])
  for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
    const { name } = steps[i]!
    if (names.has(name)) continue
    names.add(name)
    queue.push(...dependents[i]!)
  }
  return names
}
