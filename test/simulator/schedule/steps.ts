// Random steps that run as processes on hosts, and what hangs on steps of any kind.
import type { Random } from '../sim/random.ts'

export type Json = Record<string, unknown>

const HANDLERS = ['init', 'success', 'failure', 'abort', 'exit'] as const

export const stepName = (index: number): string => `s${index + 1}`

/** Names of earlier steps that the one at `index` depends on. */
export function makeDepends(random: Random, index: number): string[] {
  return Array.from({ length: index }, (_, i) => stepName(i)).filter((_, i) =>
    random.chance(i >= index - 3 ? 0.4 : 0.05),
  )
}

/** The step at `index`. In a chain each depends on the one before. */
export function makeStep(random: Random, index: number, isChain: boolean): Json {
  const step: Json = { name: stepName(index), command: 'true' }
  const depends = isChain ? [] : makeDepends(random, index)
  if (depends.length > 0) step.depends = depends
  if (random.chance(0.25)) step.retry_policy = { limit: 1 + random.int(2), interval_sec: random.pick([0, 0, 1, 3, 20]) }
  else if (random.chance(0.08)) step.repeat_policy = makeRepeat(random)
  if (random.chance(0.2)) step.continue_on = makeContinueOn(random)
  if (random.chance(0.08)) step.preconditions = [{ condition: 'test -f x' }]
  if (random.chance(0.06)) step.timeout_sec = 2
  if (random.chance(0.08)) step.on_lost = 'retry_now'
  return step
}

export const makeContinueOn = (random: Random): Json => ({
  failure: true,
  ...(random.chance(0.3) ? { mark_success: true } : {}),
  ...(random.chance(0.5) ? { skipped: true } : {}),
})

/** Makes the step call another DAG, once or for each of some items. */
export function makeCall(random: Random, step: Json, target: string, maxItems = 4): void {
  for (const key of ['command', 'type', 'config', 'repeat_policy']) delete step[key]
  step.call = target
  step.params = 'V=1'
  if (random.chance(0.5)) return
  step.params = `V=${'$'}{ITEM}`
  const items = ['1', '2', '3', '4'].slice(0, 2 + random.int(maxItems - 1))
  step.parallel = { items, ...(random.chance(0.5) ? { max_concurrent: 1 + random.int(2) } : {}) }
}

/** A person has to look at what a step has done. */
export function makeApproval(random: Random, steps: Json[]): void {
  const at = random.int(steps.length)
  const step = steps[at]!
  if (step.call !== undefined || step.repeat_policy !== undefined) return
  const depends = (step.depends as string[] | undefined) ?? []
  step.approval = {
    prompt: 'ok?',
    ...(depends.length > 0 && random.chance(0.5) ? { rewind_to: random.pick(depends) } : {}),
  }
}

function makeRepeat(random: Random): Json {
  const until = random.chance(0.3)
    ? { repeat: 'until', condition: 'test -f y' }
    : random.chance(0.5)
      ? { repeat: 'while', exit_code: [0] }
      : { repeat: true }
  return { ...until, limit: 2 + random.int(3), interval_sec: random.pick([0, 1, 4]) }
}

/** Null: the DAG has none. */
export function makeHandlers(random: Random, chance: number): Json | null {
  const handlers = HANDLERS.filter(() => random.chance(chance))
  if (handlers.length === 0) return null
  return Object.fromEntries(
    handlers.map(kind => [
      kind,
      { command: 'true', ...(random.chance(0.2) ? { retry_policy: { limit: 1, interval_sec: 0 } } : {}) },
    ]),
  )
}
