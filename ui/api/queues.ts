// Calls about queues and what waits in them.
import { get, post, put, query, request, segments } from './client.ts'
import type { RunSummary } from './types.ts'

export interface Queue {
  name: string
  type: 'global' | 'dag-based'
  maxConcurrency: number
  paused: boolean
  /** It has a size of its own: people, or the configuration file, have set it. */
  configured: boolean
  /** The configuration file that sets it. */
  configFile?: string
  /** It is configured no longer, and goes when nothing runs or waits in it. */
  leaving?: boolean
  runningCount: number
  queuedCount: number
  /** How long a run held its slot lately. */
  averageRunMs?: number
  running: RunSummary[]
}

export interface QueuedRun extends RunSummary {
  position: number
  priority: 'high' | 'low'
  expectedStart?: string
}

export type Destination = { to: 'first' | 'last' } | { before: string }

export const queueKeys = {
  all: ['queues'] as const,
  list: ['queues', 'list'] as const,
  items: (name: string) => ['queues', 'items', name] as const,
}

const path = (name: string): string => `/queues${segments(name)}`
const itemPath = (name: string, runId: string): string => `${path(name)}/items${segments(runId)}`

export const fetchQueues = (signal?: AbortSignal): Promise<{ queues: Queue[] }> => get('/queues', signal)

export const fetchQueueItems = (
  name: string,
  { limit, cursor, signal }: { limit: number; cursor?: string | undefined; signal: AbortSignal },
): Promise<{ items: QueuedRun[]; nextCursor?: string }> => get(`${path(name)}/items${query({ limit, cursor })}`, signal)

export const setQueuePaused = (name: string, paused: boolean): Promise<void> =>
  post(`${path(name)}/${paused ? 'pause' : 'resume'}`)

/** Null: no longer configured. */
export const setQueueSize = (name: string, maxConcurrency: number | null): Promise<void> =>
  put(path(name), { maxConcurrency })

export const clearQueue = (name: string): Promise<{ cleared: number }> => post(`${path(name)}/clear`)

export const moveQueued = (name: string, runId: string, where: Destination): Promise<void> =>
  post(`${itemPath(name, runId)}/move`, where)

export const setQueuedPriority = (name: string, runId: string, priority: 'high' | 'low'): Promise<void> =>
  put(`${itemPath(name, runId)}/priority`, { priority })

export const dequeueItem = (name: string, runId: string): Promise<void> => request('DELETE', itemPath(name, runId))
