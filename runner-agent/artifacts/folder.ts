// Where the artifacts of a run are on this host: DAG_RUN_ARTIFACTS_DIR.
import { expandText, PLACES } from '@edgedag/core/expr/expand'
import { resolvePath } from '@edgedag/core/expr/paths'
import type { Dag } from '@edgedag/core/spec/dag'
import type { AgentHost } from '../runs/host.ts'
import type { StoredRun } from '../runs/stored-run.ts'
import { type RunPaths, runFolder } from '../state/paths.ts'

/** The run's folder below the DAG's `artifacts.dir`, else below the run's own; undefined: artifacts are not enabled. */
export const artifactsDirOf = (
  host: Pick<AgentHost, 'hostEnv'>,
  { context, startedAt }: Pick<StoredRun, 'context' | 'startedAt'>,
  paths: RunPaths,
): string | undefined => {
  const dag = context.dag as Dag
  if (dag.artifacts?.enabled !== true) return undefined
  const { dir } = dag.artifacts
  if (dir === undefined || dir.trim() === '') return paths.artifactsDir
  const names = { variable: () => undefined }
  const expanded = expandText(dir, PLACES.path, { names, host: name => host.hostEnv[name] })
  const base = resolvePath(context.source?.dir ?? paths.dir, expanded, host.hostEnv.HOME)
  return runFolder(base, dag.name, context.runId, startedAt)
}
