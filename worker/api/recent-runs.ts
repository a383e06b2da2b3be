// Runs that this isolate has started lately. Promise: only a short cut; whatever it says is checked with the Dag.
import type { ApiDeps } from './deps.ts'

const MOST = 2_000
const byDeps = new WeakMap<ApiDeps, Map<string, string>>()

function mapOf(deps: ApiDeps): Map<string, string> {
  const map = byDeps.get(deps) ?? new Map<string, string>()
  byDeps.set(deps, map)
  return map
}

/** Remembers which DAG a run belongs to: the index learns it a moment later. */
export function rememberRun(deps: ApiDeps, runId: string, dagId: string): void {
  const map = mapOf(deps)
  map.delete(runId)
  map.set(runId, dagId)
  if (map.size > MOST) map.delete(map.keys().next().value ?? runId)
}

export const recentDagOf = (deps: ApiDeps, runId: string): string | null => mapOf(deps).get(runId) ?? null
