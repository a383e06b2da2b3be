// Approvals in tests of the engine: gates, what people say of them, and what the steps are told.
import type { Cluster } from './cluster.ts'
import { aStep } from './dags.ts'
import type { Script } from './ideal-agent.ts'

export const gate = (name: string, rest: { input?: string[]; rewindTo?: string; depends?: string[] } = {}) =>
  aStep(name, {
    depends: rest.depends ?? [],
    approval: { prompt: '', input: rest.input ?? [], required: [], ...(rest.rewindTo && { rewindTo: rest.rewindTo }) },
  })

export const approve = (cluster: Cluster, step: string, inputs: Record<string, string> = {}, by = 'kim') =>
  cluster.event({ type: 'decided', by, step, decision: 'approve', inputs })
export const pushBack = (cluster: Cluster, step: string, inputs: Record<string, string> = {}) =>
  cluster.event({ type: 'decided', by: 'kim', step, decision: 'push_back', inputs })
export const reject = (cluster: Cluster, step: string, reason = 'no') =>
  cluster.event({ type: 'decided', by: 'kim', step, decision: 'reject', reason })

/** Starts of a step's attempts, with the variables that the Run gave. */
export function watched(results: Script = () => ({})): {
  script: Script
  envs: Record<string, Record<string, string>>
} {
  const envs: Record<string, Record<string, string>> = {}
  const script: Script = (step, attempt, env) => {
    envs[`${step}#${attempt}`] = env
    return results(step, attempt, env)
  }
  return { script, envs }
}
