// The artifacts of a run, from the manifests of its runners. Promise: what a run that has just ended still has to bring is waited for
// a little while its runner is there, so that whoever asks right after the end finds everything.
import { type ArtifactFile, mergeFiles, readManifest } from '@edgedag/core/artifacts/manifest'
import type { ArtifactIndex } from '@edgedag/core/run/state'
import type { RunArtifacts } from '../../objects/contracts.ts'
import { artifactKey } from '../../store/keys.ts'
import type { ApiDeps } from '../deps.ts'
import type { FoundRun } from '../find-run.ts'

export interface Artifact extends ArtifactFile {
  runId: string
  runnerId: string
}

export interface Artifacts {
  files: Artifact[]
  /** Nothing more comes. */
  complete: boolean
  warnings: string[]
}

const LONGEST_WAIT_MS = 10_000
const FIRST_PAUSE_MS = 40
const LONGEST_PAUSE_MS = 500
const CACHED_MANIFESTS = 16

/** Null: the run keeps no artifacts. */
export async function findArtifacts(deps: ApiDeps, { run, runId }: FoundRun): Promise<Artifacts | null> {
  const known = await settledArtifacts(deps, () => run.artifacts(runId))
  if (known === null || !known.enabled) return null
  const lists = await Promise.all(known.indexes.map(index => filesOf(deps, runId, index)))
  const lost = lists.filter(list => list === null).length
  const gone = lost === 0 ? [] : ['a list of artifacts cannot be read from storage']
  return {
    files: mergeFiles(lists.filter(list => list !== null)),
    complete: known.ended && known.openRunners.length === 0,
    warnings: [...known.indexes.flatMap(index => index.warnings), ...gone],
  }
}

async function settledArtifacts(deps: ApiDeps, ask: () => Promise<RunArtifacts | null>): Promise<RunArtifacts | null> {
  const until = deps.now() + LONGEST_WAIT_MS
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const known = await ask()
    if (known === null || !known.ended || known.openRunners.length === 0 || deps.now() >= until) return known
    const states = await Promise.all(known.openRunners.map(runnerId => deps.object('runner', runnerId).status()))
    if (!states.some(state => state.connected)) return known
    await deps.pause(pauseMs)
  }
}

const caches = new WeakMap<ApiDeps, Map<string, ArtifactFile[]>>()

/** Null: the manifest is gone or broken. A manifest never changes, so it is read once. */
async function filesOf(
  deps: ApiDeps,
  runId: string,
  { runnerId, manifest, sha256 }: ArtifactIndex,
): Promise<Artifact[] | null> {
  if (manifest === 0) return []
  const key = artifactKey(runId, runnerId, manifest)
  const cache = caches.get(deps) ?? new Map<string, ArtifactFile[]>()
  caches.set(deps, cache)
  const files = cache.get(key) ?? (await readFiles(deps, key, sha256))
  if (files === null) return null
  cache.set(key, files)
  if (cache.size > CACHED_MANIFESTS) cache.delete(cache.keys().next().value ?? key)
  return files.map(file => ({ ...file, runId, runnerId }))
}

async function readFiles(deps: ApiDeps, key: string, sha256: string): Promise<ArtifactFile[] | null> {
  const bytes = await deps.blobs.get(key)
  if (bytes === null) return null
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const actual = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  if (actual !== sha256) return null
  const files = readManifest(new TextDecoder().decode(bytes))
  return files.ok ? files.value : null
}
