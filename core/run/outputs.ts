// The outputs document of a run (semantics 7): captured variables under their camel-cased or own keys.
import type { Dag } from '../spec/dag.ts'
import type { RunState } from './state.ts'
import { clock } from './summary.ts'

/** `MY_VAR` -> `myVar`: split at `_`, lowered, joined; empty parts do not count. */
export function outputKey(name: string): string {
  const parts = name.split('_').filter(part => part !== '')
  return parts.map((part, i) => (i === 0 ? part.toLowerCase() : part[0]!.toUpperCase() + part.slice(1).toLowerCase())).join('')
}

/** `{ metadata, outputs }` of `GET .../outputs`; both empty where nothing was captured. */
export function runOutputs(state: RunState, dag: Dag): { metadata: Record<string, unknown>; outputs: Record<string, string> } {
  const outputs = new Map<string, string>()
  for (const step of dag.steps) {
    if (step.output?.kind !== 'variable' || step.output.omit) continue
    const value = state.steps.get(step.name)?.outputs?.[step.output.name]
    if (value !== undefined) outputs.set(step.output.key ?? outputKey(step.output.name), value)
  }
  if (outputs.size === 0) return { metadata: {}, outputs: {} }
  return { metadata: metadata(state), outputs: Object.fromEntries(outputs) }
}

function metadata({ head }: RunState): Record<string, unknown> {
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
  const all = dag.steps.flatMap(step => Object.entries(state.steps.get(step.name)?.outputs ?? {}))
  return Object.fromEntries(all)
}
