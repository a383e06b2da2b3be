// The documents that steps call: a kid, which may wait for a person and may call a grandkid.
import type { Random } from '../sim/random.ts'
import { type Json, makeApproval, makeCall } from './steps.ts'
import { ZONES } from './zones.ts'

export interface KidOptions {
  hasApproval: boolean
  /** Name of the document that a step of it calls. */
  calls: string | null
}

export function makeKid(random: Random, { hasApproval, calls }: KidOptions): Json {
  const kid = makeDocument(random, 'kid', 1 + random.int(3))
  const steps = kid.steps as Json[]
  if (hasApproval) makeApproval(random, steps)
  if (calls === null) return kid
  const step: Json = { name: 'deep' }
  makeCall(random, step, calls, 2)
  if (random.chance(0.25)) step.retry_policy = { limit: 1, interval_sec: random.pick([0, 1]) }
  // An approval before the call, or behind it.
  steps.splice(random.int(steps.length + 1), 0, step)
  return kid
}

export const makeGrandkid = (random: Random): Json => makeDocument(random, 'grandkid', 1 + random.int(2))

function makeDocument(random: Random, name: string, count: number): Json {
  const isAtEdge = random.chance(0.12)
  const steps = Array.from({ length: count }, (_, i) => ({
    name: `k${i + 1}`,
    ...(isAtEdge ? { type: 'noop' } : { command: 'true' }),
    ...(random.chance(0.2) ? { retry_policy: { limit: 1, interval_sec: random.pick([0, 1]) } } : {}),
    ...(random.chance(0.15) ? { continue_on: { failure: true } } : {}),
  }))
  const selector = !isAtEdge && random.chance(0.1) ? { worker_selector: { zone: random.pick(ZONES) } } : {}
  const handlers = !isAtEdge && random.chance(0.3) ? { handler_on: { exit: { command: 'true' } } } : {}
  return { name, params: 'V=0', type: 'chain', steps, ...selector, ...handlers }
}
