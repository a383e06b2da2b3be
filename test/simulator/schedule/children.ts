// Runs that runs call: which ones a DAG may call, under which ids. Promise: known before anything is played, as ids follow from the
// parent, the step, the called DAG and its parameters alone.
import { childRunId } from '@edgedag/core/run/child-id'
import type { Dag, Step } from '@edgedag/core/spec/dag'
import { sha256Hex } from '@edgedag/worker/store/hash'

export interface CalledRun {
  runId: string
  step: string
  params: string
  dag: Dag
}

/** Parameters of the runs that a step calls, as a host evaluates them. */
export function calledParams({ parallel }: Step): string[] {
  const items = Array.isArray(parallel?.items) ? parallel.items : [1]
  return items.map(item => `V="${String(item)}"`)
}

/** Every run that a run of this DAG may call. */
export function calledRuns(runId: string, dag: Dag): CalledRun[] {
  return dag.steps.flatMap(step => {
    const called = dag.localDags.find(each => each.name === step.call)
    if (called === undefined) return []
    return calledParams(step).map(params => ({
      runId: childRunId({ parentRunId: runId, step: step.name, dag: called.name, params, iteration: 0 }, sha256Hex),
      step: step.name,
      params,
      dag: called,
    }))
  })
}
