// The one function that decides what becomes of a run. Pure and total: no event in any state throws, and what does not
// apply changes nothing. The caller journals the changes, applies them, and only then carries out the commands.
import type { Dag } from '../spec/dag.ts'
import { accept } from './accept.ts'
import { advance } from './advance.ts'
import { decide } from './approval/approval.ts'
import { takeSlot } from './approval/wait.ts'
import { hasArrived } from './artifacts.ts'
import { retryChild } from './children/child-retry.ts'
import { takeNews } from './children/children.ts'
import { callResolved } from './children/take-children.ts'
import { followClock } from './clock-back.ts'
import type { RunCommand } from './commands.ts'
import type { TransitionContext } from './context.ts'
import { indexOf } from './derived.ts'
import { closeDraft, type Draft, openDraft, planRecord } from './draft.ts'
import type { RunEvent } from './events.ts'
import { frameFor } from './frame.ts'
import { runnerHello, runnerLost } from './lost.ts'
import { noRoom, takeRoom } from './placement/assign.ts'
import { takeReport } from './report.ts'
import { cancelRetry, retryRun } from './retry-run.ts'
import type { Changes, RunState } from './state.ts'
import { setStepStatus } from './step-status.ts'
import { requestStop } from './stop.ts'
import { fireTimers } from './timers.ts'

export interface Transition {
  /** null: nothing to write. */
  changes: Changes | null
  /**
   * To be carried out once the changes are durable. A report or hello always has a `send` to its runner: that frame is its
   * answer. What is lost on the way is derived again by pending().
   */
  commands: RunCommand[]
}

/**
 * Takes in one event. `state` undefined: the run does not exist yet, and only `accepted` creates it. `dag` is the pinned DAG
 * of the run, the same object each time (indexes are memoised by it).
 */
export function transition(state: RunState | undefined, dag: Dag, event: RunEvent, ctx: TransitionContext): Transition {
  if (!state) return event.type === 'accepted' ? finish(accept(dag, event, ctx)) : { changes: null, commands: [] }
  const d = openDraft(state, dag, ctx)
  followClock(d)
  takeIn(d, event)
  // One that was over may go on now.
  if (state.head.phase === 'ended') followClock(d)
  advance(d)
  return finish(d, event.type === 'runner_hello' ? event.runnerId : undefined)
}

function takeIn(d: Draft, event: RunEvent): void {
  switch (event.type) {
    case 'accepted':
    case 'clock_set_back':
      break
    case 'assigned':
      takeRoom(d, event.assignment)
      break
    case 'unassigned':
      noRoom(d, event.reason)
      break
    case 'report':
      takeReport(d, event)
      break
    case 'runner_hello':
      runnerHello(d, event)
      break
    case 'runner_lost':
      runnerLost(d, event.runnerId, event.since)
      break
    case 'timer':
      fireTimers(d, event.timer)
      break
    case 'stop_requested':
      requestStop(d, event.by, event.abandon === true)
      break
    case 'retry_requested':
      retryRun(d, event)
      break
    case 'child_retry_requested':
      retryChild(d, event)
      break
    case 'step_status_set':
      setStepStatus(d, event)
      break
    case 'retry_cancelled':
      cancelRetry(d)
      break
    case 'decided':
      decide(d, event)
      break
    case 'slot_granted':
      takeSlot(d, event.slot)
      break
    case 'logs_settled':
      d.head.logsSettled = true
      break
    case 'call_resolved':
      callResolved(d, event)
      break
    case 'children_changed':
      takeNews(d, event.news)
  }
}

function finish(d: Draft, greeted?: string): Transition {
  const changes = closeDraft(d)
  for (const runnerId of addressees(d, greeted)) {
    const frame =
      frameFor(d, runnerId) ?? (runnerId === greeted ? { type: 'run' as const, runId: d.head.spec.runId } : null)
    const rev = d.head.seq + (changes === null ? 0 : 1)
    if (frame) d.commands.push({ type: 'send', runnerId, frame: { ...frame, rev } })
  }
  if (packable(d) && !(d.base && packableBefore(d))) d.commands.push({ type: 'pack' })
  return { changes, commands: d.commands }
}

/** Runners that there is news for: the one that spoke, and those with new plans, a new stop, or the end. */
function addressees(d: Draft, greeted: string | undefined): Set<string> {
  const to = new Set<string>(d.stale.keys())
  if (d.answering) to.add(d.answering.runnerId)
  if (greeted !== undefined) to.add(greeted)
  for (const plan of d.plans.values()) if (plan && !d.seen.has(plan.id)) to.add(plan.runnerId)
  const { stop, runnerId, phase, rewind } = d.head
  const stopNews = stop !== null && stop.id !== d.base?.head.stop?.id && !stop.answered
  const ended = phase === 'ended' && d.base?.head.phase !== 'ended'
  if (runnerId !== null && stopNews) to.add(runnerId)
  // Hosts that the run has left may have come back and keep their account of it.
  if (ended) for (const runner of d.head.runners) to.add(runner.id)
  for (const id of rewind?.plans ?? []) {
    const plan = rewind?.id === d.base?.head.rewind?.id ? undefined : planRecord(d, id)
    if (plan) to.add(plan.runnerId)
  }
  if (stopNews) for (const id of d.index.active.keys()) to.add(id)
  return to
}

const packable = (d: Draft) =>
  d.head.phase === 'ended' && d.index.activeChildren === 0 && hasArrived(d.head, d.dag, d.index.openLogs)

function packableBefore(d: Draft): boolean {
  const { base } = d
  if (base?.head.phase !== 'ended' || d.head.attempt !== base.head.attempt) return false
  const { activeChildren, openLogs } = indexOf(base, d.dag)
  return activeChildren === 0 && hasArrived(base.head, d.dag, openLogs)
}
