// What a run would do, without doing any of it: values are filled in as far as they are known before anything has run.
// Promise: no command runs (backticks stay as they are written), and no secret is read: what holds one is shown masked.
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { type ExpandContext, expandConfig, expandText, PLACES } from '@edgedag/core/expr/expand'
import { paramsInput } from '@edgedag/core/expr/params-input'
import type { Ports } from '@edgedag/core/expr/ports'
import { createRunResults } from '@edgedag/core/expr/results'
import { prepareRunScope, type RunScope } from '@edgedag/core/expr/run-scope'
import { enterStep, openStepScope } from '@edgedag/core/expr/step-scope'
import type { Overrides } from '@edgedag/core/params/overrides'
import { ok, type Result } from '@edgedag/core/result'
import { type Condition, type Dag, HANDLER_NODE_NAMES, type HandlerKind, type Step } from '@edgedag/core/spec/dag'

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

const ports: Ports = {
  shell: async command => ({ code: 0, stdout: `\`${command}\``, stderr: '' }),
  files: {
    readText: async path => (existsSync(path) ? readFileSync(path, 'utf8') : undefined),
    exists: async path => existsSync(path),
  },
}

/** Secrets become variables with a mask for a value. */
const masked = (dag: Dag): Dag => ({
  ...dag,
  secrets: [],
  env: [...dag.env, ...dag.secrets.map(({ name }) => ({ name, value: MASK }))],
})

/** Resolves a DAG of a file in `dir`. The problems are those that would refuse the run. */
export async function dryRun(written: Dag, overrides: Overrides, dir: string): Promise<Result<DryRun>> {
  const dag = masked(written)
  const params = paramsInput(dag, overrides)
  if (!params.ok) return params
  const run = await prepareRunScope(dag, {
    hostEnv: process.env,
    params: params.value,
    runVars: { DAG_NAME: dag.name },
    sourceDir: dir,
    ports,
  })
  if (!run.ok) return run
  const results = createRunResults(dag)
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
  return ok({ params: run.value.data.params, workingDir: placeOf(run.value, dag), steps })
}

const placeOf = ({ data }: RunScope, dag: Dag): string =>
  dag.workingDir === undefined ? `a new folder on ${hostname()}` : data.workingDir

function describe(step: Step, context: ExpandContext): DryStep {
  const fill = (text: string) => expandText(text, PLACES.config, context)
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
  if (step.call !== undefined) lines.push(callText(step, fill))
  return lines
}

function callText({ call = '', callParams, parallel }: Step, fill: (text: string) => string): string {
  const params =
    typeof callParams === 'string' ? [callParams] : (callParams ?? []).map(({ name, value }) => `${name}=${value}`)
  const items = parallel === undefined ? [] : [`for each of ${JSON.stringify(parallel.items)}`]
  return [`call ${call}`, ...params, ...items].map(fill).join(' ')
}
