// Declared parameters and a start's own -> the values of a run. Twice: once when a start is accepted (without evaluating anything),
// once on the host, where `eval` is filled in. Overrides and literal defaults are data: nothing in them is ever evaluated.

import { err, ok, type Problem, type Result } from '../result.ts'
import type { Dag, ParamDef, ParamsSpec } from '../spec/dag.ts'
import { parseJson } from '../spec/json.ts'
import { type Given, isEmptyOverrides, type Overrides, readOverrides, UNCHECKED_NAMES } from './overrides.ts'
import { schemaErrors } from './schema.ts'
import { quoteValue } from './tokens.ts'
import { coerce, valueText, violation } from './values.ts'

export interface ResolvedParam {
  /** `"1"`, `"2"`, ... for positional ones. */
  name: string
  value: string
}

export interface ResolvedParams {
  /** In order of declaration, then what the start brought beside it. */
  values: ResolvedParam[]
  /** `A=x B=two words`, unquoted, as runs show it. */
  display: string
  /** `["A=x", "B=two words"]` */
  paramsList: string[]
  /** Text of DAG_PARAMS_JSON; absent: unset. */
  paramsJson?: string
}

export interface CheckedParams extends ResolvedParams {
  /** Names whose `eval` is still to be done on the host; their literal default, where there is one, stands in `values`. */
  pending: string[]
}

/** Evaluates a definition's `eval`; `before` holds the parameters above it. The error is a sentence. */
export type Evaluate = (
  def: ParamDef,
  before: readonly ResolvedParam[],
) => Result<string, string> | Promise<Result<string, string>>

type Step = Generator<
  { def: ParamDef; before: readonly ResolvedParam[] },
  Result<ResolvedParams>,
  Result<string, string> | 'pending'
>

/** At accept: names, counts, types, constraints and schema of everything that is known without evaluating. */
export function checkOverrides(spec: ParamsSpec, overrides: Overrides): Result<CheckedParams> {
  const pending: string[] = []
  const steps = resolution(spec, readOverrides(overrides))
  let at = steps.next()
  while (!at.done) {
    pending.push(at.value.def.name ?? '')
    at = steps.next('pending')
  }
  return at.value.ok ? ok({ ...at.value.value, pending }) : at.value
}

/** checkOverrides for a start of a DAG by a person or a program: `run_config.disable_param_edit` refuses any parameter. */
export function checkStartParams(dag: Dag, overrides: Overrides): Result<CheckedParams> {
  if (dag.runConfig.disableParamEdit && !isEmptyOverrides(overrides)) {
    return err([
      problem(
        'params.locked',
        'parameters cannot be changed: editing params is disabled by run_config.disable_param_edit',
      ),
    ])
  }
  return checkOverrides(dag.params, overrides)
}

/** On the host: final values. Without `evaluate` an `eval` falls back to its default, or fails. */
export async function resolveParams(
  spec: ParamsSpec,
  overrides: Overrides,
  evaluate?: Evaluate,
): Promise<Result<ResolvedParams>> {
  const steps = resolution(spec, readOverrides(overrides))
  let at = steps.next()
  while (!at.done) {
    const { def, before } = at.value
    at = steps.next(evaluate ? await evaluate(def, before) : err('nothing can be evaluated here'))
  }
  return at.value
}

const problem = (code: string, message: string, hint?: string): Problem => ({
  code,
  message,
  path: 'params',
  ...(hint ? { hint } : {}),
})

/** Asks for each `eval` in order and ends with the result; `pending` leaves one out. */
function* resolution(spec: ParamsSpec, given: Given): Step {
  const refused = refusals(spec, given)
  if (refused.length > 0) return err(refused)
  const values: ResolvedParam[] = []
  const typed: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const problems: Problem[] = []
  for (const { def, name, override } of matched(spec, given)) {
    let text = override ? valueText(override.value) : undefined
    const evaluated = text === undefined && def.eval !== undefined ? yield { def, before: values } : undefined
    if (evaluated !== undefined && evaluated !== 'pending' && evaluated.ok) text = evaluated.value
    text ??= def.default
    if (text === undefined) {
      const missing = absence(def, name, evaluated)
      if (missing) problems.push(missing)
      continue
    }
    const value = checked(spec, def, text, override?.value)
    if (!value.ok) problems.push(problem('params.invalid', `parameter validation failed: ${value.error}`))
    else {
      values.push({ name, value: valueText(value.value) })
      typed[name] = forSchema(value.value)
    }
  }
  if (spec.mode === 'schema' && problems.length === 0) problems.push(...schemaProblems(spec, typed))
  if (problems.length > 0) return err(problems)
  addUndeclared(spec, given, values)
  return ok(present(values, given))
}

/** Each definition with the start's value for it: by name, else by position (rich definitions count all, others the unnamed). */
function matched(
  spec: ParamsSpec,
  given: Given,
): { def: ParamDef; name: string; override: { value: unknown } | undefined }[] {
  let unnamed = 0
  return spec.defs.map((def, index) => {
    const name = def.name ?? String(++unnamed)
    const position = spec.mode === 'rich' ? index : def.name === undefined ? unnamed - 1 : -1
    const isNamed = def.name !== undefined && given.named.has(def.name)
    return { def, name, override: isNamed ? { value: given.named.get(name) } : positionOf(given, position) }
  })
}

/** Why a parameter without a value is a problem; nothing where it may stay unset, or is still to be evaluated. */
function absence(
  def: ParamDef,
  name: string,
  evaluated: Result<string, string> | 'pending' | undefined,
): Problem | undefined {
  const quoted = JSON.stringify(name)
  if (evaluated === 'pending') return undefined
  if (evaluated !== undefined && !evaluated.ok) {
    return problem(
      'params.eval_failed',
      `parameter ${quoted}: its eval failed and it has no default: ${evaluated.error}`,
    )
  }
  return def.required
    ? problem('params.required', `parameter validation failed: parameter ${quoted} is required`)
    : undefined
}

const positionOf = (given: Given, position: number): { value: unknown } | undefined =>
  position >= 0 && position < given.positional.length ? { value: given.positional[position] } : undefined

function checked(spec: ParamsSpec, def: ParamDef, text: string, override: unknown): Result<unknown, string> {
  // A property without a type takes a JSON start's value as it is.
  if (spec.mode === 'schema' && def.type === undefined && override !== undefined) return ok(override)
  const value = coerce(def, text)
  if (!value.ok || spec.mode === 'schema') return value
  const broken = violation(def, value.value)
  return broken === undefined ? value : err(broken)
}

/** Large integers as plain numbers, which schemas know. */
function forSchema(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'object' ? parseJson(valueText(value)) : value
}

function schemaProblems(spec: ParamsSpec, typed: Record<string, unknown>): Problem[] {
  if (typeof spec.schema === 'string') {
    const hint = 'push the DAG together with the file'
    return [
      problem(
        'params.schema_unavailable',
        `params.schema: the schema file ${JSON.stringify(spec.schema)} is not there`,
        hint,
      ),
    ]
  }
  return schemaErrors(spec.schema, typed).map(text => problem('params.invalid', `parameter validation failed: ${text}`))
}

/** What can be said without looking at a value: unknown names, too many positional values. */
function refusals(spec: ParamsSpec, given: Given): Problem[] {
  const problems: Problem[] = []
  const names = spec.defs.flatMap(def => def.name ?? [])
  const known = new Set(names)
  const unknown = [...given.named.keys()].filter(name => !known.has(name) && !UNCHECKED_NAMES.has(name))
  const isOpen = spec.mode === 'schema' ? acceptsMore(spec.schema) : names.length === 0
  if (unknown.length > 0 && !isOpen) {
    const accepted = names.length === 0 ? 'none' : names.join(', ')
    problems.push(
      problem(
        'params.unknown',
        `unknown parameter(s): ${unknown.map(name => JSON.stringify(name)).join(', ')}; accepted parameters are: ${accepted}`,
      ),
    )
  }
  if (spec.mode === 'schema' && given.positional.length > 0) {
    problems.push(
      problem(
        'params.positional',
        'positional parameters are not accepted: the parameters are declared by a schema',
        'give them as NAME=value',
      ),
    )
  } else if (spec.defs.length > 0 && given.positional.length > spec.defs.length) {
    const message = `too many positional params: at most ${spec.defs.length} expected, got ${given.positional.length}`
    problems.push(problem('params.too_many_positional', message, 'quote a value that holds blanks'))
  }
  return problems
}

/** A schema without properties declares no names; one that allows additional ones by saying so is open. */
function acceptsMore(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return true
  if (!('properties' in schema)) return true
  return 'additionalProperties' in schema && schema.additionalProperties !== false
}

function addUndeclared(spec: ParamsSpec, given: Given, values: ResolvedParam[]): void {
  const declared = new Set(values.map(param => param.name).concat(spec.defs.flatMap(def => def.name ?? [])))
  for (const [name, value] of given.named) if (!declared.has(name)) values.push({ name, value: valueText(value) })
  if (spec.mode === 'rich') return
  for (const [i, value] of given.positional.entries())
    if (!declared.has(String(i + 1))) values.push({ name: String(i + 1), value })
}

function present(values: ResolvedParam[], given: Given): ResolvedParams {
  const paramsList = values.map(param => `${param.name}=${param.value}`)
  const declared = values.filter(param => !UNCHECKED_NAMES.has(param.name))
  const json = given.rawJson ?? (declared.length === 0 ? undefined : sortedJson(declared))
  return { values, paramsList, display: paramsList.join(' '), ...(json === undefined ? {} : { paramsJson: json }) }
}

/** One JSON object of texts, its keys in order of their names, as in the reference. */
function sortedJson(values: readonly ResolvedParam[]): string {
  const byName = new Map(values.map(({ name, value }) => [name, value]))
  const names = [...byName.keys()].sort()
  return `{${names.map(name => `${JSON.stringify(name)}:${JSON.stringify(byName.get(name))}`).join(',')}}`
}

/** `WHO="world"`: a DAG's defaults, or the reference to a child run, quoted. */
export function quotedParams(params: readonly { name?: string; value: string }[]): string {
  return params
    .map(({ name, value }) => (name === undefined ? quoteValue(value) : `${name}=${quoteValue(value)}`))
    .join(' ')
}
