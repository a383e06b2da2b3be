// Runs that runs call: which ones a DAG may call, under which ids. Promise: known before anything is played, as ids follow from the
// parent, the step, the called DAG and its parameters alone.
import { childRunId, sealedIdentity } from '@edgedag/core/run/children/child-id'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import { sha256Hex } from '@edgedag/worker/store/hash'
import { MAX_PUSH_BACKS } from './decisions.ts'

export interface CalledRun {
  runId: string
  step: string
  params: string
  /** Its parameters hold a secret. */
  sealed?: string
  /** Each time the step is pushed back after its call it calls new runs: 0, 1, ... */
  iteration: number
  dag: Dag
}

/** Stored DAGs by the name under which they are called. */
export type Stored = ReadonlyMap<string, Dag>

/** What the scripts of a called run grow from; `scriptSeed` is its parent's. */
export const calledSeed = (scriptSeed: string, { step, params, iteration }: CalledRun): string =>
  [scriptSeed, step, params, ...(iteration === 0 ? [] : [iteration])].join('/')

/** Parameters of the runs that a step calls, as a host evaluates them. */
export function calledParams({ parallel }: Step): string[] {
  const items = Array.isArray(parallel?.items) ? parallel.items : [1]
  return items.map(item => `V="${String(item)}"`)
}

/** The same as they are told to the Run: from a host every other one holds a secret, and is told apart by its tag. */
export const calledItems = (step: Step, isAtEdge: boolean) =>
  calledParams(step).map((params, index) =>
    isAtEdge || index % 2 === 0 ? { params } : { params, sealed: { text: `sealed ${params}`, tags: [params] } },
  )

export interface Caller {
  runId: string
  dag: Dag
  isAtEdge: boolean
}

/** Every run that this one may call. */
export function calledRuns({ runId, dag, isAtEdge }: Caller, stored: Stored): CalledRun[] {
  if (dag.steps.every(step => step.call === undefined)) return []
  const pushBacks = dag.steps.filter(step => step.approval !== undefined).length * MAX_PUSH_BACKS
  const iterations = Array.from({ length: pushBacks + 1 }, (_, iteration) => iteration)
  return dag.steps.flatMap(step => {
    const called = calledDag(dag, step, stored)
    if (called === null) return []
    return iterations.flatMap(iteration =>
      calledItems(step, isAtEdge).map(({ params, sealed }) => ({
        runId: childRunId(
          {
            ...{ parentRunId: runId, step: step.name, dag: step.call!, iteration },
            params: sealed === undefined ? params : sealedIdentity(params),
          },
          sha256Hex,
        ),
        step: step.name,
        params,
        ...(sealed === undefined ? {} : { sealed: sealed.text }),
        iteration,
        dag: called,
      })),
    )
  })
}

const known = new WeakMap<Dag, Map<string, { target: Dag; called: Dag }>>()

/** The DAG that a step calls, as its run has it; null: the step calls none. One object for all runs of the caller's. */
function calledDag(parent: Dag, step: Step, stored: Stored): Dag | null {
  if (step.call === undefined) return null
  const local = parent.localDags.find(each => each.name === step.call)
  const target = local ?? stored.get(step.call)
  if (target === undefined) return null
  const ofParent = known.get(parent) ?? new Map<string, { target: Dag; called: Dag }>()
  known.set(parent, ofParent)
  const before = ofParent.get(step.name)
  if (before?.target === target) return before.called
  const called: Dag = {
    ...target,
    // Documents of one file call each other.
    ...(local === undefined ? {} : { localDags: parent.localDags }),
    ...(step.workerSelector === undefined ? {} : { workerSelector: step.workerSelector }),
  }
  ofParent.set(step.name, { target, called })
  return called
}
