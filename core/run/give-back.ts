// What a run tells and gives back when it comes to rest: its row at the Dag, its place in a queue.
import type { Draft } from './draft.ts'

/** The queue of a place that the run's own Dag has given: the Dag asks and answers by the run's line, and no Queue hears of it. */
export const OWN_QUEUE = ''

/** Gives the place in the queue back, if there is one. */
export function releaseSlot(d: Draft): void {
  const { slot } = d.head
  if (!slot) return
  d.head.released = slot
  d.head.slot = null
  giveBack(d, slot)
}

/** A Queue is told; the own Dag sees from the line that the run is at rest. */
export function giveBack(d: Draft, slot: { queue: string; hold: number }): void {
  if (slot.queue !== OWN_QUEUE) d.commands.push({ type: 'release_slot', ...slot })
}

/** The Dag's row of this run must follow. */
export function tellDag(d: Draft): void {
  d.head.tell = d.head.seq + 1
  if (!d.commands.some(command => command.type === 'tell_dag')) d.commands.push({ type: 'tell_dag' })
}
