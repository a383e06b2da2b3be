// The DAG's own queue as others see and change it: the same words as a named Queue has.
import { placeOf, placeText } from '@edgedag/core/queue/place'
import { arrivalRank, type Priority } from '@edgedag/core/queue/rank'
import type { ObjectHost } from '../../host/port.ts'
import type { Destination, Kinds, QueueDescription, QueuedItem, QueueRefusal, RunSummary } from '../contracts.ts'
import { OWN_CONCURRENCY } from './queue.ts'
import type { DagRuns } from './runs.ts'
import type { DagStore, RunRow } from './store.ts'

/** Finished runs whose durations make the mean. */
const MEASURED_RUNS = 10

export class DagOwnQueue {
  readonly #host: ObjectHost<Kinds>
  readonly #store: DagStore
  readonly #runs: DagRuns

  constructor(host: ObjectHost<Kinds>, store: DagStore, runs: DagRuns) {
    this.#host = host
    this.#store = store
    this.#runs = runs
  }

  describe(name: string): QueueDescription {
    const { queue } = this.#runs
    const running = queue.activeIds.map(runId => {
      const admittedAt = this.#runs.row(runId)?.summary.startedAt ?? this.#host.now()
      return { runId, dagId: this.#host.name, admittedAt }
    })
    const { paused, size: queuedCount } = queue
    return { name, maxConcurrency: OWN_CONCURRENCY, paused, running, queuedCount, meanMs: this.#meanMs() }
  }

  items({ from, limit }: { from: number; limit: number }): QueuedItem[] {
    const { queue } = this.#runs
    const [state, now] = [queue.state('', this.#meanMs()), this.#host.now()]
    return queue.page(from, limit).map(({ runId, duty, summary }, i) => {
      const { position, startsAt } = placeOf(state, from + i + 1, queue.size, now)
      const enqueuedAt = summary.queuedAt ?? summary.createdAt
      return { runId, dagId: this.#host.name, priority: duty.priority ?? 'low', enqueuedAt, position, startsAt }
    })
  }

  move(runId: string, where: Destination): 'ok' | QueueRefusal {
    const row = this.#waiting(runId)
    if (typeof row === 'string') return row
    const rank = this.#runs.queue.rankFor(runId, where)
    if (rank === null) return 'no_such_place'
    this.#runs.reorder(row, rank, row.duty.priority ?? 'low')
    return 'ok'
  }

  setPriority(runId: string, priority: Priority): 'ok' | QueueRefusal {
    const row = this.#waiting(runId)
    if (typeof row === 'string') return row
    this.#runs.reorder(row, arrivalRank(row.summary.queuedAt ?? row.summary.createdAt, row.n, priority), priority)
    return 'ok'
  }

  /** The line of a run that waits, with its place and the reason; others as they are. */
  async placed(line: RunSummary): Promise<RunSummary> {
    const row = line.status === 'queued' ? this.#runs.row(line.runId) : null
    if (row === null || row.phase === 'done' || row.phase === 'waiting') return line
    const now = this.#host.now()
    const { queue } = this.#runs
    if (queue.has(row.runId)) {
      const meanMs = this.#meanMs()
      return { ...line, reason: queue.reason(row, meanMs, now), place: queue.place(row, meanMs, now)! }
    }
    // A run that goes on waits in its Queue without its Dag.
    if (row.duty.queue === null) return line
    const place = await this.#host.object('queue', row.duty.queue).place(row.runId)
    return place === null ? line : { ...line, reason: placeText(place, now), place }
  }

  #waiting(runId: string): RunRow | QueueRefusal {
    const row = this.#runs.row(runId)
    if (row !== null && this.#runs.queue.has(runId)) return row
    return row?.phase === 'active' ? 'running' : 'unknown'
  }

  #meanMs(): number | null {
    const spans = this.#store
      .finished(MEASURED_RUNS, ['succeeded', 'failed', 'partially_succeeded'])
      .flatMap(({ summary: { startedAt, finishedAt } }) =>
        startedAt === null || finishedAt === null ? [] : [Math.max(0, finishedAt - startedAt)],
      )
    return spans.length === 0 ? null : spans.reduce((sum, span) => sum + span, 0) / spans.length
  }
}
