// Unfinished runs as the Index knows them: when each was last heard of, and how many there are by DAG and queue.
import type { RunStatus } from '@edgedag/core/run/status'
import type { Sql } from '../../host/port.ts'
import type { IndexApi, RunSummary } from '../contracts.ts'

export const UNFINISHED: readonly RunStatus[] = ['queued', 'running', 'waiting', 'not_started']

interface OpenRun {
  dagId: string
  dagName: string
  fileName: string
  queue: string | null
  status: RunStatus
  /** 0: not since this instance began. */
  at: number
}

export class OpenRuns {
  readonly #sql: Sql
  /** Read when it is first needed. */
  #runs: Map<string, OpenRun> | null = null

  constructor(sql: Sql) {
    this.#sql = sql
  }

  heard(runs: readonly RunSummary[], now: number): void {
    const known = this.#known()
    for (const run of runs) {
      if (UNFINISHED.includes(run.status)) known.set(`${run.dagId}/${run.runId}`, openRun(run, now))
      else known.delete(`${run.dagId}/${run.runId}`)
    }
  }

  drop(dagId: string, runId: string): void {
    this.#known().delete(`${dagId}/${runId}`)
  }

  /** DAGs with a run of which nothing was heard since, or before the clock was set back. */
  silentSince(at: number, now: number): string[] {
    return [...this.#known().values()].filter(run => run.at <= at || run.at > now).map(run => run.dagId)
  }

  activity(): ReturnType<IndexApi['activity']> {
    const groups = new Map<string, ReturnType<IndexApi['activity']>[number]>()
    for (const { dagId, dagName, fileName, queue, status } of this.#known().values()) {
      if (status === 'waiting') continue
      const key = `${dagId}/${queue ?? ''}`
      const group = groups.get(key) ?? { dagId, dagName, fileName, queue, running: 0, queued: 0 }
      group[status === 'queued' ? 'queued' : 'running'] += 1
      groups.set(key, group)
    }
    return [...groups.values()]
  }

  #known(): Map<string, OpenRun> {
    this.#runs ??= new Map(
      this.#sql
        .exec<{ summary: string }>(
          'SELECT summary FROM run WHERE status IN (SELECT value FROM json_each(?))',
          JSON.stringify(UNFINISHED),
        )
        .map(row => JSON.parse(row.summary) as RunSummary)
        .map(run => [`${run.dagId}/${run.runId}`, openRun(run, 0)]),
    )
    return this.#runs
  }
}

const openRun = ({ dagId, dagName, fileName, queue, status }: RunSummary, at: number): OpenRun => ({
  dagId,
  dagName,
  fileName,
  queue: queue ?? null,
  status,
  at,
})
