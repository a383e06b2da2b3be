// The outputs document of a run (semantics 7): captured variables under their camel-cased or own keys.
import type { DAGRunOutputs } from '../api/generated/answers.ts'
import { collectOutputs } from '../expr/output.ts'
import type { Dag } from '../spec/dag.ts'
import type { SealedOutputs } from '../vault/sealed-outputs.ts'
import type { RunState } from './state.ts'
import type { StepRecord } from './step-record.ts'
import { clock } from './summary.ts'

/** `{ metadata, outputs }` of `GET .../outputs`; both empty where nothing was captured. */
export function runOutputs(state: RunState, dag: Dag): DAGRunOutputs {
  const outputs = collectOutputs(dag, name => captured(state, name))
  if (Object.keys(outputs).length === 0) return { metadata: {}, outputs: {} }
  return { metadata: metadata(state), outputs: outputs }
}

function metadata({ head }: RunState): DAGRunOutputs['metadata'] {
  return {
    dagName: head.spec.dagName,
    dagRunId: head.spec.runId,
    attemptId: head.attemptId,
    status: head.status,
    completedAt: head.finishedAt === null ? '' : clock(head.finishedAt),
    params: JSON.stringify((head.params ?? []).map(({ name, value }) => `${name}=${value}`)),
  }
}

/** Captured variables by name, last step in plan order first served: what `outputs` of the run are called in the YAML. */
export function capturedVariables(state: RunState, dag: Dag): Record<string, string> {
  const all = dag.steps.flatMap(step => Object.entries(variablesOf(state.steps.get(step.name))))
  return Object.fromEntries(all)
}

/** What of the captured variables holds a secret, as the hosts of their steps have sealed it. */
export function sealedOutputs(state: RunState, dag: Dag): SealedOutputs[] {
  const lastOf = new Map<string, string>()
  for (const { name } of dag.steps)
    for (const variable of Object.keys(variablesOf(state.steps.get(name)))) lastOf.set(variable, name)
  return dag.steps.flatMap(({ name }) => {
    const { outputs = {}, sealed } = state.steps.get(name) ?? {}
    const names = Object.keys(outputs).filter(variable => lastOf.get(variable) === name)
    return sealed === undefined || names.length === 0 ? [] : [{ step: name, names, text: sealed }]
  })
}

/** Variables that a step leaves for those behind it: captured ones, and what was given at its approval. */
export const variablesOf = (record: StepRecord | undefined): Record<string, string> => ({
  ...record?.outputs,
  ...record?.approval?.approved?.inputs,
})

function captured(state: RunState, name: string) {
  const record = state.steps.get(name)
  return record && { exitCode: record.exitCode ?? 0, ...(record.outputs && { outputs: record.outputs }) }
}
