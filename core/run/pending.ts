// What should have been sent and is not known to have arrived, derived from state alone: after a crash, on a hello, and by
// the delivery alarm. Every receiver is idempotent, so sending too often is harmless.
import type { Dag } from '../spec/dag.ts'
import { hasArrived } from './artifacts.ts'
import { type CallRecord, type ChildRecord, childKey } from './children/call-record.ts'
import { isOver } from './children/call-state.ts'
import { CHILD_BATCH, orderOf, stopCommand } from './children/children.ts'
import { resolveCommand } from './children/take-children.ts'
import type { RunCommand } from './commands.ts'
import type { TransitionContext } from './context.ts'
import { indexOf } from './derived.ts'
import { type Draft, openDraft } from './draft.ts'
import { frameFor } from './frame.ts'
import { OWN_QUEUE } from './give-back.ts'
import { acquireCommand, waitingCommand } from './placement/room.ts'
import type { RunState, TimerRecord } from './state.ts'

/** Deliveries that only the sender knows of; kept in memory, since repeating them is harmless. */
export interface Delivered {
  /** `head.tell` that the Dag has acknowledged. */
  told: number
  /** Hold number of the slot whose release was acknowledged. */
  released: number | null
  /** The request for a place in the queue that was taken there: its time. */
  askedSlot: number | null
  /** Children that are known to live (`id#attempt`), and those that are known to have heard of their stop. */
  started: ReadonlySet<string>
  stopped: ReadonlySet<string>
  /** Hosts that have heard of the end (`runner#attempt`): one that the run has left would keep its account of it. */
  ended: ReadonlySet<string>
  /** Orders to children that are on their way: the next batch waits for them, so that nothing else has to wait for all. */
  sending: ReadonlySet<string>
}

export const NOTHING_DELIVERED: Delivered = {
  told: 0,
  released: null,
  askedSlot: null,
  started: new Set(),
  stopped: new Set(),
  ended: new Set(),
  sending: new Set(),
}

/** How a host is known among those that have heard of the end. */
export const endKey = (runnerId: string, { attempt }: Pick<RunState['head'], 'attempt'>): string =>
  `${runnerId}#${attempt}`

/** How a child's order is known among what was delivered. */
export const orderKey = ({ id, attempt }: { id: string; attempt: number }): string => `${id}#${attempt}`

/** While anything is unacknowledged an alarm is due within this. */
export const DELIVERY_MS = 5000

/** Commands that are owed. Timers are not among them: see dueTimer. */
export function pending(
  state: RunState,
  dag: Dag,
  ctx: TransitionContext,
  delivered: Delivered = NOTHING_DELIVERED,
): RunCommand[] {
  const { head } = state
  const commands: RunCommand[] = []
  let opened: Draft | undefined
  // A run that is over and has said so needs none.
  const draft = (): Draft => {
    opened ??= openDraft(state, dag, ctx)
    return opened
  }
  if (head.phase !== 'ended') {
    for (const runner of head.runners) {
      const frame = frameFor(draft(), runner.id)
      if (frame) commands.push({ type: 'send', runnerId: runner.id, frame: { ...frame, rev: head.seq } })
    }
    const waits = head.asked > 0 ? acquireCommand(head, dag) : waitingCommand(draft())
    if (waits) commands.push(waits)
  }
  for (const { id } of untold(state, delivered)) {
    const frame = frameFor(draft(), id)
    if (frame) commands.push({ type: 'send', runnerId: id, frame: { ...frame, rev: head.seq } })
  }
  if (isSlotOwed(state, delivered)) commands.push({ type: 'acquire_slot', ...head.slotWanted! })
  if (isReleaseOwed(state, delivered)) commands.push({ type: 'release_slot', ...head.released! })
  if (head.tell > delivered.told) commands.push({ type: 'tell_dag' })
  commands.push(...owedToChildren(state, dag, delivered))
  const { activeChildren, openLogs } = indexOf(state, dag)
  if (head.phase === 'ended' && activeChildren === 0 && hasArrived(head, dag, openLogs)) commands.push({ type: 'pack' })
  return commands
}

/** Orders for children that are not known to have arrived, a batch of them. */
function owedToChildren(state: RunState, dag: Dag, delivered: Delivered): RunCommand[] {
  const commands: RunCommand[] = []
  for (const step of indexOf(state, dag).openCalls) {
    const call = state.calls.get(step)
    if (call?.phase === 'resolving') commands.push(resolveCommand(call))
    if (call?.phase !== 'running' && call?.phase !== 'stopping') continue
    for (const child of livingChildren(state, call)) {
      if (commands.length >= CHILD_BATCH) return commands
      const key = orderKey(child)
      if (delivered.sending.has(key)) continue
      if (call.phase === 'running' && !delivered.started.has(key))
        commands.push({ type: 'start_child', child: orderOf(call, child) })
      if (call.phase === 'stopping' && !delivered.stopped.has(key)) commands.push(stopCommand(state.head, call, child))
    }
  }
  return commands
}

/** Is this attempt of a child still going on, as far as the parent knows? */
export function isLiving(state: RunState, dag: Dag, { id, attempt }: { id: string; attempt: number }): boolean {
  const key = indexOf(state, dag).childKeys.get(id)
  const child = key === undefined ? undefined : state.children.get(key)
  return child !== undefined && child.attempt === attempt && !isOver(child)
}

/** Children of a call that were started and are not over; O(started). */
export function* livingChildren(state: RunState, call: CallRecord): Generator<ChildRecord> {
  if (call.active === 0) return
  for (let index = 0; index < call.next; index += 1) {
    const child = state.children.get(childKey(call.step, call.round, index))
    if (child && !isOver(child)) yield child
  }
}

/** The next batch of children goes out when the one before has arrived. */
const isHeldBack = ({ kind }: TimerRecord, { sending }: Delivered): boolean => kind === 'children' && sending.size > 0

/** A timer that is due, if any: to be given to transition() as `{ type: 'timer' }` until none is. */
export function dueTimer(state: RunState, now: number, delivered: Delivered = NOTHING_DELIVERED): TimerRecord | null {
  for (const timer of state.timers.values()) if (timer.due <= now && !isHeldBack(timer, delivered)) return timer
  return null
}

/** When the run wants an alarm: its earliest timer, or soon while something is owed; null: never. O(timers and owed). */
export function nextDue(
  state: RunState,
  dag: Dag,
  now: number,
  delivered: Delivered = NOTHING_DELIVERED,
): number | null {
  let due: number | null = owes(state, dag, delivered) ? now + DELIVERY_MS : null
  for (const timer of state.timers.values()) {
    if ((due === null || timer.due < due) && !isHeldBack(timer, delivered)) due = timer.due
  }
  return due
}

/** A request that the queue has taken is its own to answer. The own Dag hears of it with the run's line. */
const isSlotOwed = ({ head: { slotWanted } }: RunState, { askedSlot }: Delivered): boolean =>
  slotWanted != null && slotWanted.queue !== OWN_QUEUE && slotWanted.since !== askedSlot

const isReleaseOwed = ({ head: { released } }: RunState, delivered: Delivered): boolean =>
  released !== null && released.queue !== OWN_QUEUE && released.hold !== delivered.released

/** Hosts that have not heard of the end. */
const untold = ({ head }: RunState, delivered: Delivered) =>
  head.phase === 'ended' ? head.runners.filter(({ id }) => !delivered.ended.has(endKey(id, head))) : []

function owes(state: RunState, dag: Dag, delivered: Delivered): boolean {
  const { head } = state
  if (head.tell > delivered.told || isReleaseOwed(state, delivered)) return true
  const { activeChildren, stoppingChildren, openCalls } = indexOf(state, dag)
  if (activeChildren > delivered.started.size && activeChildren > stoppingChildren) return true
  if (stoppingChildren > delivered.stopped.size) return true
  for (const step of openCalls) if (state.calls.get(step)?.phase === 'resolving') return true
  if (head.phase === 'ended') return untold(state, delivered).length > 0
  if (isSlotOwed(state, delivered)) return true
  return (
    head.asked > 0 ||
    !!head.rewind ||
    (head.stop !== null && !head.stop.answered) ||
    indexOf(state, dag).unseen.size > 0
  )
}
