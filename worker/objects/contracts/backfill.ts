// What others may ask of a Dag about backfills: runs of due times that lie in the past, made on request.
import type { Result } from '@edgedag/core/result'
import type { RunStatus } from '@edgedag/core/run/status'

export type BackfillState = 'running' | 'paused' | 'done' | 'cancelled'

export interface BackfillRequest {
  /** RFC 3339, or a day of the schedule's zone. */
  from: string
  /** The last day or moment, included; absent: now. */
  to?: string
  /** Runs at once. */
  concurrency: number
  params?: string | Record<string, unknown>
  labels?: string[]
  /** Stops making runs once one of them has failed. */
  pauseOnFailure?: boolean
  by?: string
}

export interface BackfillPreview {
  from: number
  to: number
  zone: string
  /** Due times, and those of them that have a run already. */
  total: number
  existing: number
  /** The first due times, and the last one. */
  first: number[]
  last: number
}

export interface Backfill {
  /** Made of the range: asking for the same range again is the same backfill. */
  id: string
  from: number
  to: number
  zone: string
  concurrency: number
  pauseOnFailure: boolean
  state: BackfillState
  /** Why it is paused, where nobody has asked for it. */
  reason: string | null
  by: string
  createdAt: number
  finishedAt: number | null
  total: number
  /** Due times that were served; those of them that had a run already. */
  served: number
  existing: number
  /** Due time that was served last. */
  cursor: number | null
  /** Its runs by status. */
  runs: Partial<Record<RunStatus, number>>
}

type Answer<T> = Result<T, { code: string; message: string }>

export interface BackfillApi {
  previewBackfill(request: BackfillRequest): Answer<BackfillPreview>
  /** Idempotent by its range: one that is there goes on; one that is over looks again for what is missing. */
  startBackfill(request: BackfillRequest): Answer<Backfill>
  /** Newest first. */
  backfills(): Backfill[]
  steerBackfill(id: string, action: 'pause' | 'resume' | 'cancel'): Answer<Backfill>
}
