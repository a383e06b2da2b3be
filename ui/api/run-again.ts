// Calls that make a new run of a former one, and the one that only says what a run would do.

import type { Answers, DryRun, EditedRun, EditRetryPreview as EditPreview } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { post, segments } from './client.ts'

export type { DryRun, EditPreview }
export type DryStep = DryRun['steps'][number]

const runPath = (name: string, id: string): string => `/dag-runs${segments(name, id)}`

/** `current`: with the DAG as it is now, not as it was. */
export const rescheduleRun = (
  name: string,
  id: string,
  current = false,
): Promise<Answers['POST /dag-runs/{name}/{dagRunId}/reschedule']> =>
  post(`${runPath(name, id)}/reschedule`, {
    useCurrentDagFile: current,
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/reschedule'])

export const previewEdit = (name: string, id: string, spec: string): Promise<EditPreview> =>
  post(`${runPath(name, id)}/edit-retry/preview`, {
    spec,
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/edit-retry/preview'])

export const editRetry = (name: string, id: string, spec: string, skipSteps: string[]): Promise<EditedRun> =>
  post(`${runPath(name, id)}/edit-retry`, {
    spec,
    skipSteps,
  } satisfies Bodies['POST /dag-runs/{name}/{dagRunId}/edit-retry'])

/** `spec`: a text that is not saved yet; absent: the DAG as it is. */
export const dryRun = (file: string, params: string, spec?: string): Promise<DryRun> =>
  post(`/dags${segments(file)}/dry-run`, {
    ...(params === '' ? {} : { params }),
    ...(spec === undefined ? {} : { spec }),
  } satisfies Bodies['POST /dags/{fileName}/dry-run'])
