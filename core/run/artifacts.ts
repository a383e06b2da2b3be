// What runners say of a run's artifacts, and when nothing more is to be expected. Like log segments they carry no fence: a manifest
// counts by its runner and its number, also after the run's end.
import type { AgentEvent } from '../protocol/frames.ts'
import type { Dag } from '../spec/dag.ts'
import type { Draft } from './draft.ts'
import { tellDag } from './give-back.ts'
import { EDGE_RUNNER } from './lane.ts'
import type { ArtifactIndex, RunHead } from './state.ts'

type Artifacts = Extract<AgentEvent, { type: 'artifacts' }>

/** Takes a newer manifest of a runner, or its word that nothing more comes. */
export function putArtifacts(d: Draft, runnerId: string, event: Artifacts): void {
  const all = d.head.artifacts ?? []
  const known = all.find(each => each.runnerId === runnerId)
  const settled = Math.max(known?.settled ?? 0, event.settled ? event.attempt : 0)
  // An older list, or none at all from a host that has lost its own: what is stored stays, and its word that it is all counts.
  const isOlder = known !== undefined && event.manifest < known.manifest
  if (isOlder && settled === known.settled) return
  const { manifest, files, bytes, sha256, warnings } = isOlder ? known : event
  const next: ArtifactIndex = { runnerId, manifest, files, bytes, sha256, settled, warnings }
  d.head.artifacts = [...all.filter(each => each !== known), next]
  // Lists show that there are some: once, when all have come.
  if (event.settled && files > 0) tellDag(d)
}

/** Runners from which artifacts are still to come: those that had a part in this attempt and have not said that it is all. */
export function openArtifacts(head: RunHead, dag: Dag): string[] {
  if (dag.artifacts?.enabled !== true) return []
  return head.runners
    .filter(({ id, heard }) => {
      const index = head.artifacts?.find(each => each.runnerId === id)
      return id !== EDGE_RUNNER && heard === head.attempt && (index?.settled ?? 0) < head.attempt
    })
    .map(({ id }) => id)
}

/** All that a run that is over has brought forth is in R2, or was given up. `openLogs`: logs that are not. */
export const hasArrived = (head: RunHead, dag: Dag, openLogs: number): boolean =>
  head.logsSettled || (openLogs === 0 && openArtifacts(head, dag).length === 0)

/** Files among the artifacts, as far as is known. */
export const artifactCount = ({ artifacts = [] }: RunHead): number =>
  artifacts.reduce((sum, { files }) => sum + files, 0)
