// What a finished run shows, gathered from the REST API as any client would see it.
import type { ApiClient } from '../../cli/client/api-client.ts'

export interface Node {
  step: { name: string; id?: string }
  id?: string
  statusLabel: string
  startedAt: string
  finishedAt: string
  attempt?: number
  doneCount: number
  error?: string
  outputVariables?: Record<string, string>
  startedAtMs?: number
  finishedAtMs?: number
}

export interface Run {
  name: string
  dagRunId: string
  statusLabel: string
  triggerType: string
  startedAt: string
  finishedAt: string
  error?: string
  attempt?: number
  nodes: Node[]
  [handler: string]: unknown
}

const HANDLERS = ['onInit', 'onSuccess', 'onFailure', 'onAbort', 'onExit', 'onWait']

export const ACTIVE = new Set(['not_started', 'running', 'queued'])

export async function readRun(client: ApiClient, file: string, runId: string): Promise<Run> {
  return (await client.get<{ dagRun: Run }>(`/dags/${encodeURIComponent(file)}/dag-runs/${encodeURIComponent(runId)}`))
    .dagRun
}

/** A step (by name or id) or a handler. */
export function nodeOf(run: Run, key: string): Node | undefined {
  if (HANDLERS.includes(key)) return run[key] as Node | undefined
  return run.nodes.find(n => n.step.name === key || n.id === key || n.step.id === key)
}

export async function readLog(client: ApiClient, run: Run, step: string, stream: 'stdout' | 'stderr'): Promise<string> {
  const path = `/dag-runs/${encodeURIComponent(run.name)}/${run.dagRunId}/steps/${encodeURIComponent(step)}/log/download?stream=${stream}`
  return (await client.raw('GET', path)).text()
}

/** Captured variables of all steps, then collected outputs: by name. */
export async function readOutputs(client: ApiClient, run: Run): Promise<Record<string, string>> {
  const collected = await client.get<{ outputs: Record<string, string> }>(
    `/dag-runs/${encodeURIComponent(run.name)}/${run.dagRunId}/outputs`,
  )
  const all = Object.assign(Object.create(null), collected.outputs) as Record<string, string>
  for (const node of run.nodes)
    for (const [name, value] of Object.entries(node.outputVariables ?? {})) all[name] = value
  for (const handler of HANDLERS) {
    const node = run[handler] as Node | undefined
    for (const [name, value] of Object.entries(node?.outputVariables ?? {})) all[name] ??= value
  }
  return all
}
