// The one legal outcome of a run that nobody disturbed: what the same workflow with the same script comes to on a perfect host.

import type { RunState } from '@edgedag/core/run/state'
import type { RunStatus } from '@edgedag/core/run/status'
import { Cluster } from '@edgedag/core/run/testing/cluster'
import type { StepResult } from '@edgedag/core/run/testing/ideal-agent'
import type { Dag } from '@edgedag/core/spec/dag'
import { calledParams } from '../schedule/children.ts'
import { edgeResult } from '../schedule/edge-steps.ts'
import type { Act, StepScript } from '../schedule/script.ts'
import { childKey } from './children.ts'
import type { TrueRun } from './truth.ts'

/** Sentences about where the outcome differs. `children`: how those that it has called have ended. */
export function compareWithExpected(
  state: RunState,
  { dag, script, isAtEdge }: TrueRun,
  children: ReadonlyMap<string, string> = new Map(),
): string[] {
  const expected = expectedState(dag, isAtEdge ? edgeScript(dag) : script, children)
  if (expected === null) return []
  const wanted = outcomeOf(expected)
  const found = outcomeOf(state)
  return wanted === found ? [] : [`the outcome is ${found} instead of ${wanted}`]
}

/** null: the outcome hangs on time, or on whether an agent lives when a limit is reached. */
function expectedState(dag: Dag, script: StepScript, children: ReadonlyMap<string, string>): RunState | null {
  if (dag.timeoutSec > 0 || dag.steps.some(step => step.timeoutSec > 0)) return null
  // What people decide is theirs, and what a child comes to is looked at once: in its last attempt.
  if (dag.steps.some(step => step.approval || (step.call !== undefined && step.retryPolicy))) return null
  const conditions = script('', 0).unmet ? [{ condition: 'test -f x', met: false }] : []
  const cluster = new Cluster(dag, {
    script: (step, attempt) => resultOf(dag, step, script(step, attempt)),
    preparation: { conditions },
    checked: false,
    calls: (name, attempt) => {
      const step = dag.steps.find(each => each.name === name)
      const isSkipped = step !== undefined && step.preconditions.length > 0 && script(name, attempt).unmet
      if (step?.call === undefined || isSkipped) return undefined
      const { maxConcurrent } = step.parallel ?? {}
      const limit = maxConcurrent === undefined ? {} : { maxConcurrent }
      return { target: step.call, params: calledParams(step), parallel: step.parallel !== undefined, ...limit }
    },
    child: ({ step, params }) => ({ status: (children.get(childKey(step, params)) ?? 'aborted') as RunStatus }),
  })
  return cluster.accept().run().state ?? null
}

/** Steps at the edge do what is in their text. */
const edgeScript =
  (dag: Dag): StepScript =>
  name => {
    const step = dag.steps.find(each => each.name === name)
    const { skipped, exitCode } = step === undefined ? { skipped: false, exitCode: 0 } : edgeResult(step)
    return { ms: 1, exitCode, stubborn: false, unmet: skipped, bigLog: false, repeats: false }
  }

function resultOf(dag: Dag, name: string, act: Act): StepResult {
  const step = dag.steps.find(each => each.name === name)
  if (step !== undefined && step.preconditions.length > 0 && act.unmet) return { outcome: 'skipped', exitCode: 0 }
  const facts =
    step?.repeatPolicy?.condition === undefined
      ? {}
      : { facts: { repeatCondition: act.repeats ? ('met' as const) : ('unmet' as const) } }
  return { exitCode: act.exitCode, ...facts }
}

const WAITING: ReadonlySet<string> = new Set(['onWait', 'mailOnWait'])

function outcomeOf({ head, steps }: RunState): string {
  const names = [...steps.values()]
    // Whether it waited hangs on the runs that it has called, which are looked at by themselves.
    .filter(step => step.status !== 'not_started' && !WAITING.has(step.name))
    .map(({ name, status, attempt }) => `${name}:${status}#${attempt}`)
  return `${head.status} ${names.sort().join(' ')}`
}
