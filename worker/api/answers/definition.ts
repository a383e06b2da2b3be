// A DAG and its steps as answers show them. Fields that a file does not use are absent.
import { z } from '@hono/zod-openapi'
import { Count, ErrorTexts, OwnJson, ProblemJson } from './common.ts'

const NumberOrText = z.union([z.number(), z.string()]).describe('A text: an expression that the run evaluates')
const Env = z.array(z.string()).describe('`NAME=value`')
const Selector = z.union([z.string(), z.record(z.string(), z.string())]).describe('`local`, or labels of a worker')

export const ConditionJson = z
  .object({
    condition: z.string(),
    expected: z.string().optional(),
    negate: z.boolean().optional(),
    error: z.string().optional().describe('Of a run: why it was not met'),
  })
  .openapi('Precondition')

const CommandJson = z
  .object({
    command: z.string(),
    args: z.array(z.string()),
    line: z.string().optional().describe('As it was written, where the words do not say it'),
  })
  .openapi('Command')

const RetryPolicyJson = z.object({
  limit: NumberOrText.optional(),
  interval: NumberOrText.optional(),
  backoff: z.number().optional(),
  maxInterval: NumberOrText.optional(),
  exitCodes: z.array(z.number()).optional(),
})
const RepeatPolicyJson = RetryPolicyJson.omit({ exitCodes: true }).extend({
  repeat: z.enum(['while', 'until']),
  condition: ConditionJson.optional(),
  exitCode: z.array(z.number()).optional(),
})

export const StepJson = z
  .object({
    name: z.string(),
    id: z.string().optional(),
    description: z.string().optional(),
    commands: z.array(CommandJson).optional(),
    script: z.string().optional(),
    shell: z.string().optional(),
    dir: z.string().optional(),
    stdout: z.string().optional(),
    stderr: z.string().optional(),
    logOutput: z.string().optional(),
    output: z.string().optional().describe('Name of the variable that takes the output'),
    depends: z.array(z.string()).optional(),
    env: Env.optional(),
    continueOn: OwnJson.optional(),
    retryPolicy: RetryPolicyJson.optional(),
    repeatPolicy: RepeatPolicyJson.optional(),
    mailOnError: z.boolean().optional(),
    signalOnStop: z.string().optional(),
    timeoutSec: z.number().optional(),
    call: z.string().optional().describe('The DAG that it calls'),
    params: z.string().optional(),
    parallel: z
      .object({ items: z.union([z.string(), z.array(z.unknown())]), maxConcurrent: z.number().optional() })
      .optional(),
    approval: z
      .object({
        prompt: z.string(),
        input: z.array(z.string()),
        required: z.array(z.string()),
        rewindTo: z.string().optional(),
      })
      .optional(),
    router: z
      .object({
        value: z.string(),
        routes: z.array(z.object({ pattern: z.string(), targets: z.array(z.string()) })),
      })
      .optional(),
    workerSelector: Selector.optional(),
    preconditions: z.array(ConditionJson),
    executorConfig: z
      .object({ type: z.string().optional(), config: OwnJson.optional() })
      .optional()
      .describe('Of typed steps; `config` in definitions only'),
  })
  .openapi('Step')

export const ScheduleJson = z
  .object({ kind: z.enum(['cron', 'at']), expression: z.string().optional(), at: z.string().optional() })
  .openapi('ScheduleEntry')

const ParamDefJson = z
  .object({
    name: z.string().optional(),
    type: z.string(),
    default: z.unknown().optional(),
    eval: z.string().optional().describe('Evaluated on the host when a run begins'),
    description: z.string().optional(),
    required: z.boolean().optional(),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    pattern: z.string().optional(),
  })
  .openapi('ParamDefinition')

/** The DAG object of lists. */
export const DagHeadJson = z
  .object({
    name: z.string(),
    description: z.string().optional(),
    group: z.string().optional(),
    labels: z.array(z.string()),
    tags: z.array(z.string()).describe('`labels` under their former name'),
    schedule: z.array(ScheduleJson).optional(),
    stopSchedule: z.array(ScheduleJson).optional(),
    restartSchedule: z.array(ScheduleJson).optional(),
  })
  .openapi('DAGHead')

/** The whole DAG; of a text that does not load its name and no steps. */
export const DagJson = DagHeadJson.extend({
  type: z.string().optional(),
  defaultParams: z.string().optional(),
  paramDefs: z.array(ParamDefJson).optional(),
  params: z.array(z.string()).optional(),
  env: Env.optional(),
  workingDir: z.string().optional(),
  shell: z.string().optional(),
  logDir: z.string().optional(),
  queue: z.string().optional(),
  handlerOn: z.record(z.string(), StepJson).optional(),
  delay: z.number().optional().describe('Seconds'),
  restartWait: z.number().optional().describe('Seconds'),
  timeout: z.number().optional().describe('Seconds'),
  maxActiveSteps: Count.optional(),
  maxActiveRuns: Count.optional(),
  histRetentionRuns: Count.optional(),
  histRetentionDays: Count.optional(),
  retryPolicy: z
    .object({ limit: z.number(), intervalSec: z.number(), backoff: z.number().optional(), maxIntervalSec: z.number() })
    .optional(),
  artifacts: z.object({ enabled: z.boolean(), dir: z.string().optional() }).optional(),
  skipIfSuccessful: z.boolean().optional(),
  workerSelector: Selector.optional(),
  preconditions: z.array(ConditionJson).optional(),
  runConfig: z.object({ disableParamEdit: z.boolean(), disableRunIdEdit: z.boolean() }).optional(),
  steps: z.array(StepJson),
}).openapi('DAG')

/** What reading a text gives. */
export const ReadSpec = {
  dag: DagJson,
  errors: ErrorTexts,
  problems: z.array(ProblemJson),
  warnings: z.array(ProblemJson).describe('It loads all the same, but is probably not what was meant'),
}
