// Further looks at the history of a run, at the top or called: what hangs on the world around it.
import type { Stage } from '../world.ts'
import type { History } from './history.ts'
import type { Replayed } from './journal.ts'
import { leaks } from './profiles.ts'

export interface Looks {
  /** Before it is replayed. */
  stored(history: History): Iterable<string>
  replayed(runId: string, replayed: Replayed, history: History): Iterable<string>
}

export const NO_LOOKS: Looks = { stored: () => [], replayed: () => [] }

export const looksOf = ({ drains, profiles, plane }: Stage, hasProfile: boolean): Looks => ({
  stored: history => (hasProfile ? leaks(history) : []),
  *replayed(runId, { beganAt }, { entries }) {
    if (plane.hasJumped) return
    yield* drains.check(entries)
    if (hasProfile) yield* profiles.check(runId, beganAt)
  },
})
