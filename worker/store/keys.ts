// Names of blobs. Promise: a key is computed from what it holds, so that whoever writes and whoever reads agree without asking.

/** What names one sealed piece of one stream of one step attempt. */
export interface LogSegmentName {
  runId: string
  step: string
  attempt: number
  stream: 'stdout' | 'stderr'
  seq: number
}

/** Run ids made here begin with their UTC day; ids chosen by users may not, and share one folder. */
const DATED_RUN_ID = /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])_/

/** `yyyy-mm-dd` of a run id, or `undated`. */
export function runDay(runId: string): string {
  const match = DATED_RUN_ID.exec(runId)
  return match === null ? 'undated' : `${match[1]}-${match[2]}-${match[3]}`
}

/** R2 key of a log segment: `logs/{day}/{run}/{step}/{attempt}/{stream}/{seq}`. Step names are encoded, so that no name adds a level. */
export const logSegmentKey = (name: LogSegmentName): string =>
  `logs/${runDay(name.runId)}/${name.runId}/${encodeURIComponent(name.step)}/${name.attempt}/${name.stream}/${name.seq}`

/** R2 key of a webhook's payload that is too large for the run's rows: `payloads/{day}/{run}/{id}`. */
export const payloadKey = (runId: string, id: string): string => `payloads/${runDay(runId)}/${runId}/${id}`

/** Prefixes of all blobs that belong to one run alone. */
export const blobPrefixes = (runId: string): string[] =>
  ['logs', 'payloads', 'artifacts'].map(kind => `${kind}/${runDay(runId)}/${runId}/`)

/** R2 key of a numbered blob of artifacts, or of a manifest, as a runner has put it. */
export const artifactKey = (runId: string, runnerId: string, n: number): string =>
  `artifacts/${runDay(runId)}/${runId}/${runnerId}/${n}`

/** R2 key of a pack of finished runs; `id` is new for each pack. */
export const packKey = (day: string, id: string): string => `packs/${day}/${id}`
