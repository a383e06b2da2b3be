// What has changed in the details of a run, for whoever was sent them before. Both ends of it: made by the Run, applied by pages.
import type { DAGRunDetails, DAGRunNode } from '../api/generated/answers.ts'

/** Details member by member as JSON; nodes by the names of their steps. */
export interface Fingerprint {
  head: Map<string, string>
  nodes: Map<string, string>
}

export interface RunPatch {
  /** Members of the details that are new; null: not there any more. */
  run?: { [K in keyof DAGRunDetails]?: DAGRunDetails[K] | null }
  /** Nodes that have changed, each whole. */
  nodes?: DAGRunNode[]
}

export function fingerprint(details: DAGRunDetails): Fingerprint {
  const head = Object.entries(details).filter(([key]) => key !== 'nodes')
  return {
    head: new Map(head.map(([key, value]) => [key, JSON.stringify(value)])),
    nodes: new Map(details.nodes.map(node => [node.step.name, JSON.stringify(node)])),
  }
}

/** From `known` to `now`, which is the fingerprint of `details`. */
export function patchOf(known: Fingerprint, now: Fingerprint, details: DAGRunDetails): RunPatch {
  const run: Record<string, unknown> = Object.fromEntries(
    Object.entries(details).filter(([key]) => key !== 'nodes' && now.head.get(key) !== known.head.get(key)),
  )
  for (const key of known.head.keys()) if (!now.head.has(key)) run[key] = null
  return { run, nodes: details.nodes.filter(({ step }) => now.nodes.get(step.name) !== known.nodes.get(step.name)) }
}

/** Brings a patch into the details that it was made from; nodes that are new go to the end. */
export function applyRunPatch(details: DAGRunDetails, { run = {}, nodes = [] }: RunPatch): DAGRunDetails {
  const changed = new Map(nodes.map(node => [node.step.name, node]))
  const next = details.nodes.map(node => {
    const found = changed.get(node.step.name)
    changed.delete(node.step.name)
    return found ?? node
  })
  const head = Object.entries({ ...details, ...run }).filter(([key]) => run[key as keyof DAGRunDetails] !== null)
  return { ...(Object.fromEntries(head) as unknown as DAGRunDetails), nodes: [...next, ...changed.values()] }
}
