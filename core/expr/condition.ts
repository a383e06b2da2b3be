// Preconditions and repeat conditions (semantics 8): every one is evaluated, and each says why it did not hold.
import type { Condition } from '../spec/dag.ts'
import { type ExpandContext, expandField, PLACES } from './expand.ts'
import { expectedTest } from './pattern.ts'
import type { ShellResult } from './ports.ts'
import { needsRunner } from './problems.ts'

/** Result of one condition; also what travels in frames and what REST shows. */
export interface ConditionOutcome {
  condition: string
  expected?: string
  met: boolean
  /** Why it was not met or could not be evaluated; on a met one, that another was not. */
  error?: string
}

export interface ConditionsOutcome {
  /** All hold. */
  met: boolean
  /** At least one could not be evaluated. */
  failed: boolean
  results: ConditionOutcome[]
}

export interface ConditionContext {
  expand: ExpandContext
  /** Runs a condition that is a command; references in it are resolved by the callee. Absent at the edge. */
  runCommand?: (command: string) => Promise<ShellResult>
}

/** Evaluates all conditions, in order; an empty list is met. */
export const evaluateConditions = async (
  conditions: readonly Condition[],
  context: ConditionContext,
): Promise<ConditionsOutcome> => {
  const results: (ConditionOutcome & { failed: boolean })[] = []
  for (const condition of conditions) results.push(await evaluate(condition, context))
  const met = results.every(result => result.met)
  return {
    met,
    failed: results.some(result => result.failed),
    results: results.map(({ failed: _, ...result }) =>
      met || !result.met ? result : { ...result, error: 'this condition was met, but another one was not' },
    ),
  }
}

const evaluate = async (
  condition: Condition,
  context: ConditionContext,
): Promise<ConditionOutcome & { failed: boolean }> => {
  const { condition: text, expected, negate } = condition
  const base = expected === undefined ? { condition: text } : { condition: text, expected }
  const found = expected === undefined ? await runCondition(text, context) : await compare(text, expected, context)
  if ('problem' in found) return { ...base, met: false, failed: true, error: found.problem }
  const met = found.holds !== negate
  if (met) return { ...base, met, failed: false }
  const error = negate
    ? `condition was met, but negate is on: ${found.account}`
    : `condition was not met: ${found.account}`
  return { ...base, met, failed: false, error }
}

type Found = { holds: boolean; account: string } | { problem: string }

const shown = (text: string): string => JSON.stringify(text.length > 300 ? `${text.slice(0, 300)}…` : text)

const compare = async (text: string, expected: string, { expand }: ConditionContext): Promise<Found> => {
  const test = expectedTest(expected)
  if (!test.ok) return { problem: test.error.message }
  const actual = await expandField(text, PLACES.expected, expand)
  if (!actual.ok) return { problem: actual.error.message }
  const holds = actual.value.split(/\r?\n/).some(test.value)
  return { holds, account: `expected ${shown(expected)}, got ${shown(actual.value)}` }
}

const runCondition = async (command: string, { runCommand, expand }: ConditionContext): Promise<Found> => {
  if (runCommand === undefined) return { problem: needsRunner('a shell for a command condition', expand.field).message }
  const { code, stderr } = await runCommand(command)
  const detail = stderr.trim().split('\n').at(-1) ?? ''
  const account = `command ${shown(command)} exited with ${code}${detail === '' ? '' : ` (${detail.slice(0, 200)})`}`
  return { holds: code === 0, account }
}
