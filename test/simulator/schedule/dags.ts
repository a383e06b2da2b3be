// Random workflows as YAML texts (JSON is YAML), six steps on average: chains and graphs with everything that the engine decides about.
import type { Random } from '../sim/random.ts'

type Json = Record<string, unknown>

export interface DagText {
  fileName: string
  spec: string
  /** Name of the global queue that the DAG goes through; null: its own. */
  queue: string | null
  hasTimeout: boolean
}

const HANDLERS = ['init', 'success', 'failure', 'abort', 'exit'] as const

/** `queued`: chance that it goes through one of the queues. */
export function makeDag(random: Random, fileName: string, queues: readonly string[], queued: number): DagText {
  const isChain = random.chance(0.35)
  const count = 1 + random.int(isChain ? 10 : 12)
  const names = Array.from({ length: count }, (_, i) => `s${i + 1}`)
  const steps = names.map((name, i) => makeStep(random, name, isChain ? [] : names.slice(0, i)))
  // A DAG without any step of its own needs no host: the first one is always a process.
  const isParent = count > 1 && random.chance(0.25)
  if (isParent) for (const step of steps.slice(1)) if (random.chance(0.35)) makeCall(random, step)
  if (random.chance(0.12)) makeApproval(random, steps)
  const queue = queues.length > 0 && random.chance(queued) ? random.pick(queues) : null
  const hasTimeout = random.chance(0.08)
  const dag: Json = { name: fileName, type: isChain ? 'chain' : 'graph', steps }
  if (queue !== null) dag.queue = queue
  if (hasTimeout) dag.timeout_sec = 3 + random.int(10)
  if (!isChain && random.chance(0.3)) dag.max_active_steps = 1 + random.int(3)
  if (random.chance(0.08)) dag.delay_sec = 1 + random.int(5)
  const handlers = HANDLERS.filter(() => random.chance(0.18))
  if (handlers.length > 0) {
    dag.handler_on = Object.fromEntries(
      handlers.map(kind => [
        kind,
        { command: 'true', ...(random.chance(0.2) ? { retry_policy: { limit: 1, interval_sec: 0 } } : {}) },
      ]),
    )
  }
  const documents = isParent ? [dag, makeKid(random)] : [dag]
  return { fileName, spec: documents.map(each => JSON.stringify(each)).join('\n---\n'), queue, hasTimeout }
}

function makeStep(random: Random, name: string, earlier: readonly string[]): Json {
  const step: Json = { name, command: 'true' }
  const depends = earlier.filter((_, i) => random.chance(i >= earlier.length - 3 ? 0.4 : 0.05))
  if (depends.length > 0) step.depends = depends
  if (random.chance(0.25)) step.retry_policy = { limit: 1 + random.int(2), interval_sec: random.pick([0, 0, 1, 3, 20]) }
  else if (random.chance(0.08)) step.repeat_policy = makeRepeat(random)
  if (random.chance(0.2))
    step.continue_on = {
      failure: true,
      ...(random.chance(0.3) ? { mark_success: true } : {}),
      ...(random.chance(0.5) ? { skipped: true } : {}),
    }
  if (random.chance(0.08)) step.preconditions = [{ condition: 'test -f x' }]
  if (random.chance(0.06)) step.timeout_sec = 2
  if (random.chance(0.08)) step.on_lost = 'retry_now'
  return step
}

/** Calls the other document, once or for each of some items. */
function makeCall(random: Random, step: Json): void {
  delete step.command
  delete step.repeat_policy
  step.call = 'kid'
  step.params = 'V=1'
  if (random.chance(0.5)) return
  step.params = `V=${'$'}{ITEM}`
  const items = ['1', '2', '3', '4'].slice(0, 2 + random.int(3))
  step.parallel = { items, ...(random.chance(0.5) ? { max_concurrent: 1 + random.int(2) } : {}) }
}

function makeKid(random: Random): Json {
  const steps = Array.from({ length: 1 + random.int(3) }, (_, i) => ({
    name: `k${i + 1}`,
    command: 'true',
    ...(random.chance(0.2) ? { retry_policy: { limit: 1, interval_sec: random.pick([0, 1]) } } : {}),
    ...(random.chance(0.15) ? { continue_on: { failure: true } } : {}),
  }))
  const handlers = random.chance(0.3) ? { handler_on: { exit: { command: 'true' } } } : {}
  return { name: 'kid', params: 'V=0', type: 'chain', steps, ...handlers }
}

/** A person has to look at what a step has done. */
function makeApproval(random: Random, steps: Json[]): void {
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
