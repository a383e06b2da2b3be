// All that is evaluated after a step has ended: what it publishes, and the facts that the Run's policies ask for.

import { schemaErrors } from '../params/schema.ts'
import type { Problem } from '../result.ts'
import { evaluateConditions } from './condition.ts'
import { captureStructured, captureVariable, outputTooLarge } from './output.ts'
import type { StepResult } from './results.ts'
import type { StepPlan } from './step-plan.ts'
import { openStepScope, type StepInput } from './step-scope.ts'

export interface StepEnd {
  exitCode: number
  /** Captured stream, needed where the step has an output; `bytes` is its full length, `text` may be cut at max_output_size. */
  stdout: { bytes: number; text: string }
  stderr?: { bytes: number; text: string }
  /** A timeout, a stop or a start error: no repeat condition is asked. */
  interrupted?: boolean
}

export interface AfterStep {
  /** To be recorded in RunResults (with repeat and retry: each time). */
  result: StepResult
  /** The output could not be published: the step fails with exit code 1 although its process succeeded. */
  problem?: Problem
  /** What the repeat policy's condition says about this execution. */
  repeatCondition?: 'met' | 'unmet' | 'error'
  repeatError?: string
}

/** Evaluates what a step leaves behind. Its log patterns (continue_on.output) are createOutputMatcher's. */
export const evaluateAfter = async (input: StepInput, plan: StepPlan, end: StepEnd): Promise<AfterStep> => {
  const { vars } = input
  const result: StepResult = { exitCode: end.exitCode, stdoutPath: vars.stdoutFile, stderrPath: vars.stderrFile }
  const problem = await publish(input, plan, end, result)
  const after: AfterStep = { result }
  if (problem !== undefined && end.exitCode === 0) {
    after.problem = problem
    result.exitCode = 1
  }
  const condition = input.step.repeatPolicy?.condition
  if (condition === undefined || end.interrupted) return after
  const scope = openStepScope(input, plan.stepEnv, plan.cwd, result)
  const asked = await evaluateConditions([condition], {
    expand: scope.context('repeat_policy.condition'),
    ...(scope.runCondition === undefined ? {} : { runCommand: scope.runCondition }),
  })
  after.repeatCondition = asked.failed ? 'error' : asked.met ? 'met' : 'unmet'
  const error = asked.results[0]?.error
  if (asked.failed && error !== undefined) after.repeatError = error
  return after
}

const publish = async (
  { step, dag, ports, ...rest }: StepInput,
  plan: StepPlan,
  end: StepEnd,
  result: StepResult,
): Promise<Problem | undefined> => {
  const { output } = step
  if (output === undefined) return undefined
  const bytes = Math.max(end.stdout.bytes, output.kind === 'structured' ? (end.stderr?.bytes ?? 0) : 0)
  const tooLarge = readsStreams(output) ? outputTooLarge(bytes, dag.maxOutputSize) : undefined
  if (tooLarge !== undefined) return tooLarge
  if (output.kind === 'variable') {
    const { value, problem } = captureVariable(
      output,
      end.stdout.text,
      (schema, value) => schemaErrors(schema, value)[0],
    )
    result.outputs = { [output.name]: value }
    return problem
  }
  const scope = openStepScope({ step, dag, ports, ...rest }, plan.stepEnv, plan.cwd, result)
  const values = await captureStructured(output, {
    stdout: end.stdout.text,
    stderr: end.stderr?.text ?? '',
    cwd: plan.cwd,
    expand: scope.context('output'),
    ...(ports.files === undefined ? {} : { files: ports.files }),
  })
  if (!values.ok) return values.error
  result.structured = values.value
  return undefined
}

const readsStreams = (output: NonNullable<StepInput['step']['output']>): boolean =>
  output.kind === 'variable' ||
  output.entries.some(({ source }) => source.from === 'stdout' || source.from === 'stderr')
