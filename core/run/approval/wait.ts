// A run that waits for people: it parks once nothing else can go on, holds neither room nor slot nor timer, and goes on where it
// stopped. The DAG's time limit stands still meanwhile.
import { clearTimer, type Draft, putStep, setTimer, stepRecord, tellContext, timerRecord } from '../draft.ts'
import { abortNode } from '../finish-step.ts'
import { giveBack, OWN_QUEUE, releaseSlot, tellDag } from '../give-back.ts'
import { hasHandler } from '../handlers.ts'
import { sideName } from '../mail-nodes.ts'
import { readyCount } from '../plan-segments.ts'
import { cleared } from '../reset.ts'
import { isHalting } from '../run-status.ts'

export const TIMEOUT_TIMER = 'timeout'

const WAIT_KINDS = ['wait', 'mail_wait'] as const

/** Begins to wait: the wait handler and the mail are next, each time anew. */
export function beginWait(d: Draft): void {
  d.head.phase = 'wait'
  d.head.handlerQueue = WAIT_KINDS.filter(kind => hasHandler(d, kind))
  for (const kind of d.head.handlerQueue) {
    const before = stepRecord(d, sideName(kind))
    if (before) putStep(d, cleared(before))
  }
}

/** Room that was asked for comes in vain: when the run goes on it asks anew, and hears why it has to wait. */
function forgetRoomAsked({ head }: Draft): void {
  head.asked = 0
  head.waitingRoom = false
}

/** The wait handler is over: the run waits. */
export function park(d: Draft): void {
  const { head } = d
  if (head.handlerQueue.length > 0 || d.index.waits > 0 || head.status === 'waiting') return
  head.status = 'waiting'
  head.reason = null
  forgetRoomAsked(d)
  stopClock(d)
  releaseSlot(d)
  tellDag(d)
}

/** A parked run goes on, once it has its place in its queue and room again; what came before the handler ran makes it superfluous. */
export function resume(d: Draft): void {
  const { head } = d
  if (head.phase !== 'wait') return
  head.phase = 'steps'
  head.handlerQueue = []
  for (const kind of WAIT_KINDS) {
    const handler = stepRecord(d, sideName(kind))
    if (handler?.again || handler?.nextAt !== undefined) abortNode(d, handler.name, 'the run went on')
  }
  if (head.status !== 'waiting') return
  head.status = 'queued'
  tellContext(d)
  tellDag(d)
}

/** Work has come up for a run that gave its place back: it asks for one before anything of it is begun. */
export function askForSlot(d: Draft): void {
  const { head } = d
  if (head.phase !== 'steps' || head.slot !== null || head.released === null || head.slotWanted) return
  if (isHalting(d) || readyCount(d) === 0) return
  const { queue, hold } = head.released
  // Of the own Dag the time is the number of the hold as well: it must grow.
  const since = queue === OWN_QUEUE ? Math.max(d.ctx.now, hold + 1) : d.ctx.now
  head.slotWanted = { queue, since }
  head.reason = `waits for its place in queue ${queue || head.spec.dagName}`
  forgetRoomAsked(d)
  if (queue === OWN_QUEUE) tellDag(d)
  else d.commands.push({ type: 'acquire_slot', queue, since })
}

/** The queue has a place for the resumed run. A place that is not wanted is given back. */
export function takeSlot(d: Draft, slot: { queue: string; hold: number }): void {
  const { head } = d
  // Word of a place that it has, or had, may come late.
  const last = head.slot ?? head.released
  if (last?.queue === slot.queue && last.hold >= slot.hold) return
  if (head.slotWanted?.queue !== slot.queue) {
    giveBack(d, slot)
    return
  }
  head.slot = slot
  head.slotWanted = null
  head.reason = null
}

/** With its first room the resumed run is at work again, and its time limit runs on. */
export function goOn(d: Draft): void {
  const { head } = d
  if (head.startedAt !== null && head.status === 'queued' && head.room > 0) backToWork(d)
}

/** A child that waited for a person goes on: so does the run, which needs no room for that. */
export function resumeByChild(d: Draft): void {
  if (d.head.phase !== 'wait') return
  resume(d)
  if (d.head.status === 'queued' && !d.head.slotWanted) backToWork(d)
}

function backToWork(d: Draft): void {
  const { head } = d
  head.status = 'running'
  head.reason = null
  const left = head.timeoutLeftMs ?? null
  if (left === null) return
  head.timeoutLeftMs = null
  setTimer(d, { key: TIMEOUT_TIMER, due: d.ctx.now + left, kind: 'timeout' })
}

function stopClock(d: Draft): void {
  const timer = timerRecord(d, TIMEOUT_TIMER)
  if (!timer) return
  clearTimer(d, TIMEOUT_TIMER)
  d.head.timeoutLeftMs = Math.max(1, timer.due - d.ctx.now)
}
