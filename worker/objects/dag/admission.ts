// Whether a run may go on at once, waits at its Dag for the own queue or for its concurrency key, or waits in a global queue.

import { arrivalRank } from '@edgedag/core/queue/rank'
import { AUTO } from '@edgedag/core/schedule/auto-retry'
import type { Priority } from '../contracts.ts'
import type { DagQueue } from './queue.ts'
import type { Duty, Phase, RunRow } from './store.ts'

/** Who wants a run, and how. */
export interface Entry {
  mode: 'start' | 'enqueue'
  /** Global queue; null: the DAG's own. */
  queue: string | null
  priority: Priority
  /** The DAG is: queued runs that nobody asked for are dropped. */
  suspended: boolean
}

/** Its DAG's own queue decides when it runs: neither a named one, nor a concurrency key, nor a backfill. */
export const usesOwnQueue = (spec: Pick<RunRow['spec'], 'concurrency' | 'backfill'>, queue: string | null): boolean =>
  queue === null && spec.concurrency === undefined && spec.backfill === undefined

/** Where a run begins that starts, or joins a queue. `nextN`: the number of the next row. */
export function admissionOf(
  queue: DagQueue,
  nextN: number,
  spec: RunRow['spec'],
  duty: Duty,
  mode: Entry['mode'],
): { phase: Phase; gated?: true } & Partial<Duty> {
  const isKeyed = spec.concurrency !== undefined
  if (mode === 'start' && !isKeyed) return { phase: 'active' }
  const waits = queue.size > 0 && !isKeyed
  const passes = !queue.paused && !waits && queue.mayPass({ spec, duty })
  if (duty.queue === null) return { phase: passes ? 'active' : 'queued' }
  if (!isKeyed || passes) return { phase: 'queued' }
  return {
    phase: 'queued',
    gated: true,
    rank: arrivalRank(spec.createdAt, nextN, duty.priority ?? 'low'),
  }
}

const OF_SCHEDULER: ReadonlySet<string> = new Set(['scheduler', 'catchup', 'retry'])

/** A queued run that nobody asked for: the schedule's, and retries by policy. */
export const isOfScheduler = ({ spec, duty }: Pick<RunRow, 'spec' | 'duty'>): boolean =>
  duty.action === 'retry' ? duty.by === AUTO : spec.backfill === undefined && OF_SCHEDULER.has(spec.trigger)

/** Why such a run has ended. */
export const DROPPED = 'dropped: the DAG was suspended while it waited'
