// What the scheduler of a Dag may ask of it: which runs are open, starting one, stopping one.
import type { Result } from '@edgedag/core/result'
import { isSince } from '@edgedag/core/schedule/plan'
import type { Dag } from '@edgedag/core/spec/dag'
import type { ObjectHost } from '../../../host/port.ts'
import type { Kinds, StartRequest } from '../../contracts.ts'
import { runObjectName } from '../../names.ts'
import type { Refusal } from '../accept.ts'
import type { DagRuns } from '../runs.ts'
import { type DagStore, hasBegun, type RunRow } from '../store.ts'
import { type ComingStart, DagScheduler, type ScheduleHooks } from './scheduler.ts'

export interface DagOfSchedule {
  /** The present definition; null while nothing may fire. */
  mayFire(): Dag | null
  /** The installation's zone, as last heard. */
  zone(): string
  start(request: StartRequest): Promise<Result<unknown, Refusal>>
  /** A due time of it is near; `start`: the run that it will start. */
  prepare(dag: Dag, start: ComingStart | null): void
}

/** Successes that are looked through for one since the previous due time. */
const MOST_SUCCESSES = 50

/** Runs of a backfill are beside the schedule: they neither hold it up nor are stopped by it. */
const isScheduled = (row: RunRow): boolean => row.spec.backfill === undefined

/** One that waits for somebody's approval is at rest: it holds up no start, and is not what a stop is meant for. */
const isAtWork = (row: RunRow): boolean => hasBegun(row) && row.summary.status !== 'waiting'

export function createScheduler(
  host: ObjectHost<Kinds>,
  store: DagStore,
  runs: DagRuns,
  dag: DagOfSchedule,
): DagScheduler {
  const open = (): RunRow[] => runs.open.filter(isScheduled)
  const hooks: ScheduleHooks = {
    dag: () => dag.mayFire(),
    zone: () => dag.zone(),
    prepare(definition, start) {
      store.newest({ backfill: false })
      dag.prepare(definition, start)
    },
    runs() {
      const newest = store.newest({ backfill: false })
      return {
        running: open().some(isAtWork),
        queued: open().some(row => !hasBegun(row)),
        latest: newest === null ? null : runs.line(newest),
        succeededSince: at =>
          store.finished(MOST_SUCCESSES, ['succeeded']).some(row => isScheduled(row) && isSince(row.summary, at)),
      }
    },
    atWork: () => open().flatMap(row => (isAtWork(row) ? [row.runId] : [])),
    start(request) {
      // Refusals are expected here: the due time was served already.
      const started = dag.start(request).then(result => {
        if (!result.ok && result.error.code !== 'already_exists')
          console.error(`scheduled start refused: ${result.error.message}`)
      })
      host.background(started)
    },
    stop: runId => stopRun(host, runs, runId),
  }
  return new DagScheduler(host, store, hooks)
}

/** True: the run has ended, or has heard that it is to stop. */
async function stopRun(host: ObjectHost<Kinds>, runs: DagRuns, runId: string): Promise<boolean> {
  const row = runs.row(runId)
  // One that waits in a queue was accepted, and keeps its turn.
  if (row === null || row.phase === 'done' || !hasBegun(row)) return true
  const run = host.object('run', runObjectName(runId, host.settings.runPool))
  if ((await run.stop(runId, { by: 'schedule' })).ok) return true
  // A refusal means that it is over, or that it has yet to be created.
  return (await run.summary(runId)) !== null
}
