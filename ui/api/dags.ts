// Calls about DAG definitions.

import type {
  Answers,
  DAGHistory,
  DAGSettings,
  DAGValidation,
  SavedSpec,
  StartedRun,
} from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, query, request, segments } from './client.ts'
import type { DagDetails, DagListItem, SpecAnswer } from './types.ts'

const PAGE_SIZE = 200

export const dagKeys = {
  list: ['dags'] as const,
  labels: ['dag-labels'] as const,
  one: (file: string) => ['dag', file] as const,
  spec: (file: string) => ['dag-spec', file] as const,
  history: (file: string) => ['dag-history', file] as const,
  settings: (file: string) => ['dag-settings', file] as const,
}

/** All DAGs: pages are fetched one after another, filtering happens in the page. */
export async function fetchDags(signal?: AbortSignal): Promise<{ dags: DagListItem[]; errors: string[] }> {
  const dags: DagListItem[] = []
  const errors: string[] = []
  for (let page = 1, pages = 1; page <= pages; page++) {
    const answer = await get<Answers['GET /dags']>(`/dags${query({ page, perPage: PAGE_SIZE })}`, signal)
    dags.push(...answer.dags)
    errors.push(...(answer.errors ?? []))
    pages = answer.pagination.totalPages
  }
  return { dags, errors }
}

export const fetchLabels = (signal?: AbortSignal): Promise<Answers['GET /dags/labels']> => get('/dags/labels', signal)

export const fetchDag = (file: string, signal?: AbortSignal): Promise<DagDetails> =>
  get<DagDetails>(`/dags${segments(file)}`, signal)

export const fetchSpec = (file: string, signal?: AbortSignal): Promise<SpecAnswer> =>
  get<SpecAnswer>(`/dags${segments(file)}/spec`, signal)

/**
 * Saves a spec. `hash` is that of the text which the edit started from.
 * @throws ApiError 409 with `body.expected` and `body.actual` when the stored text is another by now
 */
export const saveSpec = (file: string, spec: string, hash: string | undefined): Promise<SavedSpec> =>
  put(`/dags${segments(file)}/spec`, {
    spec,
    ...(hash === undefined ? {} : { hash }),
  } satisfies Bodies['PUT /dags/{fileName}/spec'])

export const validateSpec = (spec: string, name: string): Promise<DAGValidation> =>
  post('/dags/validate', { spec, name } satisfies Bodies['POST /dags/validate'])

export const createDag = (name: string, spec: string): Promise<Answers['POST /dags']> =>
  post('/dags', { name, spec } satisfies Bodies['POST /dags'])

export const deleteDag = (file: string): Promise<void> => request('DELETE', `/dags${segments(file)}`)

export const renameDag = (file: string, newFileName: string): Promise<void> =>
  post(`/dags${segments(file)}/rename`, { newFileName } satisfies Bodies['POST /dags/{fileName}/rename'])

export const fetchDagSettings = (file: string, signal?: AbortSignal): Promise<DAGSettings> =>
  get(`/dags${segments(file)}/settings`, signal)

export const saveDagSettings = (file: string, profile: string): Promise<DAGSettings> =>
  put(`/dags${segments(file)}/settings`, { profile } satisfies Bodies['PUT /dags/{fileName}/settings'])

/** Deletes runs that ended more than so many days ago; `dryRun` only counts them. */
export const cleanUpRuns = (
  file: string,
  retentionDays: number,
  dryRun: boolean,
): Promise<Answers['POST /dags/{fileName}/dag-runs/cleanup']> =>
  post(`/dags${segments(file)}/dag-runs/cleanup`, {
    retentionDays,
    dryRun,
  } satisfies Bodies['POST /dags/{fileName}/dag-runs/cleanup'])

export const suspendDag = (file: string, suspend: boolean): Promise<void> =>
  post(`/dags${segments(file)}/suspend`, { suspend } satisfies Bodies['POST /dags/{fileName}/suspend'])

/** Without a profile: the default of the DAG; an empty one: none. */
export type StartInput = Pick<Bodies['POST /dags/{fileName}/start'], 'params' | 'dagRunId' | 'profile'>

export const startDag = (file: string, input: StartInput): Promise<StartedRun> =>
  post(`/dags${segments(file)}/start`, input)

export const enqueueDag = (
  file: string,
  input: StartInput & Pick<Bodies['POST /dags/{fileName}/enqueue'], 'queue'>,
): Promise<StartedRun> => post(`/dags${segments(file)}/enqueue`, input)

export const stopAll = (file: string): Promise<Answers['POST /dags/{fileName}/stop-all']> =>
  post(`/dags${segments(file)}/stop-all`)

export const fetchHistory = (file: string, signal?: AbortSignal): Promise<DAGHistory> =>
  get(`/dags${segments(file)}/dag-runs`, signal)
