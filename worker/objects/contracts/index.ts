// What others may ask of the Index: lists over all DAGs and runs.

import type { RunStatus } from '@edgedag/core/run/types'
import type { DagListItem, RunSummary } from './dag.ts'

export interface IndexApi {
  /** Rows of one Dag since its last acknowledged change number; answers the number now held. */
  feed(dagId: string, from: number, to: number, runs: RunSummary[], removed: string[], item: DagListItem | null): number
  /** Best effort, between durable feeds: newer rows of runs in progress. Answers how many live feeds are watched. */
  hint(runs: RunSummary[]): number
  acknowledged(dagId: string): number
  /** DAGs with unfinished runs of which nothing was heard for a while, or with a due time that has passed. */
  overdue(limit: number): string[]
  removeDag(dagId: string): void
  /** What runs and waits now, by DAG and the global queue that it went through. */
  activity(): {
    dagId: string
    dagName: string
    fileName: string
    queue: string | null
    running: number
    queued: number
  }[]
  runs(query: {
    status?: RunStatus[]
    name?: string
    runId?: string
    labels?: string[]
    from?: number
    to?: number
    limit: number
    cursor?: string
  }): { runs: RunSummary[]; nextCursor?: string }
  dags(query: {
    page: number
    perPage: number
    name?: string
    labels?: string[]
    sort?: string
    order?: 'asc' | 'desc'
  }): {
    items: DagListItem[]
    total: number
  }
}
