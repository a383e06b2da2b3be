// Artifacts of a run as its Run knows them. The bytes never pass through here: runners put them into R2, the API reads them there.
import { openArtifacts } from '@edgedag/core/run/artifacts'
import type { RunState } from '@edgedag/core/run/state'
import type { Dag } from '@edgedag/core/spec/dag'
import type { RunArtifacts } from '../contracts.ts'

export function artifactsOf({ state, dag }: { state: RunState; dag: Dag }): RunArtifacts {
  const { head } = state
  return {
    enabled: dag.artifacts?.enabled === true && head.artifactsDir !== undefined,
    indexes: head.artifacts ?? [],
    openRunners: head.logsSettled ? [] : openArtifacts(head, dag),
    ended: head.phase === 'ended',
  }
}
