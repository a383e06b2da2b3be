// Room: step processes that Fleet has granted this run. The run asks for what it could use at once and gives back the rest.

import { HANDLER_NODE_NAMES } from '../../spec/dag.ts'
import { idleCalls, toConclude } from '../children/call-state.ts'
import type { RunCommand } from '../commands.ts'
import { type Draft, setTimer, timerRecord } from '../draft.ts'
import { sideName } from '../mail-nodes.ts'
import { activeHere, maxActive, readyCount } from '../plan-segments.ts'
import type { RunSpec } from '../run-spec.ts'
import { isHalting } from '../run-status.ts'
import { readyHere, selectorHere } from './place.ts'
import { boundRunner } from './selector.ts'

type AcquireRoom = Extract<RunCommand, { type: 'acquire_room' }>

export const ROOM_TIMER = 'room'

/** How many step processes a fresh run of this DAG could use at once: what to ask Fleet for before `accepted`. */
export function initialRoom(dag: Draft['dag']): number {
  if (dag.delaySec > 0) return 0
  const roots = dag.steps.filter(step => step.depends.length === 0).length
  const cap = dag.maxActiveSteps > 0 ? dag.maxActiveSteps : roots
  return Math.max(1, Math.min(roots, cap))
}

/** The runner that a run which has none yet has to use: its parent's, or the one that its DAG is bound to. */
export const wantedRunner = (
  { parent, source, workersOnly }: RunSpec,
  { workerSelector }: Draft['dag'],
): string | undefined => parent?.runnerId ?? boundRunner(workerSelector, workersOnly ? undefined : source)

function wantedRoom(d: Draft): number {
  const active = activeHere(d)
  switch (d.head.phase) {
    case 'delay':
    case 'ended':
      return 0
    case 'handlers':
    case 'wait':
      return Math.max(active, handlerRoom(d))
    default: {
      if (isHalting(d) || d.head.slotWanted || d.head.rewind) return active
      const concluding = toConclude(d).length
      const startable = Math.max(0, maxActive(d) - idleCalls(d) + concluding)
      const ready = d.head.only === null ? readyHere(d) : readyCount(d)
      const useful = Math.min(startable, active + ready + d.index.holds + concluding)
      const starting = d.head.preparedOn !== d.head.runnerId || d.head.runnerId === null || !d.head.initDone
      // While the init handler waits for its children there is nothing to do on the host.
      if (starting && !concluding && d.index.openCalls.has(HANDLER_NODE_NAMES.init)) return active
      return Math.max(active, useful, starting ? 1 : 0)
    }
  }
}

/** A handler that waits for its children holds no room. */
function handlerRoom(d: Draft): number {
  const [kind] = d.head.handlerQueue
  const waits = kind !== undefined && d.index.openCalls.has(sideName(kind))
  return (kind !== undefined && !waits) || toConclude(d).length > 0 ? 1 : 0
}

/** Asks for missing room and gives back what is too much. */
export function balanceRoom(d: Draft): void {
  const { head } = d
  const wanted = wantedRoom(d)
  if (head.room > wanted && head.runnerId !== null) {
    d.commands.push({ type: 'release_room', count: head.room - wanted, runnerId: head.runnerId })
    head.room = wanted
  }
  if (wanted <= head.room) {
    if (wanted === head.room) head.asked = 0
    return
  }
  if (head.asked > 0 || head.waitingRoom || timerRecord(d, ROOM_TIMER)) return
  head.asked = wanted - head.room
  d.commands.push(acquireCommand(head, d.dag))
}

/** What a run that believes to wait for room asks for again when it is looked after: Fleet may have lost its row, or its answer. */
export function waitingCommand(d: Draft): AcquireRoom | null {
  const missing = wantedRoom(d) - d.head.room
  return d.head.waitingRoom && missing > 0 ? { ...acquireCommand(d.head, d.dag), count: missing } : null
}

/** The standing request for room, derived from the head. */
export function acquireCommand(head: Draft['head'], dag: Draft['dag']): AcquireRoom {
  const selector = selectorHere(head, dag)
  const bound = selector === undefined ? wantedRunner(head.spec, dag) : boundRunner(selector, undefined)
  const runnerId = head.runnerId ?? bound
  return {
    type: 'acquire_room',
    count: head.asked,
    ...(runnerId ? { runnerId } : {}),
    ...(selector !== undefined && selector !== 'local' ? { selector } : {}),
    ...(head.place ? { place: head.place } : {}),
  }
}

/** Gives one room back and asks for none before the pause is over; the reason is shown meanwhile. */
export function pauseRoom(d: Draft, reason: string, pauseMs: number): void {
  const { head } = d
  if (head.room > 0) {
    head.room -= 1
    d.commands.push({ type: 'release_room', count: 1, runnerId: head.runnerId! })
  }
  head.reason = reason
  setTimer(d, { key: ROOM_TIMER, due: d.ctx.now + pauseMs, kind: 'room' })
}
