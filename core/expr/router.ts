// What a router decides: its value, and which routes match it. Every matching route is taken (semantics 17); the targets' own
// conditions, made from the routes when the DAG was read, do the choosing.
import { ok, type Problem, type Result } from '../result.ts'
import type { Step } from '../spec/dag.ts'
import { type ExpandContext, expandField, PLACES } from './expand.ts'
import { expectedTest } from './pattern.ts'

export interface RouterDecision {
  value: string
  routes: { pattern: string; targets: string[]; matches: boolean }[]
}

/** Evaluates the value as the targets' conditions do: line by line, each pattern exact or behind `re:`. */
export const evaluateRouter = async (
  router: NonNullable<Step['router']>,
  context: ExpandContext,
): Promise<Result<RouterDecision, Problem>> => {
  const value = await expandField(router.value, PLACES.expected, context)
  if (!value.ok) return value
  const lines = value.value.split(/\r?\n/)
  const routes: RouterDecision['routes'] = []
  for (const { pattern, targets } of router.routes) {
    const test = expectedTest(pattern)
    if (!test.ok) return test
    routes.push({ pattern, targets, matches: lines.some(test.value) })
  }
  return ok({ value: value.value, routes })
}

/** The router's log: value, routes, and what is taken. */
export const routerText = ({ value, routes }: RouterDecision): string => {
  const lines = routes.map(
    ({ pattern, targets, matches }) =>
      `${matches ? '->' : '  '} ${pattern}: ${targets.join(', ')}${matches ? '' : ' (no match)'}`,
  )
  const none = routes.some(route => route.matches) ? [] : ['no route matches: no target runs']
  return `${[`value: ${value}`, ...lines, ...none].join('\n')}\n`
}
