// What follows once an event has been taken in: plan what may run, move on to handlers, end the run.
import { voidApprovals } from './approval/approval.ts'
import { finishRewind } from './approval/rewind.ts'
import { askForSlot, beginWait, goOn, park, TIMEOUT_TIMER } from './approval/wait.ts'
import { isAnswered } from './children/call-state.ts'
import { advanceCalls, stopAbandoned } from './children/children.ts'
import { activePlans, allTimers, clearTimer, type Draft, markStale, removePlan, setTimer, stepRecord } from './draft.ts'
import { abortNode } from './finish-step.ts'
import { OWN_QUEUE, releaseSlot, tellDag } from './give-back.ts'
import { handlersFor } from './handlers.ts'
import { movePlace } from './placement/place.ts'
import { balanceRoom } from './placement/room.ts'
import { dispatch, readyCount } from './plan-segments.ts'
import { endMail, finalStatus } from './run-mail.ts'
import { isHalting, stepsOutcome } from './run-status.ts'
import type { RunStatus } from './status.ts'

/** Drives the run as far as it goes without news from outside. */
export function advance(d: Draft): void {
  if (d.head.phase === 'ended') return
  advanceCalls(d)
  noteAnsweredStop(d)
  finishRewind(d)
  begin(d)
  askForSlot(d)
  goOn(d)
  dispatch(d)
  movePhase(d)
  movePlace(d)
  balanceRoom(d)
}

/** A stop is answered by the end of every plan that it names and of every child, whatever the order of words. */
function noteAnsweredStop(d: Draft): void {
  const { stop } = d.head
  if (stop && !stop.answered && isAnswered(d, stop.plans)) d.head.stop = { ...stop, answered: true }
}

/** The attempt begins with its first room. */
function begin(d: Draft): void {
  const { head } = d
  if (head.startedAt !== null || head.room === 0 || head.phase === 'delay') return
  head.startedAt = d.ctx.now
  head.status = 'running'
  head.reason = null
  if (d.dag.timeoutSec > 0)
    setTimer(d, { key: TIMEOUT_TIMER, due: d.ctx.now + d.dag.timeoutSec * 1000, kind: 'timeout' })
}

function movePhase(d: Draft): void {
  const { head } = d
  if (head.phase === 'delay' && isHalting(d)) {
    haltSteps(d)
    endRun(d, 'aborted')
  }
  if (head.phase === 'steps' || head.phase === 'wait') {
    if (d.index.activeCount > 0) return
    if (isHalting(d)) {
      if (d.index.openCalls.size > 0) return
      haltSteps(d)
      enterHandlers(d)
    } else if (head.phase === 'wait') park(d)
    else if (isQuiet(d)) {
      if (d.index.counts.rejected > 0) voidApprovals(d)
      if (d.index.counts.waiting > 0) enterWait(d)
      else enterHandlers(d)
    }
  }
  if (head.phase === 'handlers') endAfterHandlers(d)
}

/** Nothing runs, is ready or waits for a timer, and no child is about to go on. */
function isQuiet(d: Draft): boolean {
  const { head, index } = d
  if (head.rewind || !head.initDone || head.conditions === null) return false
  if (index.activeCount > 0 || index.waits > 0 || readyCount(d) > 0) return false
  return [...index.openCalls].every(step => stepRecord(d, step)?.status === 'waiting')
}

/** Everything that has not run, or waits to run again, is aborted; a run cancelled before its steps leaves them untouched. */
function haltSteps(d: Draft): void {
  const untouched = d.head.cancel !== null && d.head.stop === null && !d.head.timedOut
  const why = d.head.timedOut ? 'the run timed out' : 'stopped'
  for (const step of d.graph.steps) {
    const status = stepRecord(d, step.name)?.status ?? 'not_started'
    if (status === 'retrying' || status === 'running' || status === 'waiting') abortNode(d, step.name, why)
    else if (status === 'not_started' && !untouched && d.head.error === null) abortNode(d, step.name, why)
    else if (status === 'not_started' && d.head.timedOut) abortNode(d, step.name, why)
  }
  for (const name of d.graph.handlers.keys()) {
    const record = stepRecord(d, name)
    if (record?.status === 'retrying' || record?.status === 'running') abortNode(d, name, why)
  }
}

function enterWait(d: Draft): void {
  beginWait(d)
  movePlace(d)
  dispatch(d)
  if (d.index.activeCount === 0) park(d)
}

function enterHandlers(d: Draft): void {
  const { head } = d
  head.phase = 'handlers'
  head.outcome = stepsOutcome(d)
  clearTimer(d, TIMEOUT_TIMER)
  // A run that no host has heard of has nothing to clean up, and may have no host to do it on.
  const begun =
    head.conditions !== null || head.error !== null || head.runners.some(runner => runner.heard === head.attempt)
  head.handlerQueue = begun ? handlersFor(d, head.outcome) : []
  // They run at home, wherever the last step was.
  movePlace(d)
  dispatch(d)
}

function endAfterHandlers(d: Draft): void {
  const { head } = d
  const { activeCount, waits, openCalls } = d.index
  if (activeCount > 0 || waits > 0 || openCalls.size > 0 || head.handlerQueue.length > 0) return
  const status = finalStatus(d)
  if (mailEnd(d, status)) return
  endRun(d, status)
}

/** Sends the mail about the end, once; false: there is none to be sent any more. */
function mailEnd(d: Draft, status: RunStatus): boolean {
  const { head } = d
  const wasHeard = head.runners.some(runner => runner.heard === head.attempt)
  if (head.isMailed || !wasHeard) return false
  head.isMailed = true
  const kind = endMail(d, status)
  if (kind === null) return false
  head.handlerQueue = [kind]
  dispatch(d)
  return true
}

/** The run is over: nothing of it may run any more, what it held is given back. */
export function endRun(d: Draft, status: RunStatus): void {
  const { head } = d
  head.phase = 'ended'
  head.status = status
  head.outcome = status
  head.finishedAt = d.ctx.now
  head.handlerQueue = []
  head.reason = null
  head.lost = null
  for (const plan of activePlans(d)) {
    removePlan(d, plan)
    markStale(d, plan.runnerId, plan.id)
  }
  for (const timer of allTimers(d)) clearTimer(d, timer.key)
  if (head.room > 0 && head.runnerId !== null) {
    d.commands.push({ type: 'release_room', count: head.room, runnerId: head.runnerId })
  }
  head.room = 0
  head.asked = 0
  head.waitingRoom = false
  if (head.rewind) head.rewind = null
  if (head.slotWanted) {
    const { queue } = head.slotWanted
    if (queue !== OWN_QUEUE) d.commands.push({ type: 'leave_queue', queue })
    head.slotWanted = null
  }
  releaseSlot(d)
  tellDag(d)
  stopAbandoned(d)
}
