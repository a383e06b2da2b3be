// The scope of a run, prepared once on the host that executes it: dotenv, params, env, secrets and DAG_* become values.
// Its data is plain JSON, so that a restarted agent goes on with the same values and evaluates nothing twice.

import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { Dag, SecretRef } from '../spec/dag.ts'
import type { GivenEntry } from '../vault/resolved.ts'
import { type ByNeed, createByNeed } from './by-need.ts'
import { loadDotenv } from './dotenv-files.ts'
import { expandText, PLACES, withinBounds } from './expand.ts'
import { filterHostEnv, type Passthrough } from './host-env.ts'
import type { FinalParams, ParamsInput } from './params-input.ts'
import { isRelative, resolvePath } from './paths.ts'
import type { Ports } from './ports.ts'
import { exprProblem } from './problems.ts'
import { layer, type Scope } from './scope.ts'
import { resolveSecrets, type SecretsResolver } from './secrets.ts'
import { isReadOnly } from './special-variables.ts'

export type { FinalParams, ParamsInput } from './params-input.ts'

export type HostEnv = Readonly<Record<string, string | undefined>>

export interface RunScopeInput {
  /** The agent's whole environment; steps see a filtered part, some fields all of it. */
  hostEnv: HostEnv
  passthrough?: Passthrough
  /** From paramsInput(dag, overrides). */
  params: ParamsInput
  /** DAG_NAME, DAG_RUN_ID, DAG_RUN_LOG_FILE, DAG_RUN_WORK_DIR, ... */
  runVars: Readonly<Record<string, string>>
  /** Directory of the DAG file; absent for a DAG without source. */
  sourceDir?: string
  /** Working directory of the parent run, for a local sub-DAG. */
  parentWorkingDir?: string
  ports: Ports
  secretsResolver?: SecretsResolver
  /** Values that came in parameters and nobody may see. */
  masked?: readonly string[]
  /** Values of the installation and workspace: weaker than dotenv, params and env. */
  defaults?: readonly GivenEntry[]
  /** Values of the selected profile: stronger than env, weaker than the DAG's own secrets. */
  profile?: readonly GivenEntry[]
}

/** Everything that was evaluated. It holds secrets: keep it on the host, in a file of mode 0600. */
export interface RunScopeData {
  run: [name: string, value: string][]
  secrets: [name: string, value: string][]
  /** Values in `run` that are secrets; absent: none. */
  masked?: string[]
  runVars: [name: string, value: string][]
  workingDir: string
  params: { name: string; value: string }[]
  paramsDisplay: string
}

export interface RunScope {
  data: RunScopeData
  /** host < run < secrets; outputs, step env and the read-only variables go on top for each step. */
  base: Scope
  hostEnv: HostEnv
}

/** All values of a scope that nobody may see. */
export const secretsOf = ({ secrets, masked = [] }: RunScopeData): string[] => [
  ...secrets.map(([, value]) => value),
  ...masked,
]

/** Puts the layers over evaluated data: at preparation, and when an agent takes a run up again. */
export const openRunScope = (data: RunScopeData, hostEnv: HostEnv, passthrough: Passthrough = []): RunScope => {
  const host = layer('host', filterHostEnv(hostEnv, passthrough))
  const run = layer('run', new Map(data.run), host)
  return { data, hostEnv, base: layer('secrets', new Map(data.secrets), run) }
}

/** What is left of a scope that could not be prepared: plain values of env, for the mail that tells of it. */
export const plainScope = (
  dag: Dag,
  { hostEnv, runVars, passthrough }: Pick<RunScopeInput, 'hostEnv' | 'runVars' | 'passthrough'>,
): RunScope => {
  const plain = dag.env.filter(({ name, value }) => !isReadOnly(name) && !/[$`]/.test(value))
  const run = plain.map(({ name, value }): [string, string] => [name, value])
  const data = { run, secrets: [], runVars: Object.entries(runVars), workingDir: '/', params: [], paramsDisplay: '' }
  return openRunScope(data, hostEnv, passthrough)
}

/** Evaluates the run scope. Problems: params, env, secrets or directories that cannot be had; nothing has run by then but backticks. */
export const prepareRunScope = (dag: Dag, input: RunScopeInput): Promise<Result<RunScope>> =>
  withinBounds(
    () => evaluateRunScope(dag, input),
    problem => [problem],
  )

const evaluateRunScope = async (dag: Dag, input: RunScopeInput): Promise<Result<RunScope>> => {
  const host = filterHostEnv(input.hostEnv, input.passthrough)
  const runVars = new Map(Object.entries(input.runVars))
  const defaults = given(input.defaults)
  const profile = given(input.profile)
  const values = createByNeed({
    env: dag.env.filter(({ name }) => !isReadOnly(name)),
    params: input.params.entries.filter(({ name }) => !isReadOnly(name)),
    ambient: new Map([...host, ...defaults]),
    protectedVars: new Map([...profile, ...runVars]),
    host: name => input.hostEnv[name],
    ...(input.ports.shell === undefined ? {} : { shell: input.ports.shell }),
  })
  const workingDir = await runWorkingDir(dag, input, values)
  if (!workingDir.ok) return err([workingDir.error])
  const dotenv = await loadDotenv(dag, workingDir.value, input, values, host)
  if (!dotenv.ok) return err([dotenv.error])
  values.widen(dotenv.value, workingDir.value, defaults)
  const params = await finalParams(values, input)
  if (!params.ok) return params
  values.settleParams(params.value.entries)
  const env = await values.env()
  if (!env.ok) return err([env.error])

  const fromFiles = dotenv.value.filter(([name]) => !host.has(name) && !isReadOnly(name))
  const run = new Map([...defaults, ...fromFiles])
  for (const { name, value } of params.value.entries) if (!isReadOnly(name)) run.set(name, value)
  for (const { name, value } of env.value) run.set(name, value)
  for (const [name, value] of profile) run.set(name, value)
  const secrets = await runSecrets(dag.secrets, run, workingDir.value, input)
  if (!secrets.ok) return secrets
  return ok(
    openRunScope(
      {
        run: [...run],
        secrets: secrets.value,
        ...maskedOf(input),
        runVars: [...runVars, ...paramsJson(params.value)],
        workingDir: workingDir.value,
        params: params.value.entries,
        paramsDisplay: params.value.display,
      },
      input.hostEnv,
      input.passthrough,
    ),
  )
}

const given = (entries: readonly GivenEntry[] = []): Map<string, string> =>
  new Map(entries.filter(({ key }) => !isReadOnly(key)).map(({ key, value }) => [key, value]))

const maskedOf = ({ defaults = [], profile = [], masked: inParams = [] }: RunScopeInput): { masked?: string[] } => {
  const entries = [...defaults, ...profile].flatMap(({ secret, value }) => (secret ? [value] : []))
  const masked = [...entries, ...inParams]
  return masked.length === 0 ? {} : { masked }
}

const paramsJson = ({ json }: FinalParams): [string, string][] =>
  json === undefined
    ? []
    : [
        ['DAG_PARAMS_JSON', json],
        ['DAGU_PARAMS_JSON', json],
      ]

const finalParams = async (values: ByNeed, { params }: RunScopeInput): Promise<Result<FinalParams>> => {
  const evaluated = await values.params()
  return evaluated.ok ? params.finish(evaluated.value) : err([evaluated.error])
}

/** The DAG's directory (semantics 10): its own, else the parent's, else the run's work directory. */
const runWorkingDir = async (dag: Dag, input: RunScopeInput, values: ByNeed): Promise<Result<string, Problem>> => {
  const fallback = input.parentWorkingDir ?? input.runVars.DAG_RUN_WORK_DIR ?? input.sourceDir ?? '/'
  if (dag.workingDir === undefined) return ok(fallback)
  const ready = await values.require(dag.workingDir)
  if (!ready.ok) return ready
  const context = values.context('working_dir')
  // The run's work directory is what stands in for a missing working_dir; it is no part of one.
  const names = { variable: (name: string) => (name === 'DAG_RUN_WORK_DIR' ? '' : context.names.variable(name)) }
  const path = expandText(dag.workingDir, PLACES.path, { ...context, names }).trim()
  if (path === '') return ok(fallback)
  if (input.sourceDir !== undefined) return ok(resolvePath(input.sourceDir, path, input.hostEnv.HOME))
  if (!isRelative(path)) return ok(resolvePath('/', path, input.hostEnv.HOME))
  return err(
    exprProblem(
      'expr.needs_source',
      `working_dir "${path}" is relative, and this DAG has no directory of its own`,
      'working_dir',
      'Use an absolute path, or start the DAG from a file (start FILE, --dags, push).',
    ),
  )
}

const runSecrets = async (
  refs: readonly SecretRef[],
  run: ReadonlyMap<string, string>,
  workingDir: string,
  input: RunScopeInput,
): Promise<Result<[string, string][]>> =>
  resolveSecrets(refs, {
    variable: name => run.get(name) ?? input.hostEnv[name],
    dirs: input.sourceDir === undefined ? [workingDir] : [workingDir, input.sourceDir],
    ...(input.hostEnv.HOME === undefined ? {} : { home: input.hostEnv.HOME }),
    ...(input.ports.files === undefined ? {} : { files: input.ports.files }),
    ...(input.secretsResolver === undefined ? {} : { resolver: input.secretsResolver }),
  })
