// Calls about documents.

import type { Answers } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, query, request } from './client.ts'

export type {
  Document as Doc,
  DocumentNode as DocNode,
  FoundDocument as DocHit,
} from '@edgedag/core/api/generated/answers'

export const docKeys = {
  tree: (workspace: string) => ['docs', workspace] as const,
  all: ['docs'] as const,
  one: (workspace: string, path: string) => ['doc', workspace, path] as const,
  search: (workspace: string, q: string) => ['docs', workspace, 'search', q] as const,
}

const scope = (workspace: string) => ({ workspace: workspace || undefined })

export const fetchDocs = (workspace: string, signal?: AbortSignal) =>
  get<Answers['GET /docs']>(`/docs${query({ ...scope(workspace), perPage: 1000 })}`, signal)
export const fetchDoc = (workspace: string, path: string, signal?: AbortSignal) =>
  get<Answers['GET /docs/doc']>(`/docs/doc${query({ ...scope(workspace), path })}`, signal)
export const searchDocs = (workspace: string, q: string, signal?: AbortSignal) =>
  get<Answers['GET /docs/search']>(`/docs/search${query({ ...scope(workspace), q })}`, signal)
export const createDoc = (workspace: string, id: string, content: string) =>
  post<Answers['POST /docs']>(`/docs${query(scope(workspace))}`, { id, content } satisfies Bodies['POST /docs'])
export const saveDoc = (workspace: string, path: string, content: string, ifContent: string) =>
  request<Answers['PATCH /docs/doc']>('PATCH', `/docs/doc${query({ ...scope(workspace), path })}`, {
    content,
    ifContent,
  } satisfies Bodies['PATCH /docs/doc'])
export const renameDoc = (workspace: string, path: string, newPath: string) =>
  post<Answers['POST /docs/doc/rename']>(`/docs/doc/rename${query({ ...scope(workspace), path })}`, {
    newPath,
  } satisfies Bodies['POST /docs/doc/rename'])
export const deleteDoc = (workspace: string, path: string) =>
  request<void>('DELETE', `/docs/doc${query({ ...scope(workspace), path })}`)
