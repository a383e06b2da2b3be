// What a control plane holds of a run's artifacts, put together as a reader would.
import { createHash } from 'node:crypto'
import { readManifest } from '@edgedag/core/artifacts/manifest'
import type { AgentEvent } from '@edgedag/core/protocol/frames'
import type { FakeControl } from './fake-control.ts'

export type ArtifactsEvent = Extract<AgentEvent, { type: 'artifacts' }>

export const artifactEvents = (control: FakeControl, runId: string): ArtifactsEvent[] =>
  control.eventsOf(runId).filter(event => event.type === 'artifacts')

/** The account that says that all is there, of an attempt of the run. */
export const settledArtifacts = (control: FakeControl, runId: string, attempt = 1): Promise<ArtifactsEvent> =>
  control.until(
    () => artifactEvents(control, runId).find(event => event.settled && event.attempt === attempt),
    'the artifacts',
    60_000,
  )

/** Files by path, each checked against its hash and size, and the manifest against its own. */
export const storedFiles = (control: FakeControl, runId: string, event: ArtifactsEvent): Map<string, Buffer> => {
  if (event.manifest === 0) return new Map()
  const blob = (n: number) => control.artifacts.get(`${runId}/artifacts/runner-1/${n}`)!
  const text = blob(event.manifest)
  if (createHash('sha256').update(text).digest('hex') !== event.sha256) throw new Error('another manifest was told')
  const files = readManifest(text.toString())
  if (!files.ok) throw new Error(files.error)
  return new Map(
    files.value.map(({ path, size, sha256, parts }) => {
      const bytes = Buffer.concat(parts.map(([n, at, length]) => blob(n).subarray(at, at + length)))
      const actual = createHash('sha256').update(bytes).digest('hex')
      if (bytes.length !== size || actual !== sha256) throw new Error(`${path} is not what it was`)
      return [path, bytes]
    }),
  )
}
