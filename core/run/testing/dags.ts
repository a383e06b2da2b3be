// Normalised DAGs for tests, with only the interesting members spelled out.
import type { ContinueOn, Dag, RepeatPolicy, RetryPolicy, Step } from '../../spec/dag.ts'
import type { RunSpec } from '../run-spec.ts'

export function aStep(name: string, rest: Partial<Step> = {}): Step {
  const defaults = {
    description: '',
    depends: [],
    type: 'command',
    commands: [],
    shellPackages: [],
    env: [],
    preconditions: [],
  }
  return { ...defaults, mailOnError: false, timeoutSec: 0, config: {}, name, ...rest }
}

export function aDag(steps: Step[], rest: Partial<Dag> = {}): Dag {
  return {
    schemaVersion: 1,
    name: 'test',
    description: '',
    group: '',
    labels: [],
    type: 'graph',
    dotenv: [],
    env: [],
    params: { mode: 'none', defs: [] },
    secrets: [],
    schedule: { start: [], stop: [], restart: [] },
    skipIfSuccessful: false,
    overlapPolicy: 'skip',
    restartWaitSec: 0,
    preconditions: [],
    handlers: {},
    inheritedHandlers: [],
    timeoutSec: 0,
    delaySec: 0,
    maxCleanUpTimeSec: 5,
    maxActiveSteps: 0,
    maxActiveRuns: 1,
    histRetentionDays: 30,
    logOutput: 'separate',
    maxOutputSize: 1_048_576,
    runConfig: { disableParamEdit: false, disableRunIdEdit: false },
    executorDefaults: {},
    steps,
    localDags: [],
    ...rest,
  }
}

/** Steps of which each depends on the one before. */
export function chain(steps: (string | Step)[], rest: Partial<Dag> = {}): Dag {
  const list = steps.map(step => (typeof step === 'string' ? aStep(step) : step))
  return aDag(
    list.map((step, i) => ({ ...step, depends: i === 0 ? [] : [list[i - 1]!.name] })),
    { type: 'chain', ...rest },
  )
}

export const continueOn = (rest: Partial<ContinueOn>): ContinueOn => ({
  failure: false,
  skipped: false,
  exitCodes: [],
  output: [],
  markSuccess: false,
  ...rest,
})

export const retryPolicy = (rest: Partial<RetryPolicy>): RetryPolicy => ({
  limit: 1,
  intervalSec: 0,
  exitCodes: [],
  ...rest,
})
export const repeatPolicy = (rest: Partial<RepeatPolicy>): RepeatPolicy => ({
  mode: 'while',
  intervalSec: 0,
  exitCodes: [],
  ...rest,
})

export function aSpec(rest: Partial<RunSpec> = {}): RunSpec {
  return {
    runId: 'r1',
    dagId: 'd1',
    dagName: 'test',
    fileName: 'test',
    dagHash: 'h',
    trigger: 'manual',
    paramsDisplay: '',
    labels: [],
    createdAt: 1_000_000,
    ...rest,
  }
}
