// Numbers of retry and repeat policies that are written as text: evaluated when the step starts (semantics 6.3, 12).

import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { NumberOrExpression, Step } from '../spec/dag.ts'
import { type ExpandContext, expandField, PLACES } from './expand.ts'
import { exprProblem } from './problems.ts'

export interface PolicyNumbers {
  retryLimit?: number
  retryIntervalSec?: number
  repeatLimit?: number
  repeatIntervalSec?: number
  repeatMaxIntervalSec?: number
}

type Written = [key: keyof PolicyNumbers, field: string, value: NumberOrExpression | undefined]

const numbersOf = ({ retryPolicy, repeatPolicy }: Step): Written[] => [
  ['retryLimit', 'retry_policy.limit', retryPolicy?.limit],
  ['retryIntervalSec', 'retry_policy.interval_sec', retryPolicy?.intervalSec],
  ['repeatLimit', 'repeat_policy.limit', repeatPolicy?.limit],
  ['repeatIntervalSec', 'repeat_policy.interval_sec', repeatPolicy?.intervalSec],
  ['repeatMaxIntervalSec', 'repeat_policy.max_interval_sec', repeatPolicy?.maxIntervalSec],
]

/** The numbers of both policies, as far as the step has them. */
export const policyNumbers = async (
  step: Step,
  context: (field: string) => ExpandContext,
): Promise<Result<PolicyNumbers, Problem>> => {
  const numbers: PolicyNumbers = {}
  for (const [key, field, written] of numbersOf(step)) {
    if (written === undefined) continue
    const number = typeof written === 'number' ? ok(written) : await evaluate(written, context(field))
    if (!number.ok) return number
    numbers[key] = number.value
  }
  return ok(numbers)
}

const evaluate = async (text: string, context: ExpandContext): Promise<Result<number, Problem>> => {
  const expanded = await expandField(text, PLACES.policy, context)
  if (!expanded.ok) return expanded
  const trimmed = expanded.value.trim()
  if (/^\d{1,9}(\.\d+)?$/.test(trimmed)) return ok(Number(trimmed))
  const message = `${context.field} must be a number, "${text}" is "${trimmed}"`
  return err(exprProblem('expr.not_a_number', message, context.field))
}

/** The numbers that the YAML gives as text, as facts for the Run: it knows the others. */
export const writtenNumbers = (step: Step, numbers: PolicyNumbers): PolicyNumbers => {
  const facts: PolicyNumbers = {}
  for (const [key, , value] of numbersOf(step)) {
    const number = numbers[key]
    if (typeof value === 'string' && number !== undefined) facts[key] = number
  }
  return facts
}
