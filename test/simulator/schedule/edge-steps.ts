// Random steps that need no host, so that their run is executed at the edge. What they do is in their text, not in a script.
import type { Step } from '@edgedag/core/spec/dag'
import { OUTSIDE } from '../sim/outside.ts'
import type { Random } from '../sim/random.ts'
import { type Json, makeContinueOn, makeDepends, stepName } from './steps.ts'

const HANDLERS = ['success', 'failure', 'exit'] as const

export function makeEdgeSteps(random: Random, isChain: boolean): Json[] {
  return Array.from({ length: 1 + random.int(6) }, (_, i) => makeEdgeStep(random, i, isChain))
}

function makeEdgeStep(random: Random, index: number, isChain: boolean): Json {
  const step: Json = { name: stepName(index), ...makeWork(random) }
  const depends = isChain ? [] : makeDepends(random, index)
  if (depends.length > 0) step.depends = depends
  if (random.chance(0.15)) step.retry_policy = { limit: 1 + random.int(2), interval_sec: random.pick([0, 1, 12]) }
  else if (random.chance(0.1)) step.repeat_policy = { repeat: true, limit: 2 + random.int(3), interval_sec: 1 }
  if (random.chance(0.2)) step.continue_on = makeContinueOn(random)
  if (random.chance(0.1)) step.preconditions = [{ condition: 'a', expected: random.pick(['a', 'b']) }]
  return step
}

/** A log without a message fails, each time. */
function makeWork(random: Random): Json {
  const type = random.weighted({ noop: 4, log: 4, post: 5, get: 1, failing: 1 })
  if (type === 'noop') return { type }
  if (type === 'post' || type === 'get') return { type: 'http', config: requestOf(type) }
  return type === 'log' ? { type, config: { message: 'hi' } } : { type: 'log' }
}

/** Its name is the step's, and the run's before it. */
const requestOf = (method: 'post' | 'get'): Json => ({
  method: method.toUpperCase(),
  url: `${OUTSIDE}${'$'}{DAG_RUN_ID}/${'$'}{DAG_RUN_STEP_NAME}`,
  timeout: 0,
})

/** The step changes something outside, and must not be done twice. */
export const hasEffect = ({ type, config }: Step): boolean =>
  type === 'http' && (config as Json | undefined)?.method === 'POST'

export function makeEdgeHandlers(random: Random): Json | null {
  const kinds = HANDLERS.filter(() => random.chance(0.18))
  return kinds.length === 0 ? null : Object.fromEntries(kinds.map(kind => [kind, { type: 'noop' }]))
}

/** What comes of an attempt of such a step. */
export function edgeResult({ type, config, preconditions }: Step): { skipped: boolean; exitCode: number } {
  const skipped = preconditions.some(({ condition, expected }) => condition !== expected)
  const fails = type === 'log' && (config as Json | undefined)?.message === undefined
  return { skipped, exitCode: !skipped && fails ? 1 : 0 }
}
