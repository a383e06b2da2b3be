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

export function makeDag(random: Random, fileName: string, queues: readonly string[]): DagText {
  const isChain = random.chance(0.35)
  const count = 1 + random.int(isChain ? 10 : 12)
  const names = Array.from({ length: count }, (_, i) => `s${i + 1}`)
  const steps = names.map((name, i) => makeStep(random, name, isChain ? [] : names.slice(0, i)))
  const queue = queues.length > 0 && random.chance(0.4) ? random.pick(queues) : null
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
  return { fileName, spec: JSON.stringify(dag), queue, hasTimeout }
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

function makeRepeat(random: Random): Json {
  const until = random.chance(0.3)
    ? { repeat: 'until', condition: 'test -f y' }
    : random.chance(0.5)
      ? { repeat: 'while', exit_code: [0] }
      : { repeat: true }
  return { ...until, limit: 2 + random.int(3), interval_sec: random.pick([0, 1, 4]) }
}
