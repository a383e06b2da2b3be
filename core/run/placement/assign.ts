// Fleet's answers: room on a runner, or why there is none.
import type { Draft } from '../draft.ts'
import type { Assignment } from '../events.ts'
import { HOME } from './place.ts'

/** Takes granted room. Room for another place or on another runner than the run's own, or for a run that needs none, is given back. */
export function takeRoom(d: Draft, assignment: Assignment): void {
  const { head } = d
  // The run has moved since it asked for this; what it asks for now is still to come.
  if ((assignment.place ?? HOME) !== (head.place ?? HOME)) return giveBack(d, assignment)
  head.asked = 0
  head.waitingRoom = false
  const elsewhere = head.runnerId !== null && head.runnerId !== assignment.runnerId
  if (head.phase === 'delay' || head.phase === 'ended' || head.status === 'waiting' || elsewhere) {
    return giveBack(d, assignment)
  }
  head.runnerId = assignment.runnerId
  head.hostname = assignment.hostname
  head.room += assignment.room
  head.reason = null
  if (!head.runners.some(runner => runner.id === assignment.runnerId)) {
    head.runners = [...head.runners, { id: assignment.runnerId, hostname: assignment.hostname, seq: 0, heard: 0 }]
  }
}

const giveBack = (d: Draft, { room, runnerId }: Assignment): void =>
  void d.commands.push({ type: 'release_room', count: room, runnerId })

/**
 * No room now: Fleet keeps a waiting row and comes back with `assigned`. The answer may come after that: then nothing is asked
 * for any more, and it is void.
 */
export function noRoom(d: Draft, reason: string): void {
  if (d.head.phase === 'ended' || (d.head.asked === 0 && !d.head.waitingRoom)) return
  d.head.asked = 0
  d.head.waitingRoom = true
  d.head.reason = reason
}
