// The called runs of a run as people see them: by step, with counts, and the whole list.
import type { DAGRunNode, SubDAGRun, SubDAGRunReference } from '../../api/generated/answers.ts'
import type { RunState } from '../state.ts'
import { RUN_STATUS_CODES, type RunStatus } from '../status.ts'
import { clock } from '../summary.ts'
import type { CallRecord, ChildRecord } from './call-record.ts'
import { isOver } from './call-state.ts'

/** Called runs that the details of a step name; `/sub-dag-runs` has all. */
export const SUB_RUNS_IN_DETAILS = 100

export interface SubRun {
  step: string
  dagName: string
  dagRunId: string
  params: string
  status: RunStatus
  /** Epoch ms. */
  startedAt: number | null
  finishedAt: number | null
  /** Of an earlier repetition, or of an earlier attempt that called something else. */
  repeated: boolean
  runner?: string
  error?: string
  /** There is no such run: it was refused. */
  refused?: true
}

/** All runs that a run has called, in the order of steps, rounds and items. */
export function subRuns(state: RunState): SubRun[] {
  return [...state.calls.values()].flatMap(call => childrenOf(state, call).map(child => subRun(state, call, child)))
}

/** Ids of all runs below a run that were ever started. */
export const childRunIds = (state: RunState): string[] =>
  [...state.children.values()].filter(child => !child.refused).map(child => child.id)

function childrenOf(state: RunState, call: CallRecord): ChildRecord[] {
  const children = [...state.children.values()].filter(child => child.step === call.step)
  return children.sort((a, b) => a.round - b.round || a.index - b.index)
}

function subRun(state: RunState, call: CallRecord, child: ChildRecord): SubRun {
  return {
    step: call.step,
    dagName: call.dag?.name ?? call.target,
    dagRunId: child.id,
    params: child.params,
    status: shownStatus(state, call, child),
    startedAt: child.startedAt ?? null,
    finishedAt: child.finishedAt ?? null,
    repeated: child.round !== call.round,
    ...(child.runner === undefined ? {} : { runner: child.runner }),
    ...(child.error === undefined ? {} : { error: child.error }),
    ...(child.refused ? { refused: true } : {}),
  }
}

/** Between its start and its end a child is shown as running unless it is known to wait. */
function shownStatus(state: RunState, call: CallRecord, child: ChildRecord): RunStatus {
  if (isOver(child) || child.status === 'waiting') return child.status
  const begun = child.round === call.round && child.index < call.next && call.phase !== 'over'
  return begun && state.head.phase !== 'ended' ? 'running' : 'not_started'
}

/** `subRuns` and their like in the details of a node. Lists are cut; counts are of all. */
export function subRunsOfNode(
  state: RunState,
  step: string,
): Pick<DAGRunNode, 'subRuns' | 'subRunsRepeated' | 'subRunCounts'> {
  const call = state.calls.get(step)
  if (!call) return { subRuns: [], subRunsRepeated: [] }
  const all = childrenOf(state, call).map(child => subRun(state, call, child))
  const present = all.filter(run => !run.repeated)
  const former = all.filter(run => run.repeated)
  const counts: Record<string, number> = {}
  for (const { status } of present) counts[status] = (counts[status] ?? 0) + 1
  return {
    subRuns: present.slice(0, SUB_RUNS_IN_DETAILS).map(reference),
    subRunsRepeated: former.slice(-SUB_RUNS_IN_DETAILS).map(reference),
    subRunCounts: { total: present.length, repeated: former.length, ...counts },
  }
}

const reference = ({ dagName, dagRunId, params, refused, error, status }: SubRun): SubDAGRunReference => ({
  dagRunId,
  dagName,
  params,
  status: RUN_STATUS_CODES[status],
  statusLabel: status,
  ...(refused && { refused, error }),
})

/** A line of `/sub-dag-runs`. */
export function subRunJson(run: SubRun): SubDAGRun {
  const { startedAt, finishedAt, status, ...rest } = run
  return {
    ...rest,
    status: RUN_STATUS_CODES[status],
    statusLabel: status,
    startedAt: startedAt === null ? '' : clock(startedAt),
    finishedAt: finishedAt === null ? '' : clock(finishedAt),
  }
}
