// Calls about queues and what waits in them.

import type { Answers, QueueItems, Queues } from '@edgedag/core/api/generated/answers'
import type { Bodies } from '@edgedag/core/api/generated/bodies'
import { get, post, put, query, request, segments } from './client.ts'

export type { Queue, QueuedDAGRun as QueuedRun } from '@edgedag/core/api/generated/answers'

export type Destination = Bodies['POST /queues/{name}/items/{dagRunId}/move']

export const queueKeys = {
  all: ['queues'] as const,
  list: ['queues', 'list'] as const,
  items: (name: string) => ['queues', 'items', name] as const,
}

const path = (name: string): string => `/queues${segments(name)}`
const itemPath = (name: string, runId: string): string => `${path(name)}/items${segments(runId)}`

export const fetchQueues = (signal?: AbortSignal): Promise<Queues> => get('/queues', signal)

export const fetchQueueItems = (
  name: string,
  { limit, cursor, signal }: { limit: number; cursor?: string | undefined; signal: AbortSignal },
): Promise<QueueItems> => get(`${path(name)}/items${query({ limit, cursor })}`, signal)

export const setQueuePaused = (name: string, paused: boolean): Promise<void> =>
  post(`${path(name)}/${paused ? 'pause' : 'resume'}`)

/** Null: no longer configured. */
export const setQueueSize = (name: string, maxConcurrency: number | null): Promise<Answers['PUT /queues/{name}']> =>
  put(path(name), { maxConcurrency } satisfies Bodies['PUT /queues/{name}'])

export const clearQueue = (name: string): Promise<Answers['POST /queues/{name}/clear']> => post(`${path(name)}/clear`)

export const moveQueued = (name: string, runId: string, where: Destination): Promise<void> =>
  post(`${itemPath(name, runId)}/move`, where)

export const setQueuedPriority = (name: string, runId: string, priority: 'high' | 'low'): Promise<void> =>
  put(`${itemPath(name, runId)}/priority`, {
    priority,
  } satisfies Bodies['PUT /queues/{name}/items/{dagRunId}/priority'])

export const dequeueItem = (name: string, runId: string): Promise<Answers['DELETE /queues/{name}/items/{dagRunId}']> =>
  request('DELETE', itemPath(name, runId))
