// What others may ask of a Dag: its text, its starts, its runs.

import type { DAGHead } from '@edgedag/core/api/generated/answers'
import type { Problem, Result } from '@edgedag/core/result'
import type { RetryScope } from '@edgedag/core/run/children/child-types'
import type { RunSpec, TriggerType, WebhookInput } from '@edgedag/core/run/run-spec'
import type { RunStatus } from '@edgedag/core/run/status'
import type { Summary } from '@edgedag/core/run/summary'
import type { Skip } from '@edgedag/core/schedule/plan'
import type { Preview } from '@edgedag/core/schedule/preview'
import type { BackfillApi } from './backfill.ts'
import type { SchemaFiles } from './base-config.ts'
import type { Destination, Priority, QueueDescription, QueuedItem, QueuePlace, QueueRefusal } from './queue.ts'
import type { WebhookApi } from './webhook.ts'

export interface StartRequest {
  params?: string | Record<string, unknown>
  runId?: string
  /** The id is the engine's own: nobody has chosen it. */
  ownId?: boolean
  /** Override of the DAG's name in the run. */
  dagName?: string
  singleton?: boolean
  labels?: string[]
  queue?: string
  trigger: TriggerType
  by?: string
  /** Start now, or wait in the queue. */
  mode: 'start' | 'enqueue'
  /** In its queue; absent: the DAG's own, or low. */
  priority?: Priority
  scheduleTime?: number
  /** The backfill that starts it. */
  backfill?: string
  /** Inline runs: the text that this run pins, whatever another caller stores under the same name meanwhile. */
  spec?: string
  /** Inline runs: where relative paths of that text resolve, in place of the DAG's own source. */
  source?: { runner: string; dir: string }
  /** Inline runs: schema files that the text names. */
  files?: SchemaFiles
  webhook?: WebhookInput
  /** Runtime profile; whoever asks has checked that the caller may use it. */
  profile?: string
  /** There are default values for it; set by the Dag. */
  profileDefaults?: true
  /**
   * A run of this DAG whose parameters, labels, profile and source this one inherits. Its definition too, unless `current` (the
   * file as it is now) or `spec` is given.
   */
  again?: { runId: string; current?: boolean }
  /** Steps that are taken over from the run in `again` instead of being run. */
  imports?: string[]
}

/** What is run again of a finished run: what did not succeed, or one step, `onward` with all behind it. */
export interface RetryRequest extends RetryScope {
  by?: string
}

/** A line of a run list: Dag, Index and feeds share it. */
export type RunSummary = Summary & {
  /** It fails at everything and is left alone; `reason` says more. */
  quarantined?: boolean
  /** Where it waits; only where one run is asked for. */
  place?: QueuePlace
}

export interface DagRecord {
  dagId: string
  fileName: string
  spec: string
  /** SHA-256 hex of `spec`. */
  hash: string
  suspended: boolean
  source: { runner: string; dir: string } | null
  updatedAt: number
  /** Schema files that came with the text; absent: none. */
  files?: SchemaFiles
}

export interface DagListItem {
  dagId: string
  fileName: string
  /** The `dag` member of the list, and which secrets of the registry the DAG names. */
  summary: DAGHead & { secretRefs?: string[] }
  errors: string[]
  suspended: boolean
  nextRun: number | null
  latest: RunSummary | null
  filePath: string
}

/** A DAG's schedule for people. */
export interface ScheduleView extends Preview {
  suspended: boolean
  /** There is anything in it. */
  scheduled: boolean
  /** Zone of entries that name none. */
  timezone: string
  /** Starts that were due and did not happen, oldest first. */
  skipped: SkipEntry[]
}

/** Skipped starts of one reason, one after another; `from` and `at` are the first and the last due time. */
export interface SkipEntry extends Skip {
  from: number
}

/** A DAG as it is pinned for a run that a step calls. */
export interface CalledDefinition {
  dagId: string
  fileName: string
  dagJson: string
  /** SHA-256 (hex) of the text. */
  specHash: string
  source: { runner: string; dir: string } | null
}

/** What a DAG's text does not say. */
export interface DagSettings {
  /** Profile of runs that name none; empty: none. */
  profile: string
  updatedAt: number
  updatedBy: string
}

export interface DagApi extends WebhookApi, BackfillApi {
  /** Creates or replaces the spec. An invalid spec is stored when it comes from a file (`force`), else refused. */
  putSpec(request: {
    dagId: string
    fileName: string
    spec: string
    /** What the DAG is called where its text does not say; absent: the file name. Inline DAGs have no file name. */
    name?: string
    source?: { runner: string; dir: string }
    force?: boolean
    /** Hash the writer believes to be current; a mismatch is `conflict`. */
    ifHash?: string
    /** Schema files that the text names, all of them; absent: those that are here stay. */
    files?: SchemaFiles
  }): Result<
    { hash: string; problems: Problem[] },
    { code: 'conflict' | 'invalid'; actual: string; problems: Problem[] }
  >
  get(): DagRecord | null
  listItem(): DagListItem | null
  /** Its next `count` due times and what it has skipped; null: no such DAG. */
  schedule(count: number): ScheduleView | null
  suspend(suspend: boolean): void
  settings(): DagSettings
  setSettings(settings: { profile: string; by: string }): DagSettings
  remove(): void
  rename(fileName: string): void
  /** Durable before it answers. */
  start(request: StartRequest): Result<{ runId: string; queued: boolean }, { code: string; message: string }>
  /** Runs of this DAG, newest first. */
  runs(query: { limit: number; before?: string; status?: RunStatus[] }): RunSummary[]
  run(runId: string): RunSummary | null
  activeRuns(): RunSummary[]
  /** Lines of these runs as they are known here, without asking further; unknown ones are left out. */
  lines(runIds: string[]): RunSummary[]
  dequeue(runId: string): Result<null, { code: string; message: string }>
  /** Takes runs out of their queues; answers those that waited. */
  dequeueAll(runIds: string[]): string[]
  /** The DAG's own queue, with those that wait for a concurrency key. */
  queueDescription(): QueueDescription
  queueItems(query: { from: number; limit: number }): QueuedItem[]
  /** From 1; 0: the run does not wait here. */
  queuePosition(runId: string): number
  queueMove(runId: string, where: Destination): 'ok' | QueueRefusal
  queuePriority(runId: string, priority: Priority): 'ok' | QueueRefusal
  queuePaused(paused: boolean): void
  /** The run is gone for everybody when it answers; what is stored of it follows. */
  removeRun(runId: string): Result<null, { code: string; message: string }>
  /** Deletes finished runs that ended before this time (epoch ms), or only says which. Ids of some, and how many in all. */
  cleanUp(request: { before: number; dryRun: boolean }): { runIds: string[]; count: number }
  /** From a Queue: this run got a slot, for the item of that time; the Dag creates (or resumes) it. */
  admitted(runId: string, slot: { queue: string; hold: number }, enqueuedAt: number): void
  /** From the Run: terminal, waiting or running again. */
  runChanged(summary: RunSummary): void
  /** A retry of a finished run goes through the queue where one is configured. */
  retry(runId: string, request: RetryRequest): Result<null, { code: string; message: string }>
  /** Turns off the automatic retry that a failed run is to get; `not_running`: none is due. */
  cancelRetry(runId: string, request: { by: string }): Result<null, { code: string; message: string }>
  /** A Run that has no state of its own asks for its spec. */
  specOf(runId: string): { spec: RunSpec; dagJson: string } | null
  /**
   * The definition that a call gets: the stored one, or (`text`) one that is read as if it were stored here under this name. Its text is
   * kept, so that the called run can show it.
   */
  definition(request: {
    text?: string
    name?: string
  }): Result<CalledDefinition, { code: 'not_found' | 'invalid'; message: string }>
  /** A text that was ever stored here, by its hash. */
  textOf(hash: string): string | null
  /** The YAML text as it was when the run was accepted; null: unknown run, or no longer kept. */
  specText(runId: string): string | null
  /**
   * Minutely: create what is missing, poke what is overdue, re-arm the alarm. Answers how many runs are unfinished.
   * `baseVersion` is that of the present base configurations.
   */
  sweep(baseVersion?: number): number
}
