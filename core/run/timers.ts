// Timers of the run: each is a record with its due time, so that one alarm can serve them all.

import { openCall } from './children/call-state.ts'
import { timeOutCall } from './children/children.ts'
import {
  allTimers,
  clearTimer,
  type Draft,
  findNode,
  markStale,
  planRecord,
  putStep,
  removePlan,
  setTimer,
  stepRecord,
  timerRecord,
} from './draft.ts'
import { timeOutAttempt } from './finish-step.ts'
import { graceOver, mayHaveRun } from './lost.ts'
import { TIMEOUT_FALLBACK_MS, timeOut } from './report.ts'
import type { TimerRecord } from './state.ts'
import { issueStop } from './stop.ts'

/** Fires a timer and, in the same transition, every other that is due. One that is early or gone changes nothing. */
export function fireTimers(d: Draft, key: string): void {
  const timer = timerRecord(d, key)
  if (!timer || timer.due > d.ctx.now) return
  const due = allTimers(d).filter(each => each.due <= d.ctx.now)
  due.sort((a, b) => a.due - b.due || (a.key < b.key ? -1 : 1))
  for (const each of due) {
    clearTimer(d, each.key)
    fire(d, each)
  }
}

function fire(d: Draft, timer: TimerRecord): void {
  switch (timer.kind) {
    case 'delay':
      d.head.phase = 'steps'
      break
    case 'again':
      wake(d, timer.step ?? '')
      break
    case 'overdue':
      overdue(d, timer.step ?? '')
      break
    case 'grace':
      graceOver(d, timer.runnerId ?? '')
      break
    case 'timeout':
      deadline(d, timer)
      break
    case 'room':
      if (!d.head.waitingRoom) d.head.reason = null
      break
    case 'children':
      // What is left of a batch goes on by itself.
      break
  }
}

function wake(d: Draft, name: string): void {
  const record = stepRecord(d, name)
  if (record?.nextAt === undefined) return
  const { nextAt: _due, ...rest } = record
  putStep(d, { ...rest, again: true })
}

/** The plan is taken from the host, which is told to kill it: its late word no longer counts. */
function overdue(d: Draft, name: string): void {
  const record = stepRecord(d, name)
  const step = findNode(d, name)
  const call = record && openCall(d, name, record.attempt)
  if (call) {
    timeOutCall(d, call)
    return
  }
  const plan = planRecord(d, d.index.planOf.get(name) ?? '')
  if (!record || !step || !plan || record.status !== 'running' || record.result >= record.attempt) return
  removePlan(d, plan)
  markStale(d, plan.runnerId, plan.id)
  // A silent host may have ended the step in time and gone on.
  mayHaveRun(d, plan.items.slice(plan.items.findIndex(item => item.kind === 'step' && item.step === name) + 1))
  timeOutAttempt(d, name, step, ', and the host did not end it')
}

/**
 * At the deadline the agent acts; when it has nothing of the run, or has not acted, the Run does: also for a plan that was on
 * its way when the agent acted on the others.
 */
function deadline(d: Draft, timer: TimerRecord): void {
  if (d.head.phase === 'handlers' || (d.head.timedOut && d.index.activeCount === 0)) return
  if (d.index.activeCount > 0 && !timer.hold) {
    setTimer(d, { ...timer, due: timer.due + TIMEOUT_FALLBACK_MS, hold: true })
    return
  }
  timeOut(d)
  if (!d.head.stop || d.head.stop.answered) issueStop(d, 'timeout', 'run_timeout')
}
