// The normalised DAG: what a YAML file means once every era's spelling, default and merge rule has been applied.
// It is plain JSON, pinned with each run and addressed by hash, so nothing here may change meaning without a new schemaVersion.

export const DAG_SCHEMA_VERSION = 1

export interface Dag {
  schemaVersion: typeof DAG_SCHEMA_VERSION
  /** `^[a-zA-Z0-9_.-]{1,40}$` */
  name: string
  description: string
  group: string
  /** Lower-cased `key=value` or bare `key`, in file order. */
  labels: string[]
  type: 'chain' | 'graph'
  /** As written (unexpanded); absent: the run's own work directory. */
  workingDir?: string
  /** Shell argv as written, e.g. `["bash", "-e"]`; `[]` means direct execution; absent: the host's default. */
  shell?: string[]
  /** Paths of dotenv files, weakest first; `[]` disables them. */
  dotenv: string[]
  env: EnvEntry[]
  params: ParamsSpec
  secrets: SecretRef[]
  schedule: ScheduleSpec
  skipIfSuccessful: boolean
  /** Seconds; absent: missed fires are not replayed. */
  catchupWindowSec?: number
  overlapPolicy: 'skip' | 'all' | 'latest'
  restartWaitSec: number
  preconditions: Condition[]
  handlers: Partial<Record<HandlerKind, Step>>
  /** Kinds of `handlers` that come from the base configuration: a run of this DAG as somebody's child leaves them out. */
  inheritedHandlers: HandlerKind[]
  timeoutSec: number
  delaySec: number
  maxCleanUpTimeSec: number
  /** 0: no limit. */
  maxActiveSteps: number
  maxActiveRuns: number
  /** Name of a global queue; absent: the DAG's own queue of concurrency 1. */
  queue?: string
  /** In queues; absent: low. */
  priority?: 'high' | 'low'
  /** Runs whose expanded key is the same: at most `limit` of them run at once. The key is unexpanded here; empty: one for all runs. */
  concurrency?: { key: string; limit: number; onConflict: 'queue' | 'cancel' | 'skip' }
  /** DAG-level retry. */
  retryPolicy?: DagRetryPolicy
  histRetentionDays: number
  histRetentionRuns?: number
  logDir?: string
  logOutput: 'separate' | 'merged'
  /** Bytes. */
  maxOutputSize: number
  artifacts?: { enabled: boolean; dir?: string }
  workerSelector?: WorkerSelector
  runConfig: { disableParamEdit: boolean; disableRunIdEdit: boolean }
  webhook?: { forwardHeaders: string[] }
  mail?: MailSettings
  /** Step-type defaults (`container`, `ssh`, `redis`, `kubernetes`, `llm`, `harness`, ...) as written, for the executors that read them. */
  executorDefaults: Record<string, unknown>
  /** In plan order: file order of a list, name order of a map. */
  steps: Step[]
  /** Further documents of the same file, callable by name. */
  localDags: Dag[]
}

export type HandlerKind = 'init' | 'success' | 'failure' | 'abort' | 'exit' | 'wait'

/** Names of handler nodes in runs, logs and APIs. */
export const HANDLER_NODE_NAMES = {
  init: 'onInit',
  success: 'onSuccess',
  failure: 'onFailure',
  abort: 'onAbort',
  exit: 'onExit',
  wait: 'onWait',
} as const satisfies Record<HandlerKind, string>

export interface EnvEntry {
  name: string
  /** Unexpanded text. */
  value: string
}

export type WorkerSelector = 'local' | Record<string, string>

export interface Step {
  name: string
  id?: string
  description: string
  /** Names (ids already rewritten), without repeats. Chain steps have their implicit edge here too. */
  depends: string[]
  /** Executor type: `command` for shell, script and exec steps; else `docker`, `http`, `dag`, `router`, `noop`, ... */
  type: string
  /** One command line each, run one after another, unexpanded. */
  commands: string[]
  script?: string
  /** Argv without a shell. */
  exec?: { command: string; args: string[] }
  shell?: string[]
  shellPackages: string[]
  workingDir?: string
  stdout?: string
  stderr?: string
  logOutput?: 'separate' | 'merged'
  output?: StepOutput
  env: EnvEntry[]
  preconditions: Condition[]
  continueOn?: ContinueOn
  retryPolicy?: RetryPolicy
  repeatPolicy?: RepeatPolicy
  mailOnError: boolean
  /** 0: none. */
  timeoutSec: number
  /** `SIGTERM` unless set. */
  signalOnStop?: string
  /** Sub-DAG name or path. */
  call?: string
  /** Parameters for the sub-DAG, unexpanded: text, or `K=V` pairs in order. */
  callParams?: string | EnvEntry[]
  parallel?: { items: string | unknown[]; maxConcurrent?: number }
  approval?: { prompt: string; input: string[]; required: string[]; rewindTo?: string }
  router?: { value: string; routes: { pattern: string; targets: string[] }[] }
  workerSelector?: WorkerSelector
  onLost?: 'retry_now'
  /** `config` / `with` of typed steps, unexpanded. */
  config: Record<string, unknown>
}

export type StepOutput =
  | {
      /** stdout, trimmed, becomes this variable. */
      kind: 'variable'
      name: string
      /** Key in outputs.json; absent: the camel-cased name. */
      key?: string
      omit?: boolean
      /** JSON Schema that the value must satisfy. */
      schema?: unknown
    }
  | {
      /** Structured, step-scoped values, read as `${id.output.key}`. */
      kind: 'structured'
      entries: {
        key: string
        source:
          | { from: 'literal'; value: unknown }
          | { from: 'stdout' | 'stderr' | 'file'; path?: string; decode: 'text' | 'json' | 'yaml'; select?: string }
      }[]
    }

export interface Condition {
  /** Unexpanded text; a shell command where `expected` is absent. */
  condition: string
  expected?: string
  negate: boolean
}

export interface ContinueOn {
  failure: boolean
  skipped: boolean
  exitCodes: number[]
  /** Substrings, or regular expressions behind `re:`. */
  output: string[]
  markSuccess: boolean
}

/** A count or a number of seconds, or text that is expanded at run time and must then be one. */
export type NumberOrExpression = number | string

export interface RetryPolicy {
  limit: NumberOrExpression
  intervalSec: NumberOrExpression
  /** Multiplier over 1; absent: constant. */
  backoff?: number
  maxIntervalSec?: number
  /** Empty: every failure. */
  exitCodes: number[]
}

export interface RepeatPolicy {
  mode: 'while' | 'until'
  condition?: Condition
  exitCodes: number[]
  intervalSec: NumberOrExpression
  backoff?: number
  maxIntervalSec?: NumberOrExpression
  /** Total executions; absent: no limit. */
  limit?: NumberOrExpression
}

export interface DagRetryPolicy {
  limit: number
  intervalSec: number
  backoff?: number
  maxIntervalSec: number
}

export interface SecretRef {
  name: string
  provider?: string
  key?: string
  ref?: string
  options: Record<string, string>
}

export interface MailSettings {
  on: { success: boolean; failure: boolean; wait: boolean }
  error?: Mail
  info?: Mail
  wait?: Mail
  smtp?: { host: string; port: string; username?: string; password?: string }
}

export interface Mail {
  from: string
  to: string[]
  prefix: string
  attachLogs: boolean
}

export interface ScheduleSpec {
  start: ScheduleEntry[]
  stop: ScheduleEntry[]
  restart: ScheduleEntry[]
}

export type ScheduleEntry =
  | {
      kind: 'cron'
      /** Five fields, without the zone prefix. */
      expression: string
      /** IANA zone of a `CRON_TZ=` or `TZ=` prefix; absent: the installation's. */
      timezone?: string
    }
  | {
      kind: 'at'
      /** RFC 3339 instant with offset, as written. */
      at: string
    }

export interface ParamsSpec {
  /** How parameters were declared; decides how overrides are checked. */
  mode: 'none' | 'list' | 'rich' | 'schema'
  defs: ParamDef[]
  /** JSON Schema of `schema` mode (inline or pinned). */
  schema?: unknown
}

export interface ParamDef {
  /** Absent: positional, numbered from 1 in order. */
  name?: string
  /** Literal default, in text form. */
  default?: string
  /** Command substitution and expansion evaluated at run time on the host. */
  eval?: string
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array'
  description?: string
  required?: boolean
  enum?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}
