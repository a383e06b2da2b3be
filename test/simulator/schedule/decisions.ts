// What people decide about steps that wait, as a function of the run's seed alone.
import type { Decision } from '@edgedag/core/run/events'
import { hashText, Random } from '../sim/random.ts'

/** Push-backs that somebody gives a step at most, so that every run ends. */
export const MAX_PUSH_BACKS = 2

/** The `n`th decision about a step of the run. */
export function decisionOf(scriptSeed: string, step: string, n: number): Decision {
  const chance = new Random(hashText(`${scriptSeed}/${step}/decision/${n}`)).next()
  if (chance < 0.25 && n < MAX_PUSH_BACKS) return { decision: 'push_back', inputs: {} }
  return chance < 0.35 ? { decision: 'reject', reason: 'no' } : { decision: 'approve', inputs: {} }
}
