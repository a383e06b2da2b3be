// Parameters of a start for the run scope: what the start brought is data; what is declared as `eval` is evaluated by need.
import type { Overrides } from '../params/overrides.ts'
import { type CheckedParams, checkOverrides, resolveParams } from '../params/resolve.ts'
import type { Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { Dag } from '../spec/dag.ts'
import type { ParamEntry } from './by-need.ts'

export interface ParamsInput {
  /** In order of declaration; positionals are named "1", "2", ... */
  entries: readonly ParamEntry[]
  /** Types, checks and prints the params once all `eval`s have been evaluated. */
  finish(
    evaluated: readonly { name: string; value: string | undefined }[],
  ): Result<FinalParams> | Promise<Result<FinalParams>>
}

export interface FinalParams {
  entries: { name: string; value: string }[]
  /** Text of DAG_PARAMS_JSON; absent where the run has no params. */
  json?: string
  /** Display string of the run. */
  display: string
}

/** Checks the parameters of a start against their declaration; problems refuse the run. */
export const paramsInput = (dag: Dag, overrides: Overrides): Result<ParamsInput> => {
  const checked = checkOverrides(dag.params, overrides)
  if (!checked.ok) return checked
  return ok({
    entries: paramEntries(dag, checked.value),
    async finish(evaluated) {
      const byName = new Map(evaluated.map(({ name, value }) => [name, value]))
      const final = await resolveParams(dag.params, overrides, ({ name = '' }) => {
        const value = byName.get(name)
        return value === undefined ? err('it gave no value') : ok(value)
      })
      if (!final.ok) return final
      const { values, display, paramsJson } = final.value
      return ok({ entries: values, display, ...(paramsJson === undefined ? {} : { json: paramsJson }) })
    },
  })
}

const paramEntries = ({ params: { defs } }: Dag, { values, pending }: CheckedParams): ParamEntry[] => {
  const evaluated = defs.flatMap(({ name, eval: text, default: fallback }): ParamEntry[] => {
    if (name === undefined || text === undefined || !pending.includes(name)) return []
    return [fallback === undefined ? { name, eval: text } : { name, eval: text, default: fallback }]
  })
  const order = new Map(defs.map(({ name }, index) => [name, index]))
  const place = ({ name }: ParamEntry): number => order.get(name) ?? defs.length
  return [...values.filter(({ name }) => !pending.includes(name)), ...evaluated].sort((a, b) => place(a) - place(b))
}
