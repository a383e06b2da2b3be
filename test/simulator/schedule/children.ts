// Runs that runs call: which ones a DAG may call, under which ids. Promise: known before anything is played, as ids follow from the
// parent, the step, the called DAG and its parameters alone.
import { childRunId, sealedIdentity } from '@edgedag/core/run/child-id'
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

/** What the scripts of a called run grow from; `scriptSeed` is its parent's. */
export const calledSeed = (scriptSeed: string, { step, params, iteration }: CalledRun): string =>
  [scriptSeed, step, params, ...(iteration === 0 ? [] : [iteration])].join('/')

/** Parameters of the runs that a step calls, as a host evaluates them. */
export function calledParams({ parallel }: Step): string[] {
  const items = Array.isArray(parallel?.items) ? parallel.items : [1]
  return items.map(item => `V="${String(item)}"`)
}

/** The same as the host tells them: every other one holds a secret, and is told apart by its tag. */
export const calledItems = (step: Step) =>
  calledParams(step).map((params, index) =>
    index % 2 === 0 ? { params } : { params, sealed: { text: `sealed ${params}`, tags: [params] } },
  )

/** Every run that a run of this DAG may call. */
export function calledRuns(runId: string, dag: Dag): CalledRun[] {
  const pushBacks = dag.steps.filter(step => step.approval !== undefined).length * MAX_PUSH_BACKS
  const iterations = Array.from({ length: pushBacks + 1 }, (_, iteration) => iteration)
  return dag.steps.flatMap(step => {
    const called = dag.localDags.find(each => each.name === step.call)
    if (called === undefined) return []
    return iterations.flatMap(iteration =>
      calledItems(step).map(({ params, sealed }) => ({
        runId: childRunId(
          {
            ...{ parentRunId: runId, step: step.name, dag: called.name, iteration },
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
