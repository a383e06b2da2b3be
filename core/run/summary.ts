// The line of a run in lists: what Dag and Index keep of it.
import type { Dag } from '../spec/dag.ts'
import { artifactCount } from './artifacts.ts'
import { indexOf } from './derived.ts'
import { OWN_QUEUE } from './give-back.ts'
import type { TriggerType } from './run-spec.ts'
import type { RunState } from './state.ts'
import type { RunStatus } from './status.ts'

/** Characters of a failure in a list. */
const MOST_REASON = 240

/** What lists, rows and feeds show of a run. Times in epoch ms. */
export interface Summary {
  runId: string
  dagId: string
  dagName: string
  fileName: string
  status: RunStatus
  trigger: TriggerType
  params: string
  labels: string[]
  createdAt: number
  queuedAt: number | null
  startedAt: number | null
  finishedAt: number | null
  scheduleTime: number | null
  runner: string | null
  reason: string | null
  /** Runtime profile; absent: none. */
  profile?: string
  total: number
  done: number
  /** Global queue through which it went; absent: none, or its DAG's own. */
  queue?: string
  /** Files among the artifacts; absent: none are known. */
  artifacts?: number
  /** Attempt of the run, from 1; absent: only its Dag knows it yet. */
  attempt?: number
  /** Retries that the DAG's own policy has made; absent: none, or only its Dag knows. */
  retries?: number
  /** When the next of them is due. */
  nextRetryAt?: number
  /** It needs a place in the queue of its DAG before it goes on: number of the hold. */
  wantsPlace?: number
  /** Of a called run: the run at the top, under which alone it is found. */
  root?: string
  /** Journal number + 1: rev 0 is the Dag's own row at accept. */
  rev: number
}

export function summarise(state: RunState, dag: Dag): Summary {
  const { head } = state
  const { spec } = head
  return {
    runId: spec.runId,
    dagId: spec.dagId,
    dagName: spec.dagName,
    fileName: spec.fileName,
    status: head.status,
    trigger: head.trigger,
    params: head.paramsDisplay,
    labels: spec.labels,
    createdAt: spec.createdAt,
    queuedAt: head.queuedAt,
    startedAt: head.startedAt,
    finishedAt: head.finishedAt,
    scheduleTime: spec.scheduleTime ?? null,
    runner: head.hostname ?? head.runnerId,
    reason: reasonOf(state),
    ...(spec.profile === undefined ? {} : { profile: spec.profile }),
    ...progress(state, dag),
    ...(spec.queue === undefined ? {} : { queue: spec.queue }),
    ...(artifactCount(head) > 0 && { artifacts: artifactCount(head) }),
    attempt: head.attempt,
    ...(head.slotWanted?.queue === OWN_QUEUE && { wantsPlace: head.slotWanted.since }),
    ...(spec.parent && { root: spec.parent.rootRunId }),
    rev: head.seq + 1,
  }
}

/** Steps that are over, of all; handlers do not count. */
export function progress(state: RunState, dag: Dag): { total: number; done: number } {
  const { counts } = indexOf(state, dag)
  const open = counts.not_started + counts.running + counts.waiting + counts.retrying
  return { total: dag.steps.length, done: dag.steps.length - open }
}

/** Why the run does not simply go on, in words; null: it does, or is over. */
export function reasonOf(state: RunState): string | null {
  const { head } = state
  if (head.phase === 'ended') return head.error ?? (head.status === 'failed' ? failureOf(state) : null)
  const host = head.hostname ?? head.runnerId
  if (head.stop && !head.stop.answered) {
    return head.lost ? `stop pending: host ${host} silent since ${clock(head.lost.since)}` : 'stopping'
  }
  if (head.lost) return `host ${host} silent since ${clock(head.lost.since)}`
  if (head.phase === 'delay') return `delayed: starts at ${clock(state.timers.get('delay')?.due ?? 0)}`
  if (head.status === 'waiting') return `waiting for approval: ${waitingNames(state)}`
  if (head.rewind) return `push-back of ${head.rewind.step}: ends what still runs of it`
  if (state.plans.size > 0) return null
  if (head.reason !== null) return head.reason
  for (const call of state.calls.values()) if (call.phase === 'running' && call.active > 0) return null
  for (const timer of state.timers.values()) {
    if (timer.kind === 'again') return `step ${timer.step} goes on at ${clock(timer.due)}`
  }
  return head.room === 0 ? 'waiting for a runner' : null
}

/** The first line of why the first failed step failed: enough for a list. */
function failureOf(state: RunState): string | null {
  for (const { name, status, error, exitCode } of state.steps.values())
    if (status === 'failed')
      return `step ${name}: ${(error ?? `exit status ${exitCode ?? 1}`).split('\n', 1)[0]}`.slice(0, MOST_REASON)
  return null
}

/** Steps that wait for a person, at most three by name. */
function waitingNames(state: RunState): string {
  const names = [...state.steps.values()].filter(({ status }) => status === 'waiting').map(({ name }) => name)
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

/** RFC 3339, whole seconds, UTC. */
export function clock(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`
}
