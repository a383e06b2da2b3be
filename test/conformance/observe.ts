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
  /** Where it ran. */
  host?: string
  outputVariables?: Record<string, string>
  startedAtMs?: number
  finishedAtMs?: number
  /** Push-backs so far. */
  approvalIteration?: number
  subRuns?: unknown[]
  subRunsRepeated?: unknown[]
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
  params?: string
  workerId?: string
  profileName?: string
  autoRetryCount?: number
  /** The DAG's own policy will retry it then. */
  nextRetryAt?: string
  nodes: Node[]
  [handler: string]: unknown
}

/** A top run, or one of its descendants by id. */
export interface RunAddress {
  root: { name: string; dagRunId: string }
  child?: string
}

export const addressOf = ({ name, dagRunId }: Run): RunAddress => ({ root: { name, dagRunId } })

export function runPath({ root, child }: RunAddress): string {
  const top = `/dag-runs/${encodeURIComponent(root.name)}/${encodeURIComponent(root.dagRunId)}`
  return child === undefined ? top : `${top}/sub-dag-runs/${encodeURIComponent(child)}`
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

export async function readLogAt(
  client: ApiClient,
  at: RunAddress,
  step: string,
  stream: 'stdout' | 'stderr',
): Promise<string> {
  return (
    await client.raw('GET', `${runPath(at)}/steps/${encodeURIComponent(step)}/log/download?stream=${stream}`)
  ).text()
}

export const readLog = (client: ApiClient, run: Run, step: string, stream: 'stdout' | 'stderr'): Promise<string> =>
  readLogAt(client, addressOf(run), step, stream)

/** Captured variables of all steps, then collected outputs: by name. The reference has no list of a child's collected outputs. */
export async function readOutputs(client: ApiClient, run: Run, at = addressOf(run)): Promise<Record<string, string>> {
  const collected = await client.get<{ outputs: Record<string, string> }>(`${runPath(at)}/outputs`).catch(error => {
    if (at.child === undefined) throw error
    return { outputs: {} }
  })
  const all = Object.assign(Object.create(null), collected.outputs) as Record<string, string>
  for (const node of run.nodes)
    for (const [name, value] of Object.entries(node.outputVariables ?? {})) all[name] = value
  for (const handler of HANDLERS) {
    const node = run[handler] as Node | undefined
    for (const [name, value] of Object.entries(node?.outputVariables ?? {})) all[name] ??= value
  }
  return all
}

/** Files of a run's artifact directory by path, as text. */
export async function readArtifacts(client: ApiClient, run: Run): Promise<Map<string, string>> {
  const path = `${runPath(addressOf(run))}/artifacts`
  const found = new Map<string, string>()
  const { items } = await client.get<{ items: Artifact[] }>(`${path}?recursive=true`)
  for (const file of items.flatMap(filesIn)) {
    const answer = await client.raw('GET', `${path}/download?path=${encodeURIComponent(file)}`)
    found.set(file, await answer.text())
  }
  return found
}

interface Artifact {
  path: string
  type: string
  children?: Artifact[]
}

const filesIn = (item: Artifact): string[] =>
  item.type === 'file' ? [item.path] : (item.children ?? []).flatMap(filesIn)
