// The world of a run from what is stored of it: for a run that comes, and for one that a restarted agent takes up again.
import { createRunResults } from '@edgedag/core/expr/results'
import { noMask } from '@edgedag/core/redact/mask'
import type { Dag } from '@edgedag/core/spec/dag'
import { artifactsDirOf } from './dag-folder.ts'
import type { StoredRun } from './stored-run.ts'
import { nodesOf, type RunWorld } from './world.ts'

/** Without its values: those come with its preparation, or are opened from what is kept of it. */
export const openWorld = (
  stored: StoredRun,
  given: Pick<RunWorld, 'host' | 'run' | 'paths' | 'logs' | 'closed' | 'emit' | 'learn'>,
): RunWorld => {
  const { context, startedAt } = stored
  const { host, paths } = given
  const dag = context.dag as Dag
  return {
    ...given,
    context,
    dag,
    startedAt,
    artifactsDir: artifactsDirOf(host, stored, paths),
    shell: dag.shell !== undefined && dag.shell.length > 0 ? dag.shell : [host.hostEnv.SHELL || 'sh'],
    results: createRunResults(dag),
    nodes: nodesOf(dag),
    mask: noMask,
  }
}
