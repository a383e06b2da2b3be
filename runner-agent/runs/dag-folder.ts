// The run's folders for logs and artifacts: below one that its DAG names, else where the agent keeps them.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expandDagFolder } from '@edgedag/core/expr/dag-folder'
import { normalise, resolvePath } from '@edgedag/core/expr/paths'
import type { Dag } from '@edgedag/core/spec/dag'
import { type RunPaths, runFolder, runPaths } from '../state/paths.ts'
import type { AgentHost } from './host.ts'
import type { StoredRun } from './stored-run.ts'

export type FolderHost = Pick<AgentHost, 'hostEnv' | 'paths'>
export type FolderRun = Pick<StoredRun, 'context' | 'startedAt'>

/** `folder` may use what is known before anything is evaluated; undefined: the DAG names none. */
const folderOf = (
  host: FolderHost,
  { context, startedAt }: FolderRun,
  plain: RunPaths,
  folder: string | undefined,
): string | undefined => {
  const { runId, source, params } = context
  const dag = context.dag as Dag
  const runVars = { DAG_NAME: dag.name, DAG_RUN_ID: runId, DAG_RUN_WORK_DIR: plain.workDir }
  const expanded = expandDagFolder(dag, folder, { params, runVars, host: name => host.hostEnv[name] })
  if (expanded === '') return undefined
  const base = resolvePath(source?.dir ?? plain.dir, expanded, host.hostEnv.HOME)
  return runFolder(normalise(base), dag.name, runId, startedAt)
}

/** Paths of a run, its logs below the DAG's `log_dir`. */
export const pathsOf = (host: FolderHost, run: FolderRun): RunPaths => {
  const plain = runPaths(host.paths.runs, run.context.runId)
  const logs = folderOf(host, run, plain, (run.context.dag as Dag).logDir)
  return logs === undefined ? plain : runPaths(host.paths.runs, run.context.runId, logs)
}

/** Where agents before this layout put a run's artifacts: it keeps its folder. */
const formerArtifactsDir = (paths: RunPaths): string | undefined => {
  const former = join(paths.dir, 'artifacts')
  return existsSync(former) ? former : undefined
}

/** DAG_RUN_ARTIFACTS_DIR: below the DAG's `artifacts.dir`, else below the agent's; undefined: artifacts are not enabled. */
export const artifactsDirOf = (host: FolderHost, run: FolderRun, paths: RunPaths): string | undefined => {
  const dag = run.context.dag as Dag
  if (dag.artifacts?.enabled !== true) return undefined
  return (
    folderOf(host, run, paths, dag.artifacts.dir) ??
    formerArtifactsDir(paths) ??
    runFolder(host.paths.artifacts, dag.name, run.context.runId, run.startedAt)
  )
}
