// What a run would do, without doing any of it: values are filled in as far as they are known before anything has run.
// Promise: no command runs (backticks stay as they are written), and no secret is read: what holds one is shown masked.

import type { Overrides } from '../params/overrides.ts'
import { ok, type Result } from '../result.ts'
import { type Condition, type Dag, HANDLER_NODE_NAMES, type HandlerKind, type Step } from '../spec/dag.ts'
import { type ExpandContext, expandConfig, expandText, PLACES, withinBounds } from './expand.ts'
import { paramsInput } from './params-input.ts'
import type { Ports } from './ports.ts'
import { createRunResults } from './results.ts'
import { type HostEnv, prepareRunScope, type RunScope } from './run-scope.ts'
import { enterStep, openStepScope } from './step-scope.ts'

const MASK = '*******'

export interface DryStep {
  name: string
  type: string
  depends: string[]
  handler?: HandlerKind
  /** Conditions in words. */
  when: string[]
  /** Lines that would run, references filled in. */
  text: string[]
  /** Settings of typed steps. */
  config: Record<string, unknown>
}

export interface DryRun {
  params: { name: string; value: string }[]
  /** Where steps run unless they say otherwise. */
  workingDir: string
  steps: DryStep[]
}

/** Where the DAG would run, as far as it can be known without running it. */
export interface DryPlace {
  /** Directory of the DAG file; absent: the DAG has none. */
  sourceDir?: string
  /** Variables of the host; at a place that is not the host, none. */
  hostEnv: HostEnv
  /** The host in words, for the folder that a run would get. */
  host: string
  /** Reads dotenv files; absent: they are not at hand. */
  files?: Ports['files']
}

/** Backticks stay as they are written. */
const shell: Ports['shell'] = async command => ({ code: 0, stdout: `\`${command}\``, stderr: '' })

/** Secrets become variables with a mask for a value. */
const masked = (dag: Dag): Dag => ({
  ...dag,
  secrets: [],
  env: [...dag.env, ...dag.secrets.map(({ name }) => ({ name, value: MASK }))],
})

/** Resolves a DAG. The problems are those that would refuse the run. */
export const dryRun = (written: Dag, overrides: Overrides, place: DryPlace): Promise<Result<DryRun>> =>
  withinBounds(
    () => describeRun(written, overrides, place),
    problem => [problem],
  )

async function describeRun(written: Dag, overrides: Overrides, place: DryPlace): Promise<Result<DryRun>> {
  const { sourceDir, hostEnv, files } = place
  const ports: Ports = { ...(shell && { shell }), ...(files && { files }) }
  const dag = masked(written)
  const params = paramsInput(dag, overrides)
  if (!params.ok) return params
  const run = await prepareRunScope(dag, {
    hostEnv,
    params: params.value,
    runVars: { DAG_NAME: dag.name },
    ...(sourceDir === undefined ? {} : { sourceDir }),
    ports,
  })
  if (!run.ok) return run
  // Nothing runs here: what steps would say stays as it is written.
  const results = { ...createRunResults(dag), byId: () => undefined }
  const resolve = async (step: Step, handler?: HandlerKind): Promise<DryStep> => {
    const vars = {
      nodeName: handler === undefined ? step.name : HANDLER_NODE_NAMES[handler],
      stdoutFile: '',
      stderrFile: '',
    }
    const input = { dag, step, run: run.value, vars, results, ports, handler: handler !== undefined }
    const { stepEnv } = await enterStep(input, run.value.data.workingDir)
    const { context } = openStepScope(input, stepEnv, run.value.data.workingDir)
    return { ...describe(step, context('dry')), ...(handler === undefined ? {} : { handler }) }
  }
  const steps: DryStep[] = []
  for (const step of dag.steps) steps.push(await resolve(step))
  for (const [kind, step] of Object.entries(dag.handlers)) steps.push(await resolve(step, kind as HandlerKind))
  return ok({ params: run.value.data.params, workingDir: placeOf(run.value, dag, place), steps })
}

const placeOf = ({ data }: RunScope, dag: Dag, { host }: DryPlace): string =>
  dag.workingDir === undefined ? `a new folder on ${host}` : data.workingDir

function describe(step: Step, context: ExpandContext): DryStep {
  const fill = (text: string) => expandText(text, PLACES.foreign, context)
  const { name, type, depends } = step
  return {
    name,
    type,
    depends,
    when: step.preconditions.map(condition => conditionWords(condition, fill)),
    text: textOf(step, fill),
    config: type === 'command' ? {} : (expandConfig(step.config, context) as Record<string, unknown>),
  }
}

function conditionWords({ condition, expected, negate }: Condition, fill: (text: string) => string): string {
  if (expected === undefined) return `${fill(condition)} ${negate ? 'fails' : 'succeeds'}`
  return `${fill(condition)} ${negate ? 'is not' : 'is'} ${fill(expected)}`
}

function textOf(step: Step, fill: (text: string) => string): string[] {
  if (step.exec) return [[step.exec.command, ...step.exec.args].map(fill).join(' ')]
  const lines = step.commands.map(fill)
  if (step.script !== undefined) lines.push(...fill(step.script).trimEnd().split('\n'))
  for (const { pattern, targets } of step.router?.routes ?? [])
    lines.push(`${fill(step.router?.value ?? '')} is ${pattern}: ${targets.join(', ')}`)
  if (step.call !== undefined) lines.push(callText(step, fill))
  return lines
}

function callText({ call = '', callParams, parallel }: Step, fill: (text: string) => string): string {
  const params =
    typeof callParams === 'string' ? [callParams] : (callParams ?? []).map(({ name, value }) => `${name}=${value}`)
  const items = parallel === undefined ? [] : [`for each of ${JSON.stringify(parallel.items)}`]
  return [`call ${call}`, ...params, ...items].map(fill).join(' ')
}
