// All that is decided before a step starts, as plain data: conditions, processes, environment, directory, files, numbers.

import type { Problem, Result } from '../result.ts'
import { err, ok } from '../result.ts'
import type { Dag, EnvEntry, Step } from '../spec/dag.ts'
import { type CommandContext, commandJobs, type Job, type Shell } from './command-line.ts'
import { type ConditionsOutcome, evaluateConditions } from './condition.ts'
import { type ExpandContext, expandConfig, expandText, PLACES, withinBounds } from './expand.ts'
import { createGeneratedEnv, type GeneratedEnv } from './generated-env.ts'
import { resolvePath } from './paths.ts'
import { type PolicyNumbers, policyNumbers } from './policy.ts'
import { exprProblem } from './problems.ts'
import { wholeNames } from './reference.ts'
import { evaluateRouter } from './router.ts'
import { secretsOf } from './run-scope.ts'
import { toEnv } from './scope.ts'
import { splitWords } from './split-words.ts'
import { enterStep, openStepScope, type StepInput, type StepScope } from './step-scope.ts'

export interface StepPlan {
  /** Not met: the step is skipped and nothing below counts. `failed`: a condition could not be evaluated (skipped too). */
  conditions: ConditionsOutcome
  /** Processes of a command step, one after another; empty for typed steps and for steps that only publish values. */
  jobs: Job[]
  /** The whole environment of the processes. */
  env: Record<string, string>
  /** Absolute; to be made (0755) where missing. */
  cwd: string
  /** Files that get a copy of the streams (`stdout:` and `stderr:`), absolute. */
  stdout?: string
  stderr?: string
  policy: PolicyNumbers
  /** Evaluated step env; evaluateAfter wants it back. */
  stepEnv: EnvEntry[]
  /** For the step's log: backticks in step env that failed. */
  warnings: string[]
  /** For typed steps (http, docker, ...): config, commands and script with references filled in. */
  config: Record<string, unknown>
  commands: string[]
  script?: string
}

/**
 * Resolves a step. Problems fail the step before it starts; an unmet condition is no problem.
 * Nothing here changes anything on the host, but backticks and command conditions do run.
 */
export const resolveStep = (input: StepInput): Promise<Result<StepPlan, Problem>> =>
  withinBounds(
    () => evaluateStep(input),
    problem => problem,
  )

const evaluateStep = async (input: StepInput): Promise<Result<StepPlan, Problem>> => {
  const { step, run } = input
  const entered = await enterStep(input, run.data.workingDir)
  const cwd = stepDir(input, openStepScope(input, entered.stepEnv, run.data.workingDir))
  const opened = openStepScope(input, entered.stepEnv, cwd)
  const conditions = await evaluateConditions(step.preconditions, {
    expand: opened.context('preconditions'),
    ...(opened.runCondition === undefined ? {} : { runCommand: opened.runCondition }),
  })
  const base = { conditions, cwd, ...entered }
  if (!conditions.met) return ok({ ...base, jobs: [], env: {}, policy: {}, config: {}, commands: [] })
  const policy = await policyNumbers(step, opened.context)
  if (!policy.ok) return policy
  const generated = createGeneratedEnv()
  const jobs = step.type === 'command' ? commandJobs(step, commandContext(input, opened, generated)) : []
  const environment = toEnv(opened.scope)
  const tooLong = tooLongProblem(step, jobs, environment.oversized, generated)
  if (tooLong !== undefined) return err(tooLong)
  const routed = step.router === undefined ? undefined : await evaluateRouter(step.router, opened.context('value'))
  if (routed?.ok === false) return routed
  return ok({
    ...base,
    jobs,
    env: Object.assign(environment.env, generated.env),
    policy: policy.value,
    ...logCopies(step, cwd, opened, run.hostEnv.HOME),
    ...typedFields(step, input.dag, opened.context('config')),
    ...(routed === undefined ? {} : { config: { ...routed.value } }),
  })
}

const stepDir = ({ step, run }: StepInput, { context }: StepScope): string => {
  const written = expandText(step.workingDir ?? '', PLACES.path, context('working_dir')).trim()
  return written === '' ? run.data.workingDir : resolvePath(run.data.workingDir, written, run.hostEnv.HOME)
}

const commandContext = (
  input: StepInput,
  { declared, context }: StepScope,
  generated: GeneratedEnv,
): CommandContext => ({
  shell: chooseShell(input, context('shell')),
  names: declared,
  generated,
  secrets: secretsOf(input.run.data),
  exec: context('command'),
})

/** The step's shell, else the DAG's, else the installation's, else the host's SHELL, else sh (semantics 9). */
const chooseShell = ({ step, dag, defaultShell, run }: StepInput, context: ExpandContext): Shell => {
  const expand = (argv: readonly string[]) =>
    argv.flatMap(word => {
      const text = expandText(word, PLACES.path, context)
      return text === word ? [word] : splitWords(text).map(part => part.text)
    })
  if (step.shell !== undefined) return { argv: expand(step.shell), ofStep: true }
  if (step.shellPackages.length > 0 && dag.shell === undefined) return { argv: ['nix-shell'], ofStep: false }
  if (dag.shell !== undefined) return { argv: expand(dag.shell), ofStep: false }
  return { argv: [...(defaultShell ?? [run.hostEnv.SHELL || 'sh'])], ofStep: false }
}

const tooLongProblem = (
  { commands, script, exec }: Step,
  jobs: readonly Job[],
  oversized: readonly string[],
  generated: GeneratedEnv,
): Problem | undefined => {
  const used =
    oversized.length === 0 || jobs.length === 0 ? new Set<string>() : wholeNames([...commands, script ?? ''].join('\n'))
  const name = generated.oversized[0] ?? oversized.find(name => used.has(name))
  if (name === undefined || exec !== undefined) return undefined
  return exprProblem(
    'expr.too_large',
    `the value of ${name} is over 128 KiB, more than a process can be given as a variable`,
    'command',
    'Read the log file of the step that made it instead: its path is the property .stdout of the step.',
  )
}

const logCopies = (
  step: Step,
  cwd: string,
  { context }: StepScope,
  home: string | undefined,
): Pick<StepPlan, 'stdout' | 'stderr'> => {
  const copies: Pick<StepPlan, 'stdout' | 'stderr'> = {}
  for (const stream of ['stdout', 'stderr'] as const) {
    const path = expandText(step[stream] ?? '', PLACES.path, context(stream)).trim()
    if (path !== '') copies[stream] = resolvePath(cwd, path, home)
  }
  return copies
}

type Json = Record<string, unknown>

/** Settings of mail (semantics 6.3): a name that nothing declares is looked up on the host. */
const isMail = ({ type }: Step): boolean => type === 'mail' || type === 'run_mail'

const typedFields = (
  step: Step,
  { mail }: Dag,
  context: ExpandContext,
): Pick<StepPlan, 'config' | 'commands' | 'script'> => {
  if (step.type === 'command') return { config: {}, commands: [] }
  const expand = (text: string) => expandText(text, PLACES.foreign, context)
  const fields = {
    config: {
      ...(expandConfig(step.config, context, step.type === 'run_mail' ? PLACES.path : PLACES.config) as Json),
      ...(isMail(step) ? { smtp: expandConfig(mail?.smtp ?? {}, context, PLACES.path) } : {}),
    },
    commands: step.commands.map(expand),
  }
  if (step.script === undefined) return fields
  return { ...fields, script: step.type === 'template' ? step.script : expand(step.script) }
}
