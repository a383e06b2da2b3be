// Frames of the live socket, and the pure merges that bring them into what the page already shows.
import type { RunPatch } from '@edgedag/core/run/details-patch'
import type { DagListItem, LogStream, RunDetails, RunSummary } from './types.ts'

export interface LogFrame {
  type: 'log'
  step: string
  stream: LogStream
  /** Byte offset of `text` in the stream. */
  offset: number
  text: string
  /** Bytes of the stream that `text` stands for, where that is not its length in UTF-8. */
  bytes?: number
}

interface Sequenced {
  seq?: number
  topic?: string
}

export type RunFrame =
  | ({ type: 'snapshot'; run: RunDetails } & Sequenced)
  | ({ type: 'patch' } & RunPatch & Sequenced)
  | (LogFrame & Sequenced)
  /** The run is deleted. */
  | ({ type: 'gone' } & Sequenced)

export type ListFrame<T> = { type: 'snapshot' | 'patch'; items?: T[]; removed?: string[] } & Sequenced

/** A frame of which nothing but its head is known yet. */
export type LiveFrame = { type: string } & Sequenced & Record<string, unknown>

export interface FollowRequest {
  step: string
  stream: LogStream
  offset: number
}

/** Frames are data from the network: anything that is not an object with a type is dropped. */
export function parseFrame(data: unknown): LiveFrame | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const frame: unknown = JSON.parse(data)
    if (frame === null || typeof frame !== 'object' || !('type' in frame) || typeof frame.type !== 'string')
      return undefined
    return frame as LiveFrame
  } catch {
    return undefined
  }
}

/** What names a line in patches, and says which are removed. */
export const runKey = (run: RunSummary): string => `${run.name}/${run.dagRunId}`
export const dagKey = (dag: DagListItem): string => dag.fileName

/** Replaces known items in place, puts new ones in front, drops removed ones. Order of the rest is kept. */
export function applyListPatch<T>(
  items: readonly T[],
  patch: { items?: readonly T[]; removed?: readonly string[] },
  keyOf: (item: T) => string,
): T[] {
  const changed = new Map((patch.items ?? []).map(item => [keyOf(item), item]))
  const removed = new Set(patch.removed ?? [])
  const kept: T[] = []
  for (const item of items) {
    const key = keyOf(item)
    const next = changed.get(key)
    changed.delete(key)
    // A line comes whole: what it does not say any more is over.
    if (next !== undefined) kept.push(next)
    else if (!removed.has(key)) kept.push(item)
  }
  return [...changed.values(), ...kept]
}
