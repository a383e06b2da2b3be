// What others may ask of the Index: lists over all DAGs and runs.

import type { ScheduleEntry } from '@edgedag/core/api/generated/answers'
import type { RunStatus } from '@edgedag/core/run/status'
import type { LineMatch } from '../../search/lines.ts'
import type { DagListItem, RunSummary } from './dag.ts'

export interface IndexApi {
  /** Rows of one Dag since its last acknowledged change number; answers the number now held. */
  feed(
    dagId: string,
    from: number,
    to: number,
    runs: RunSummary[],
    removed: string[],
    item: DagListItem | null,
    /** Text of the DAG file, where the Index may not have it. */
    spec?: { hash: string; text: string },
  ): number
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
    /** Parts of the DAG's name, the run id, the parameters; `text` may be in any of them or in a label. Case does not count. */
    nameLike?: string
    runIdLike?: string
    params?: string
    text?: string
    from?: number
    to?: number
    limit: number
    cursor?: string
  }): { runs: RunSummary[]; nextCursor?: string }
  /** DAG files whose text has it, by file name, behind `after`; hits in lines of at most `matchLimit` each. */
  searchSpecs(query: { text: string; labels?: string[]; after?: string; limit: number; matchLimit: number }): {
    results: {
      fileName: string
      name: string
      schedule: ScheduleEntry[] | null
      matches: LineMatch[]
      hasMore: boolean
    }[]
    hasMore: boolean
  }
  /** Hits in one text behind line `after`. */
  specMatches(dagId: string, text: string, after: number, limit: number): { matches: LineMatch[]; hasMore: boolean }
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
