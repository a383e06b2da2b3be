// What happens to the profile of a world, as plain data: new values, and times in which it is disabled.
import type { Random } from '../sim/random.ts'

export type ProfileChange = { at: number } & ({ kind: 'rotate' } | { kind: 'status'; status: 'active' | 'disabled' })

export const PROFILE = 'prod'
/** Begins each value of its secret, which nobody may find anywhere. */
export const SECRET_PREFIX = 'hush-'

const SPREAD_MS = 60_000

/** In the order in which they are made. It is active in the end. */
export function planChanges(random: Random): ProfileChange[] {
  const changes: ProfileChange[] = Array.from({ length: 2 + random.int(5) }, () => ({
    at: random.int(SPREAD_MS),
    kind: 'rotate',
  }))
  if (random.chance(0.4)) {
    const at = random.int(SPREAD_MS)
    changes.push({ at, kind: 'status', status: 'disabled' })
    changes.push({ at: at + 500 + random.int(15_000), kind: 'status', status: 'active' })
  }
  return changes.sort((a, b) => a.at - b.at)
}
