// Calls about documents.
import { get, post, query, request } from './client.ts'

export interface DocNode {
  id: string
  name: string
  title: string
  type: 'file' | 'directory'
  children?: DocNode[]
}

export interface Doc {
  id: string
  title: string
  content: string
  updatedAt: string
}

export interface DocHit {
  id: string
  title: string
  matches: { line: string; lineNumber: number }[]
}

export const docKeys = {
  tree: (workspace: string) => ['docs', workspace] as const,
  all: ['docs'] as const,
  one: (workspace: string, path: string) => ['doc', workspace, path] as const,
  search: (workspace: string, q: string) => ['docs', workspace, 'search', q] as const,
}

const scope = (workspace: string) => ({ workspace: workspace || undefined })

export const fetchDocs = (workspace: string, signal?: AbortSignal) =>
  get<{ tree: DocNode[] }>(`/docs${query({ ...scope(workspace), perPage: 1000 })}`, signal)
export const fetchDoc = (workspace: string, path: string, signal?: AbortSignal) =>
  get<Doc>(`/docs/doc${query({ ...scope(workspace), path })}`, signal)
export const searchDocs = (workspace: string, q: string, signal?: AbortSignal) =>
  get<{ results: DocHit[] }>(`/docs/search${query({ ...scope(workspace), q })}`, signal)
export const createDoc = (workspace: string, id: string, content: string) =>
  post<void>(`/docs${query(scope(workspace))}`, { id, content })
export const saveDoc = (workspace: string, path: string, content: string, ifContent: string) =>
  request<void>('PATCH', `/docs/doc${query({ ...scope(workspace), path })}`, { content, ifContent })
export const renameDoc = (workspace: string, path: string, newPath: string) =>
  post<void>(`/docs/doc/rename${query({ ...scope(workspace), path })}`, { newPath })
export const deleteDoc = (workspace: string, path: string) =>
  request<void>('DELETE', `/docs/doc${query({ ...scope(workspace), path })}`)
