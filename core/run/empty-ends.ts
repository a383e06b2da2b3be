// Plans that a host ends without having done anything of them. Promise: what it did not do is not given to it at once, again and again.
import { type Draft, stepOrFresh } from './draft.ts'
import { EDGE_RUNNER } from './lane.ts'
import { pauseRoom } from './placement/room.ts'
import { isHalting } from './run-status.ts'
import type { PlanRecord } from './state.ts'

/** So many in a row are ordinary: a host has restarted, or has lost what it knew of the run. */
const ORDINARY = 3
const PAUSE_MAX_MS = 60_000

/** Nothing of the plan came to anything: no scope was prepared, no step was begun, skipped or published. */
export const isUntouched = (d: Draft, plan: PlanRecord): boolean =>
  plan.items.every(item => {
    if (item.kind === 'prepare') return d.head.preparedOn !== plan.runnerId
    const { attempt, result } = stepOrFresh(d, item.step)
    return result < item.attempt && (item.conclude !== undefined || attempt < item.attempt)
  })

/** After a plan has ended: its host is asked again later, and later each time, until it has done something. */
export function noteEnd(d: Draft, plan: PlanRecord, untouched: boolean): void {
  const { head } = d
  if (!untouched) {
    if (head.emptyEnds) head.emptyEnds = 0
    return
  }
  if (plan.runnerId === EDGE_RUNNER || isHalting(d) || head.rewind) return
  head.emptyEnds = (head.emptyEnds ?? 0) + 1
  if (head.emptyEnds <= ORDINARY) return
  const pauseMs = Math.min(1000 * 2 ** (head.emptyEnds - ORDINARY - 1), PAUSE_MAX_MS)
  const words = `ended ${head.emptyEnds} plans in a row without doing anything of them`
  pauseRoom(d, `host ${head.hostname} ${words}; it is asked again after ${pauseMs / 1000} s`, pauseMs)
}
