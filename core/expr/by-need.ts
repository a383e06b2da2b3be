// DAG env and params, evaluated by need (DESIGN.md 9): params' eval may use DAG env, DAG env may use params and its earlier
// entries; a circle is an error that names its members.

import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { EnvEntry } from '../spec/dag.ts'
import { type ExpandContext, expandField, PLACES } from './expand.ts'
import type { ShellPort } from './ports.ts'
import { exprProblem } from './problems.ts'
import { referencedNames } from './reference.ts'
import { substituteWith } from './substitution.ts'

/** A parameter with its value, or with the expression that gives it on the host. */
export type ParamEntry = { name: string; value: string } | { name: string; eval: string; default?: string }

export interface ByNeedInput {
  env: readonly EnvEntry[]
  params: readonly ParamEntry[]
  /** Weaker than env and params: the filtered host variables. Dotenv comes later, by widen(). */
  ambient: ReadonlyMap<string, string>
  /** Stronger than all: DAG_*. */
  protectedVars: ReadonlyMap<string, string>
  host: (name: string) => string | undefined
  shell?: ShellPort
}

export interface ByNeed {
  /**
   * Dotenv was found: its names are known from now on (those that the host has too stay the host's), and `cwd` is where
   * commands run. What was evaluated before without its names is evaluated again, everything else keeps its value. `weaker`
   * are surrounding names that dotenv hides.
   */
  widen(dotenv: readonly (readonly [string, string])[], cwd: string, weaker?: ReadonlyMap<string, string>): void
  /** Makes sure that all names in a text are evaluated, as far as they are defined. */
  require(text: string): Promise<Result<undefined, Problem>>
  params(): Promise<Result<{ name: string; value: string | undefined }[], Problem>>
  /** Replaces evaluated params by their final (typed, checked) values. */
  settleParams(values: readonly { name: string; value: string }[]): void
  env(): Promise<Result<{ name: string; value: string }[], Problem>>
  /** For texts that see everything evaluated so far. */
  context(field: string): ExpandContext
}

interface Cell {
  label: string
  text: string
  kind: 'env' | 'param'
  state: 'todo' | 'busy' | 'done'
  value?: string
  fallback?: string
}

/** Sight of an expression: entries of each list before these positions. */
interface Sight {
  env: number
  params: number
}

const EVERYTHING: Sight = { env: Number.POSITIVE_INFINITY, params: Number.POSITIVE_INFINITY }

/** An evaluator over the env and params of one run. Each expression is evaluated at most once. */
export const createByNeed = (input: ByNeedInput): ByNeed => {
  const surroundings: Surroundings = { ambient: new Map(input.ambient) }
  const env = input.env.map((entry, i) => cell('env', `env[${i}] (${entry.name})`, entry.value))
  const params = input.params.map(entry => paramCell(entry))
  const evaluate = createEvaluator(input, env, params, surroundings)
  return {
    widen(dotenv, cwd, weaker) {
      const added = dotenv.filter(([name]) => !surroundings.ambient.has(name) || weaker?.has(name))
      for (const [name, value] of added) surroundings.ambient.set(name, value)
      surroundings.cwd = cwd
      const cells = [
        ...env.map((at, i) => ({ at, name: input.env[i]!.name })),
        ...params.map((at, i) => ({ at, name: input.params[i]!.name })),
      ]
      forget(cells, new Set(added.map(([name]) => name)))
    },
    require: text => evaluate.ensure(text, EVERYTHING, []),
    context: field => evaluate.context(field, EVERYTHING),
    async params() {
      for (let i = 0; i < params.length; i++) {
        const done = await evaluate.param(i, [])
        if (!done.ok) return done
      }
      return ok(params.map(({ value }, i) => ({ name: input.params[i]!.name, value })))
    },
    settleParams(values) {
      const byName = new Map(values.map(({ name, value }) => [name, value]))
      params.forEach((at, i) => {
        const value = byName.get(input.params[i]!.name)
        if (value !== undefined) at.value = value
      })
    },
    async env() {
      for (let i = 0; i < env.length; i++) {
        const done = await evaluate.env(i, [])
        if (!done.ok) return done
      }
      return ok(env.map(({ value = '' }, i) => ({ name: input.env[i]!.name, value })))
    },
  }
}

interface Surroundings {
  ambient: Map<string, string>
  cwd?: string
}

/** Forgets what was evaluated without these names, and what was made from that. */
const forget = (cells: readonly { at: Cell; name: string }[], names: Set<string>): void => {
  let size: number
  do {
    size = names.size
    for (const { at, name } of cells) {
      if (at.state !== 'done' || ![...referencedNames(at.text)].some(used => names.has(used))) continue
      at.state = 'todo'
      delete at.value
      names.add(name)
    }
  } while (names.size > size)
}

const cell = (kind: Cell['kind'], label: string, text: string): Cell =>
  /[$`\\]/.test(text) ? { kind, label, text, state: 'todo' } : { kind, label, text, state: 'done', value: text }

const paramCell = (entry: ParamEntry): Cell => {
  const label = `params.${entry.name}`
  if ('value' in entry) return { kind: 'param', label, text: '', state: 'done', value: entry.value }
  const pending: Cell = { kind: 'param', label, text: entry.eval, state: 'todo' }
  return entry.default === undefined ? pending : { ...pending, fallback: entry.default }
}

type Done = Promise<Result<undefined, Problem>>

/** Characters of all values together. */
const MAX_ALL_CHARS = 32 * 1024 * 1024

const createEvaluator = (input: ByNeedInput, env: Cell[], params: Cell[], surroundings: Surroundings) => {
  let chars = 0
  const lastIndex = (names: readonly { name: string }[], name: string, before: number): number => {
    for (let i = Math.min(before, names.length) - 1; i >= 0; i--) if (names[i]!.name === name) return i
    return -1
  }
  const evaluateCell = async (at: Cell, sight: Sight, path: Cell[]): Done => {
    if (at.state === 'done') return ok(undefined)
    if (at.state === 'busy') {
      const circle = [...path.slice(path.indexOf(at)), at].map(({ label }) => label).join(' → ')
      return err(exprProblem('expr.circle', `a circle of values that depend on each other: ${circle}`, at.label))
    }
    at.state = 'busy'
    const ready = await ensure(at.text, sight, [...path, at])
    const place = at.kind === 'env' ? PLACES.env : PLACES.paramsEval
    const value = ready.ok ? await expandField(at.text, place, context(at.label, sight)) : ready
    if (!value.ok && (at.fallback === undefined || value.error.code === 'expr.circle')) return value
    at.state = 'done'
    at.value = value.ok ? value.value : at.fallback!
    chars += at.value.length
    if (chars > MAX_ALL_CHARS)
      return err(exprProblem('expr.too_large', `env and params are over ${MAX_ALL_CHARS / 1024 / 1024} MiB`, at.label))
    return ok(undefined)
  }
  const evaluateEnv = (i: number, path: Cell[]): Done =>
    evaluateCell(env[i]!, { env: i, params: Number.POSITIVE_INFINITY }, path)
  const evaluateParam = (i: number, path: Cell[]): Done =>
    evaluateCell(params[i]!, { env: Number.POSITIVE_INFINITY, params: i }, path)
  const ensure = async (text: string, sight: Sight, path: Cell[]): Done => {
    for (const name of referencedNames(text)) {
      const inEnv = lastIndex(input.env, name, sight.env)
      const inParams = inEnv < 0 ? lastIndex(input.params, name, sight.params) : -1
      const done =
        inEnv >= 0 ? await evaluateEnv(inEnv, path) : inParams >= 0 ? await evaluateParam(inParams, path) : undefined
      if (done !== undefined && !done.ok) return done
    }
    return ok(undefined)
  }
  const variable = (name: string, sight: Sight): string | undefined => {
    const fixed = input.protectedVars.get(name)
    if (fixed !== undefined) return fixed
    const inEnv = lastIndex(input.env, name, sight.env)
    if (inEnv >= 0) return env[inEnv]!.value
    const inParams = lastIndex(input.params, name, sight.params)
    if (inParams >= 0) return params[inParams]!.value
    return surroundings.ambient.get(name)
  }
  const environment = (sight: Sight): Record<string, string> => {
    const all = new Map(surroundings.ambient)
    const add = (cells: Cell[], names: readonly { name: string }[], before: number): void => {
      cells.slice(0, Math.min(before, cells.length)).forEach(({ value }, i) => {
        if (value !== undefined && /^[A-Za-z_]\w*$/.test(names[i]!.name)) all.set(names[i]!.name, value)
      })
    }
    add(params, input.params, sight.params)
    add(env, input.env, sight.env)
    for (const [name, value] of input.protectedVars) all.set(name, value)
    return Object.fromEntries(all)
  }
  const context = (field: string, sight: Sight): ExpandContext => {
    const names = { variable: (name: string) => variable(name, sight) }
    const { shell } = input
    const { cwd } = surroundings
    const substitute = substituteWith({
      names,
      env: () => environment(sight),
      ...(shell === undefined ? {} : { shell }),
      ...(cwd === undefined ? {} : { cwd }),
    })
    return { names, host: input.host, field, ...(substitute === undefined ? {} : { substitute }) }
  }
  return { env: evaluateEnv, param: evaluateParam, ensure, context }
}
