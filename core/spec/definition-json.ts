// A DAG and its steps in the shapes that existing REST clients know.

import type {
  DAG,
  DAGHead,
  ParamDefinition,
  Precondition,
  ScheduleEntry as ScheduleJson,
  Step as StepJson,
} from '../api/generated/answers.ts'
import { quotedParams } from '../params/resolve.ts'
import type { Condition, Dag, ParamDef, RepeatPolicy, RetryPolicy, ScheduleEntry, Step } from './dag.ts'
import { shellWords } from './values.ts'

/** Leaves out what is undefined, empty text or an empty list. */
const compact = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, item]) => item !== undefined && item !== '' && !(Array.isArray(item) && item.length === 0),
    ),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> }

const condition = (item: Condition): Precondition => ({
  condition: item.condition,
  ...compact({ expected: item.expected, negate: item.negate || undefined }),
})

/** `{kind, expression}` with the zone prefix put back, or `{kind, at}`. */
export function toScheduleJson(entry: ScheduleEntry): ScheduleJson {
  if (entry.kind === 'at') return { kind: 'at', at: entry.at }
  return {
    kind: 'cron',
    expression: entry.timezone === undefined ? entry.expression : `CRON_TZ=${entry.timezone} ${entry.expression}`,
  }
}

/** The DAG object of `GET /dags/{file}`. Fields that a file does not use are left out; `steps`, `labels` and the like never are. */
export function toDefinitionJson(dag: Dag): DAG {
  const defaults = dag.params.defs.flatMap(def =>
    def.default === undefined ? [] : [{ ...(def.name === undefined ? {} : { name: def.name }), value: def.default }],
  )
  return {
    ...toSummaryJson(dag),
    ...compact({
      group: dag.group,
      type: dag.type,
      defaultParams: quotedParams(defaults),
      paramDefs: dag.params.defs.filter(def => def.name !== undefined).map(paramDef),
      env: dag.env.map(entry => `${entry.name}=${entry.value}`),
      workingDir: dag.workingDir,
      shell: dag.shell?.join(' '),
      logDir: dag.logDir,
      queue: dag.queue,
      handlerOn: Object.keys(dag.handlers).length === 0 ? undefined : handlers(dag),
      delay: dag.delaySec || undefined,
      restartWait: dag.restartWaitSec || undefined,
      timeout: dag.timeoutSec || undefined,
      maxActiveSteps: dag.maxActiveSteps || undefined,
      histRetentionRuns: dag.histRetentionRuns,
      retryPolicy: dag.retryPolicy,
      artifacts: dag.artifacts,
      skipIfSuccessful: dag.skipIfSuccessful || undefined,
      workerSelector: dag.workerSelector,
    }),
    params: defaults.map((entry, i) => `${entry.name ?? i + 1}=${entry.value}`),
    histRetentionDays: dag.histRetentionDays,
    maxActiveRuns: dag.maxActiveRuns,
    preconditions: dag.preconditions.map(condition),
    runConfig: dag.runConfig,
    steps: dag.steps.map(toStepJson),
  }
}

/** The DAG object of lists. */
export function toSummaryJson(dag: Pick<Dag, 'name' | 'description' | 'group' | 'labels' | 'schedule'>): DAGHead {
  return {
    ...compact({ description: dag.description, group: dag.group }),
    name: dag.name,
    labels: dag.labels,
    tags: dag.labels,
    schedule: dag.schedule.start.map(toScheduleJson),
    ...compact({
      stopSchedule: dag.schedule.stop.map(toScheduleJson),
      restartSchedule: dag.schedule.restart.map(toScheduleJson),
    }),
  }
}

function handlers(dag: Dag): Record<string, StepJson> {
  return Object.fromEntries(Object.entries(dag.handlers).map(([kind, step]) => [kind, toStepJson(step)]))
}

const paramDef = (def: ParamDef): ParamDefinition => {
  const { name, type, eval: expression, ...rest } = def
  const text = def.default
  const typed =
    text === undefined
      ? undefined
      : type === 'integer' || type === 'number'
        ? Number(text)
        : type === 'boolean'
          ? text === 'true'
          : text
  return {
    ...(name === undefined ? {} : { name }),
    type: type ?? 'string',
    ...rest,
    ...(typed === undefined ? {} : { default: typed }),
    ...(expression === undefined ? {} : { eval: expression }),
  }
}

/** A step as definitions and run nodes show it: `commands` as `{command, args}`, `preconditions` and `executorConfig` always. */
export function toStepJson(step: Step): StepJson {
  return {
    name: step.name,
    ...compact({
      id: step.id,
      description: step.description,
      commands: commandsJson(step),
      script: step.script,
      shell: step.shell?.join(' '),
      dir: step.workingDir,
      stdout: step.stdout,
      stderr: step.stderr,
      logOutput: step.logOutput,
      output: step.output?.kind === 'variable' ? step.output.name : undefined,
      depends: step.depends,
      env: step.env.map(entry => `${entry.name}=${entry.value}`),
      continueOn: continueOn(step),
      retryPolicy: step.retryPolicy && retryPolicy(step.retryPolicy),
      repeatPolicy: step.repeatPolicy && repeatPolicy(step.repeatPolicy),
      mailOnError: step.mailOnError || undefined,
      signalOnStop: step.signalOnStop,
      timeoutSec: step.timeoutSec || undefined,
      call: step.call,
      params: callParams(step),
      parallel: step.parallel,
      approval: step.approval,
      router: step.router,
      workerSelector: step.workerSelector,
    }),
    preconditions: step.preconditions.map(condition),
    executorConfig: { ...(step.type === 'command' ? {} : { type: step.type }), config: step.config },
  }
}

function commandsJson(step: Step): { command: string; args: string[] }[] {
  if (step.exec) return [{ command: step.exec.command, args: step.exec.args }]
  return step.commands.map(text => {
    const [command = '', ...args] = shellWords(text)
    return { command, args }
  })
}

function continueOn({ continueOn: value }: Step): StepJson['continueOn'] {
  return (
    value && {
      failure: value.failure,
      skipped: value.skipped,
      ...compact({ exitCode: value.exitCodes, output: value.output, markSuccess: value.markSuccess || undefined }),
    }
  )
}

const retryPolicy = (policy: RetryPolicy): NonNullable<StepJson['retryPolicy']> =>
  compact({
    limit: policy.limit,
    interval: policy.intervalSec,
    backoff: policy.backoff,
    maxInterval: policy.maxIntervalSec,
    exitCodes: policy.exitCodes,
  })

const repeatPolicy = (policy: RepeatPolicy): NonNullable<StepJson['repeatPolicy']> => ({
  repeat: policy.mode,
  ...compact({
    interval: policy.intervalSec,
    limit: policy.limit,
    backoff: policy.backoff,
    maxInterval: policy.maxIntervalSec,
    condition: policy.condition && condition(policy.condition),
    exitCode: policy.exitCodes,
  }),
})

const callParams = (step: Step): string | undefined =>
  typeof step.callParams === 'object' ? quotedParams(step.callParams) : step.callParams
