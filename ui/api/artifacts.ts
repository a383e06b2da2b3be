// Calls about the files that a run has kept.

import type { Artifacts as ArtifactListing, ArtifactPreview } from '@edgedag/core/api/generated/answers'
import { addressSegments } from '../lib/run-address.ts'
import { API_BASE, get, query } from './client.ts'

export type {
  Artifact as ArtifactItem,
  ArtifactPreview,
  Artifacts as ArtifactListing,
} from '@edgedag/core/api/generated/answers'

const base = (name: string, id: string): string => `/dag-runs${addressSegments(name, id)}/artifacts`

export const artifactKeys = {
  list: (name: string, id: string) => ['artifacts', name, id] as const,
  preview: (name: string, id: string, path: string) => ['artifact', name, id, path] as const,
}

export const fetchArtifacts = (name: string, id: string, signal?: AbortSignal): Promise<ArtifactListing> =>
  get<ArtifactListing>(base(name, id), signal)

export const fetchPreview = (name: string, id: string, path: string, signal?: AbortSignal): Promise<ArtifactPreview> =>
  get<ArtifactPreview>(`${base(name, id)}/preview${query({ path })}`, signal)

/** `inline`: to be shown in a sandbox rather than saved. */
export const artifactUrl = (name: string, id: string, path: string, inline = false): string =>
  `${API_BASE}${base(name, id)}/download${query({ path, inline: inline ? 'true' : undefined })}`
