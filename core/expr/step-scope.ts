// What one step sees: the run's values, outputs of its predecessors, its own env, and the read-only variables on top.
import type { Dag, EnvEntry, Step } from '../spec/dag.ts'
import { type ExpandContext, expandField, PLACES } from './expand.ts'
import type { Ports } from './ports.ts'
import type { Names } from './resolve.ts'
import type { RunResults, StepResult } from './results.ts'
import type { RunScope } from './run-scope.ts'
import { layer, lookup, lookupDeclared, type Scope, toEnv } from './scope.ts'
import { isReadOnly } from './special-variables.ts'
import { conditionRunner, substituteWith } from './substitution.ts'

/** What only the caller knows about an execution of a step. */
export interface StepVars {
  /** Name of the node: the step's, or `onExit` and the like for a handler. */
  nodeName: string
  stdoutFile: string
  stderrFile: string
  /** From the Run: DAG_RUN_STATUS, DAG_WAITING_STEPS, DAG_PUSHBACK, inputs of approvals, ITEM. */
  env?: Readonly<Record<string, string>>
}

export interface StepInput {
  dag: Dag
  step: Step
  run: RunScope
  vars: StepVars
  results: RunResults
  ports: Ports
  /** Handlers see the outputs of all steps; theirs are seen by nobody. */
  handler?: boolean
  /** Shell where neither step nor DAG names one; absent: the host's SHELL, else `sh`. */
  defaultShell?: readonly string[]
}

export interface StepScope {
  scope: Scope
  /** All variables, and the results of other steps. */
  names: Names
  /** Without what only the host has: for text that a shell reads. */
  declared: Names
  context(field: string): ExpandContext
  runCondition: ReturnType<typeof conditionRunner>
}

/** Evaluates step env and puts the layers together. A failing backtick leaves its variable empty and gives a warning. */
export const enterStep = async (
  input: StepInput,
  cwd: string,
): Promise<{ stepEnv: EnvEntry[]; warnings: string[] }> => {
  const outer = openStepScope(input, [], cwd)
  const stepEnv: EnvEntry[] = []
  const warnings: string[] = []
  for (const [index, { name, value }] of input.step.env.entries()) {
    if (isReadOnly(name)) continue
    const expanded = await expandField(value, PLACES.env, outer.context(`env[${index}]`))
    if (!expanded.ok) warnings.push(`env ${name} is empty: ${expanded.error.message}`)
    stepEnv.push({ name, value: expanded.ok ? expanded.value : '' })
  }
  return { stepEnv, warnings }
}

/** The scope of a step whose env is evaluated; `own` is what the execution itself captured, for its repeat condition. */
export const openStepScope = (
  input: StepInput,
  stepEnv: readonly EnvEntry[],
  cwd: string,
  own?: StepResult,
): StepScope => {
  const { run, results, vars, step } = input
  const outputs = input.handler ? results.all() : results.visibleTo(step.name)
  const fromRun = Object.entries(vars.env ?? {})
  const given = new Map(fromRun.filter(([name]) => !isReadOnly(name)))
  let scope = layer('outputs', given, layer('outputs', outputs, run.base))
  scope = layer('step', new Map(stepEnv.map(({ name, value }) => [name, value])), scope)
  if (own?.outputs !== undefined) scope = layer('outputs', new Map(Object.entries(own.outputs)), scope)
  scope = layer('protected', protectedVars(input, cwd, fromRun), scope)
  return viewOf(scope, input, cwd, own)
}

const protectedVars = ({ run, vars }: StepInput, cwd: string, fromRun: [string, string][]): Map<string, string> => {
  const fixed = new Map(run.data.runVars)
  for (const [name, value] of fromRun) if (isReadOnly(name)) fixed.set(name, value)
  fixed.set('DAG_RUN_STEP_NAME', vars.nodeName)
  fixed.set('DAG_RUN_STEP_STDOUT_FILE', vars.stdoutFile)
  fixed.set('DAG_RUN_STEP_STDERR_FILE', vars.stderrFile)
  return fixed.set('PWD', cwd)
}

const viewOf = (scope: Scope, input: StepInput, cwd: string, own?: StepResult): StepScope => {
  const { run, ports, results, step } = input
  const find = (id: string) => (own !== undefined && id === step.id ? own : results.byId(id))
  const names: Names = { variable: name => lookup(scope, name), step: find }
  const declared: Names = { variable: name => lookupDeclared(scope, name), step: find }
  const shell = ports.shell === undefined ? {} : { shell: ports.shell }
  const setting = { ...shell, names: declared, env: () => toEnv(scope).env, cwd }
  const substitute = substituteWith(setting)
  return {
    scope,
    names,
    declared,
    context: field => ({
      names,
      host: name => run.hostEnv[name],
      field,
      ...(substitute === undefined ? {} : { substitute }),
    }),
    runCondition: conditionRunner(setting),
  }
}
